#!/usr/bin/python3
"""Beside lb1. The prober's record, from the handover until now: it is read before the restart at the end."""

import datetime
import re
import sys

RECORD = "/box/var/log/harbourline/site-prober.log"


def no(words):
    print(words)
    sys.exit(1)


try:
    with open(RECORD, encoding="utf-8", errors="replace") as file:
        lines = [line.split(" ", 1) for line in file.read().splitlines() if " " in line]
except OSError:
    no("The prober's record is gone, and with it the proof that no visitor noticed anything.")
texts = [text for _, text in lines]
if not texts or not texts[0].startswith("start ") or "watch" not in texts:
    no("The prober's record is not whole, and with it the proof that no visitor noticed anything.")

failed = [(at, text) for at, text in lines if text.startswith("FAILED")]
counts = [re.fullmatch(r"count asked=(\d+) failed=(\d+)", text) for text in texts]
counts = [(int(count[1]), int(count[2])) for count in counts if count]
if failed:
    at, text = failed[0]
    many = f"{len(failed)} requests failed, the first" if len(failed) > 1 else "A request failed"
    no(f"{many} at {at[11:19]} ({text[7:]}). What was done just then?")
if any(failures for _, failures in counts):
    no("The prober has counted requests that failed, whatever has become of the lines about them.")
stops = [at for at, text in lines if text == "stop"]
starts = [text for text in texts if text.startswith("start ")]
if stops or len(set(starts)) < len(starts):
    at = f" at {stops[0][11:19]}" if stops else ""
    no(f"The prober was stopped{at}. What visitors saw in the meantime nobody can say any more.")
last = datetime.datetime.fromisoformat(lines[-1][0].replace("Z", "+00:00"))
if (datetime.datetime.now(datetime.timezone.utc) - last).total_seconds() > 60:
    no("The prober has written nothing for more than a minute: it does not run, so nobody knows what visitors see.")
asked = counts[-1][0] if counts else 0
print(f"Of {asked} requests none has failed." if asked else "No request has failed so far.")
