#!/usr/bin/python3 -B
"""@NAME@, a service of the booking system. /health says what it runs with: its own version and that of the seal in its memory."""

import os
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = "@NAME@"
VERSION = "@VERSION@"
CONFIG = f"/etc/harbourline/{NAME}.conf"


def settings():
    with open(CONFIG, encoding="utf-8") as file:
        lines = (line.split("#", 1)[0] for line in file)
        return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines) if value}


def seal(on):
    """The seal signs what goes over the wire. It is read once, when the service starts."""
    if on != "on":
        return None
    sys.path.insert(0, "/usr/lib/harbourline/seal")
    import harbour_seal

    return harbour_seal.Seal()


NOW = settings()
STORE = NOW["store"]
SEAL = seal(NOW.get("seal"))
if not os.path.isdir(STORE):
    sys.exit(f"can't start: store = {STORE} in {CONFIG}: there is no such directory")


def health():
    with open(os.path.join(STORE, "records"), encoding="utf-8") as file:
        records = sum(1 for _ in file)
    sealed = f"seal {SEAL.version}" if SEAL else "seal not used"
    return f"OK: {NAME} {VERSION}, {sealed}, harbour {NOW['harbour']}, {records} records in {STORE}\n"


class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status, text = (200, health()) if self.path == "/health" else (404, "no such page\n")
        except OSError as error:
            status, text = 503, f"FAILING: {NAME} {VERSION}: {error}\n"
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def tell_systemd(state):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.sendto(state, os.environ["NOTIFY_SOCKET"])


server = ThreadingHTTPServer(("127.0.0.1", int(NOW["port"])), Service)
print(f"{NAME} {VERSION} serves on port {NOW['port']}", file=sys.stderr, flush=True)
tell_systemd(b"READY=1")
server.serve_forever()
