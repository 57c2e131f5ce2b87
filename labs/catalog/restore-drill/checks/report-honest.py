#!/usr/bin/python3
# Beside the box.
import os
import re
import sys

TABLES = {"sailings", "passengers", "reservations", "payments"}


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


said, flaw = report(), os.environ["FLAW"]
words = set(re.findall(r"[a-z]+", said.get("differs", "").lower()))
named = words & TABLES
if not words:
    over("The report does not say whether anything differs from the manifest.")
if named != ({flaw} & TABLES) or (not named and not words & {"none", "nothing", "no"}):
    over("What the report says of differences is not what a comparison of the copy with the manifest shows. Compare line by line.")
if len(re.findall(r"\w+", said.get("verdict", ""))) < 3:
    over("The report has no verdict: whoever reads only one line of it reads this one.")
if not re.match(r"(y|yes|true|done|all|both)\b", said.get("cleaned_up", "").lower()):
    over("The report does not say that what was restored is gone again.")
print("The report says what the comparison shows.")
