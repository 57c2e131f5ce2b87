#!/usr/bin/python3
# Beside the box. The days that were missing when the ticket was written; manifests reach a week further than that day.
import datetime
import os
import pathlib
import sys

manifests, exports = pathlib.Path("/box/var/lib/harbourline/manifests"), pathlib.Path("/box/srv/exports/passengers")
days = sorted(path.stem for path in manifests.glob("????-??-??.csv"))
if not days:
    print("The manifests are gone, from which exports are made.")
    sys.exit(1)
today = datetime.date.fromisoformat(days[-1]) - datetime.timedelta(days=7)

late, wrong = [], []
for back in range(int(os.environ["MISSING"]), 0, -1):
    day = today - datetime.timedelta(days=back)
    rows = [line.split(",") for line in (manifests / f"{day}.csv").read_text().splitlines()][1:]
    lines = [f"{sailing},{ferry},{booked},{boarded},{int(booked) - int(boarded)}" for sailing, ferry, _, booked, boarded in rows]
    export = exports / f"counts-{day}.csv"
    if not export.is_file():
        late.append(day)
    elif export.read_text(errors="replace") != "\n".join(["sailing,ferry,booked,boarded,no_shows", *lines]) + "\n":
        wrong.append(day)
if late:
    print(f"Finance still misses {len(late)} of the days that are over. Which days have a manifest and no export?")
    sys.exit(1)
if wrong:
    print(f"The export of {wrong[0]} does not hold the counts of that day's manifest.")
    sys.exit(1)
print("All days that were missing are exported.")
