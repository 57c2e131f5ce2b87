#!/usr/bin/python3
# Beside the box: the image has the manifests as they were written, the box perhaps one that says something else.
import os
import re
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


said, truth = report(), {}
with open(f"/srv/manifests/bookings-{os.environ['DAY']}.manifest", encoding="utf-8") as file:
    for line in file:
        match = re.match(r"(\w+) (?:rows=(\d+) )?sha256=(\w+)", line)
        if match:
            truth[match[1]] = (match[2], match[3])
dump = truth.pop("dump")[1]
empty = [table for table in truth if not said.get(table)]
if empty:
    over(f"The report says nothing of: {', '.join(empty)}.")
for table, (rows, checksum) in truth.items():
    # The checksum first: a number of rows could be part of it.
    rest = said[table].lower().replace(checksum, " ")
    if rest == said[table].lower() and not any(len(word) >= 12 and checksum.startswith(word) for word in re.findall(r"[0-9a-f]+", rest)):
        over(f"The checksum of {table} in the report is not that of what the copy holds. The runbook says how it is made.")
    counted = re.sub(r"(?<=\d)[,_'](?=\d{3})", "", re.sub(r"[0-9a-f]{12,}|sha256", " ", rest))
    if rows not in re.findall(r"\d+", counted):
        over(f"The number of rows of {table} in the report is not what the copy holds.")
if not said.get("dump_sha256", "").lower().startswith(dump[:12]):
    over("The checksum of the dump itself is missing in the report, or is not that of the file in the snapshot.")
print("The figures in the report are those of the copy.")
