#!/usr/bin/python3
# Beside the box. Asks the site by each of its names as a browser would that knows our root and nothing else.
import os
import socket
import ssl
import sys

ROOT = "/box/var/lib/harbourline-ca/root.crt"
EXTRA, NEWCOMER = os.environ["EXTRA"], os.environ["NEWCOMER"]
PAGES = {
    "www.harbourline.example": f"Build {os.environ['SERIAL']}",
    "harbourline.example": f"Build {os.environ['SERIAL']}",
    f"{EXTRA}.harbourline.example": f"Build {os.environ['SERIAL']}",
    f"{NEWCOMER}.harbourline.example": f"Harbourline: {NEWCOMER}",
}


def fail(words):
    print(words)
    sys.exit(1)


context = ssl.create_default_context(cafile=ROOT)
for name, page in PAGES.items():
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", 443), timeout=5) as plain, context.wrap_socket(plain, server_hostname=name) as site:
            site.sendall(f"GET / HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
            while chunk := site.recv(65536):
                answer += chunk
    except ssl.SSLCertVerificationError as error:
        said = error.verify_message
        if "ostname" in said:
            fail(f"Who calls the site {name} is shown a certificate that is not for that name. For which names is it, and for which is the site?")
        if "expired" in said:
            fail(f"The certificate for {name} has expired.")
        if "issuer" in said or "unable to verify" in said:
            fail(f"Who knows only our root can't find the way from the certificate for {name} to it: somebody in between is not shown, or the wrong one.")
        if "self" in said:
            fail(f"The certificate for {name} does not come from our authority.")
        fail(f"The certificate for {name} is not accepted: {said}.")
    except (OSError, ssl.SSLError) as error:
        fail(f"{name} does not answer on port 443: {getattr(error, 'strerror', None) or error}.")
    if page.encode() not in answer:
        fail(f"{name} shows a good certificate, but not its page.")
print("For each name the site shows a certificate that leads to our root.")
