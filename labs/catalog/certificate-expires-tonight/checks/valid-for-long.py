#!/usr/bin/python3
# Beside the box. How long what is served is good for, and whether it is on the authority's books.
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import time

ISSUED = pathlib.Path("/box/var/lib/harbourline-ca/issued")


def fail(words):
    print(words)
    sys.exit(1)


def openssl(*words, given=None):
    return subprocess.run(["openssl", *words], input=given, capture_output=True, timeout=10, check=False).stdout.decode(errors="replace")


context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
for name in ("www", os.environ["EXTRA"], os.environ["NEWCOMER"]):
    name = f"{name}.harbourline.example"
    try:
        with socket.create_connection(("127.0.0.1", 443), timeout=5) as plain, context.wrap_socket(plain, server_hostname=name) as site:
            served = site.getpeercert(binary_form=True)
    except OSError as error:
        fail(f"{name} does not answer on port 443: {getattr(error, 'strerror', None) or error}.")
    told = openssl("x509", "-inform", "der", "-noout", "-serial", "-enddate", given=served)
    serial, until = re.search(r"serial=(\w+)", told), re.search(r"notAfter=(.+)", told)
    if not serial or not until:
        fail(f"What {name} shows is no certificate that can be read.")
    left = (ssl.cert_time_to_seconds(until[1]) - time.time()) / 86400
    if left < 60:
        fail(f"What {name} serves right now is good for {left:.1f} days more. A new file changes nothing until nginx has read it."
             if left > 0 else f"What {name} serves right now has expired.")
    try:
        issued = ssl.PEM_cert_to_DER_cert((ISSUED / f"{serial[1]}.pem").read_text())
    except (OSError, ValueError):
        issued = b""
    if issued != served:
        fail(f"What {name} serves is not on the books of our authority. Certificates come from its desk.")
print("What is served is on the authority's books and good for at least 60 days.")
