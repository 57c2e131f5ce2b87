#!/usr/bin/python3
"""Beside lb1: asks HAProxy itself how its checks of the machines went."""

import csv
import os
import socket
import sys
import time


def servers():
    with socket.socket(socket.AF_UNIX) as admin:
        admin.settimeout(4)
        admin.connect(os.environ["BOX"] + "/run/haproxy/admin.sock")
        admin.sendall(b"show stat\n")
        text = b"".join(iter(lambda: admin.recv(65536), b"")).decode().lstrip("# ")
    return {row["svname"]: row for row in csv.DictReader(text.splitlines())}


def look():
    """What is wrong, or None; and whether a moment may still change that."""
    try:
        found = servers()
    except OSError as error:
        return f"HAProxy does not answer on /run/haproxy/admin.sock: {error.strerror or error}.", True
    for name in ("web1", "web2"):
        if name not in found:
            return f"HAProxy does not know {name} any more.", False
        status, check = found[name]["status"], found[name]["check_status"].lstrip("* ")
        if not check:
            return f"HAProxy does not ask {name} how it is (status: {status}). Were it dead, visitors would be sent there all the same.", False
        if check.startswith("L4OK"):
            return f"HAProxy only tries whether {name} has its port open (L4OK). A machine that answers with errors passes that.", False
        if not check.startswith("L7OK"):
            return f"HAProxy asks {name} and is not content: {check}. What does the machine answer to that very question?", True
        if not status.startswith("UP"):
            return f"{name} answers well and is still not in the balance: {status}.", True
    return None, False


wrong, passes = look()
until = time.monotonic() + 5
while passes and time.monotonic() < until:
    time.sleep(0.5)
    wrong, passes = look()
print(wrong or "HAProxy asks both machines over HTTP, and both are up.")
sys.exit(bool(wrong))
