#!/usr/bin/python3
"""Beside the box. The change's record has what was before, what is after, and what was left out with its reason."""

import os, re, sys

CHANGE, HELD = os.environ["CHANGE"], os.environ["HELD"]
VERSIONS = {
    "harbour-seal": ("2.4.1-1", f"2.4.1-{os.environ['SEAL_PATCH']}"), "booking-desk": ("5.1.0-1", "5.1.0-2"),
    "fare-quoter": ("3.0.6-1", "3.0.6-2"), "seat-allocator": ("1.9.3-1", "1.9.3-2"),
}
PATH = f"/srv/changes/CHG-{CHANGE}.md"


def end(code, words):
    print(words)
    sys.exit(code)


try:
    with open(f"/box{PATH}", encoding="utf-8", errors="replace") as file:
        text = file.read()
except OSError:
    end(1, f"{PATH} is gone. It is the record of this change.")
parts = re.split(r"(?mi)^##[ \t]*(plan|before|after|left out)\b.*$", text)
told = {heading.lower(): body for heading, body in zip(parts[1::2], parts[2::2])}
if "ring2" not in told.get("plan", ""):
    end(1, "The plan is gone from the record. What was approved stays as it was approved.")
for part, at in (("before", 0), ("after", 1)):
    for name, versions in VERSIONS.items():
        if not re.search(rf"\b{name}\b", told.get(part, "")) or not re.search(rf"(?<![\d.]){re.escape(versions[at])}(?!\d)", told.get(part, "")):
            end(1, f"Under \"{part.capitalize()}\" the record does not say at which version {name} was then.")
    if not re.search(r"(?i)\b(ok|up|well|fine|good)\b|health|active|running|answer|respond|\bwork", told[part]):
        end(1, f"Under \"{part.capitalize()}\" the record says nothing of how the services were.")
left = told.get("left out", "").replace("(what was not done, and why)", "")
if HELD not in left or len(re.findall(r"\w+", left)) < 8:
    end(1, "Under \"Left out\" the record does not say yet what of the list was not done, and why.")
end(0, "The record says what was before, what is after, and what was left out.")
