#!/usr/bin/python3
# Beside the box. Compares the public key of what is served with that of the first certificate that the desk ever issued for this site.
import os
import pathlib
import socket
import ssl
import subprocess
import sys


def openssl(*words, given=None):
    return subprocess.run(["openssl", *words], input=given, capture_output=True, timeout=10, check=False).stdout


def served(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", 443), timeout=5) as plain, context.wrap_socket(plain, server_hostname=name) as site:
        return openssl("x509", "-inform", "der", "-noout", "-pubkey", given=site.getpeercert(binary_form=True))


# Root and intermediates have the three numbers before it.
first = pathlib.Path("/box/var/lib/harbourline-ca/issued") / f"{int(os.environ['SERIAL']) + 3:04X}.pem"
old = openssl("x509", "-in", str(first), "-noout", "-pubkey")
if not old:
    print("The books of the authority are not what they were: its first certificate for this site is gone.")
    sys.exit(1)
for name in ("www", os.environ["NEWCOMER"]):
    same = served(f"{name}.harbourline.example") == old
    if same and os.environ["KEY_RULE"] == "a new key":
        print("The certificate is new, and its key is the old one. What does the runbook say of the key of this site?")
        sys.exit(1)
    if not same and os.environ["KEY_RULE"] == "the same key":
        print("The key is another one than before. What does the runbook say of the key of this site, and who relies on it?")
        sys.exit(1)
print("The key is what the runbook says.")
