#!/usr/bin/python3
# Beside the box: the image has the archive as it was.
import json
import os
import re
import subprocess
import sys


def over(text):
    print(text)
    sys.exit(1)


def report():
    try:
        with open(f"/box/srv/drills/DR-{os.environ['DRILL']}/report.md", encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        over("There is no report.md in the drill's directory.")
    said = {}
    for line in lines:
        match = re.match(r"[\s>*_`-]*(\w+)[*_`]*\s*(?:[:=]|(?=rows\b))[*_`]*\s*(.*)$", line)
        text = match[2].strip(" `*_") if match else ""
        if text:
            # More words may follow further down: the first line that says something of a thing counts.
            said.setdefault(match[1].lower(), text)
    return said


said = report()
asked = ["restic", "--no-cache", "--no-lock", "--repo", "/srv/restic/archive", "--password-file", "/var/lib/vault-agent/restic", "snapshots", "--json", "--tag", "db1"]
seen = subprocess.run(asked, capture_output=True, text=True, timeout=20, env={"PATH": os.environ["PATH"], "HOME": "/tmp"})
right = [snapshot["id"] for snapshot in json.loads(seen.stdout) if snapshot["time"].startswith(os.environ["DAY"] + "T23:4")]
snapshot = re.search(r"\b[0-9a-f]{6,64}\b", said.get("snapshot", "").lower())
if not snapshot:
    over("The report does not name the snapshot that was restored.")
if not any(known.startswith(snapshot[0]) for known in right):
    over("The snapshot in the report is not that of bookings, from the evening of the day that was asked for.")
if "stage" not in said.get("target", "").lower():
    over("The report does not say into which machine and database the copy was loaded.")
seconds = re.search(r"\d+", said.get("seconds", ""))
if not seconds or not 1 <= int(seconds[0]) <= 14400:
    over("The report does not say how many seconds it took from the beginning to the last comparison. In an emergency somebody will ask.")
print("Source, target and time are in the report.")
