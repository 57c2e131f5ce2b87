#!/usr/bin/python3
"""Beside lb1: asks the site as visitors do, often enough that each machine must have had its turn."""

import http.client
import os
import sys
import time

RELEASE, TARGET = os.environ["RELEASE"], os.environ["TARGET"]


def ask():
    """Which machine answered, with which status, and whether with the release."""
    connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": "www.harbourline.example", "Connection": "close"})
        answer = connection.getresponse()
        page = answer.read().decode(errors="replace")
        return answer.getheader("X-Served-By"), answer.status, f"Release {RELEASE} " in page
    except (OSError, http.client.HTTPException) as error:
        return None, str(error), False
    finally:
        connection.close()


def look():
    """What is wrong, or None; and whether a moment may still change that: a machine that was just put back."""
    answers = [ask() for _ in range(24)]
    bad = [status for _, status, _ in answers if status != 200]
    if bad:
        return f"{len(bad)} of {len(answers)} requests to the site are not answered well ({bad[0]}).", True
    if not all(right for _, _, right in answers):
        who = next(name for name, _, right in answers if not right)
        return f"{who} serves visitors another release than {RELEASE}.", False
    missing = {"web1", "web2"} - {name for name, _, _ in answers}
    if missing:
        return f"Of {len(answers)} visitors none came to {missing.pop()}. A machine that was taken out must be put back.", True
    return None, False


wrong, passes = look()
until = time.monotonic() + 4
while passes and time.monotonic() < until:
    time.sleep(1)
    wrong, passes = look()
print(wrong or "Visitors come to both machines, and both serve the release.")
sys.exit(bool(wrong))
