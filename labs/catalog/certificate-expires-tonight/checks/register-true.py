#!/usr/bin/python3
# Beside the box. The row of the site against what is served; the rows of others as they were.
import csv
import os
import re
import socket
import ssl
import subprocess
import sys
import time

NAME = "www.harbourline.example"
FIELDS = ["site", "names", "issuer", "serial", "valid_until", "renewed_by"]
OTHERS = {
    "mon1.harbourline.internal": ("mon1.harbourline.internal", "Harbourline Issuing CA R1", "0C11", "pavel"),
    "repo1.harbourline.internal": ("repo1.harbourline.internal apt.harbourline.internal", "Harbourline Issuing CA R1", "0C2E", "mira"),
}


def fail(words):
    print(words)
    sys.exit(1)


context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
with socket.create_connection(("127.0.0.1", 443), timeout=5) as plain, context.wrap_socket(plain, server_hostname=NAME) as site:
    served = site.getpeercert(binary_form=True)
told = subprocess.run(
    ["openssl", "x509", "-inform", "der", "-noout", "-serial", "-enddate", "-issuer", "-nameopt", "multiline", "-ext", "subjectAltName"],
    input=served, capture_output=True, timeout=10, check=False).stdout.decode(errors="replace")
serial = int(re.search(r"serial=(\w+)", told)[1], 16)
until = time.strftime("%Y-%m-%d", time.gmtime(ssl.cert_time_to_seconds(re.search(r"notAfter=(.+)", told)[1])))
issuer = re.search(r"commonName\s*=\s*(.+)", told)[1].strip()
names = set(re.findall(r"DNS:([^,\s]+)", told))

try:
    with open("/box/srv/registers/certificates.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, skipinitialspace=True) if any(field.strip() for field in row)]
except (OSError, UnicodeDecodeError, csv.Error):
    fail("The register of certificates can't be read any more.")
if not rows or [field.strip() for field in rows[0]] != FIELDS or any(len(row) != len(FIELDS) for row in rows):
    fail(f"The register has lost its form: {', '.join(FIELDS)} in each row, with commas between.")
rows = [dict(zip(FIELDS, [field.strip() for field in row])) for row in rows[1:]]
for site, (*wanted,) in OTHERS.items():
    there = [row for row in rows if row["site"] == site]
    if len(there) != 1 or [there[0][key] for key in ("names", "issuer", "serial", "renewed_by")] != wanted:
        fail(f"The register's row of {site} is not what it was.")
own = [row for row in rows if row["site"] == NAME]
if len(own) != 1:
    fail(f"The register has {len(own) or 'no'} rows of {NAME}. One site, one row: what is in force.")
row = own[0]
try:
    written = int(re.sub(r"^0[xX]|[:\s]", "", row["serial"]), 16)
except ValueError:
    written = None
if written != serial:
    fail(f"The register names a serial number for {NAME} that is not that of the certificate served.")
if row["valid_until"][:10] != until:
    fail(f"The register says that the certificate of {NAME} is good until {row['valid_until']}. The certificate says otherwise.")
if row["issuer"].removeprefix("CN=").strip() != issuer:
    fail(f"The register names {row['issuer']} as who has signed the certificate of {NAME}. The certificate names somebody else.")
if not names <= set(re.split(r"[\s;|]+", row["names"])) | {NAME}:
    fail(f"The register does not name all names for which the certificate of {NAME} is.")
if row["renewed_by"] in ("", "jonas"):
    fail("The register does not say yet who renewed the certificate this time.")
print("The register says what is served.")
