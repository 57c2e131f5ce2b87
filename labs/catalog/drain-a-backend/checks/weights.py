#!/usr/bin/python3
"""Beside lb1: asks HAProxy itself for the weights."""

import csv
import os
import socket
import sys

TARGET, WEIGHT = os.environ["TARGET"], os.environ["WEIGHT"]
try:
    with socket.socket(socket.AF_UNIX) as admin:
        admin.settimeout(4)
        admin.connect(os.environ["BOX"] + "/run/haproxy/admin.sock")
        admin.sendall(b"show stat\n")
        text = b"".join(iter(lambda: admin.recv(65536), b"")).decode().lstrip("# ")
except OSError as error:
    print(f"HAProxy does not answer on /run/haproxy/admin.sock: {error.strerror or error}.")
    sys.exit(1)
seen = {row["svname"]: row["weight"] for row in csv.DictReader(text.splitlines()) if row["svname"] in ("web1", "web2")}
wanted = {name: WEIGHT if name == TARGET else "100" for name in ("web1", "web2")}
for name, weight in wanted.items():
    if seen.get(name) != weight:
        print(f"{name} has the weight {seen.get(name, 'of no server')}, and the change asks for {weight}.")
        sys.exit(1)
print("The weights are as the change asks.")
