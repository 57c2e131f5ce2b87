#!/usr/bin/python3 -I
"""Beside either machine, in its network: asks the booking desk itself with which settings it works."""

import os
import sys
import urllib.request

WORKERS = os.environ["WORKERS"] if "workers" in os.environ["KEEP"] else "4"
try:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open("http://127.0.0.1:8061/health", timeout=3) as answer:
        said = answer.read(500).decode(errors="replace").strip()
except OSError as error:
    print(f"The booking desk does not answer at its port: {error}")
    sys.exit(1)
if said != f"OK: {WORKERS} workers, queue of 200, log level info":
    print(f"The booking desk works with other settings than were agreed. It says: {said[:120]}")
    sys.exit(1)
print("The booking desk works with what was agreed.")
