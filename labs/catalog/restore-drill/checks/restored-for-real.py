#!/usr/bin/python3
# Beside the box: the target writes down which tables were loaded, and into which database.
import re
import sys

try:
    with open("/box/var/log/postgresql/postgresql-15-main.log", encoding="utf-8", errors="replace") as file:
        text = file.read()
except OSError:
    print("The log of the database on db1-stage is gone.")
    sys.exit(1)
loaded = {}
for database, table in re.findall(r"@(\S+) LOG:  statement: COPY (?:public\.)?(\w+) .*FROM stdin", text, re.IGNORECASE):
    loaded.setdefault(database, set()).add(table.lower())
wanted = {"sailings", "passengers", "reservations", "payments"}
if any(tables >= wanted for database, tables in loaded.items() if database != "bookings"):
    print("All four tables were loaded into a database of their own.")
elif loaded.get("bookings"):
    print("The copy was loaded into the testers' database, and not into one of the drill's own.")
    sys.exit(1)
else:
    print("db1-stage has not seen the four tables of the copy yet. A copy is proved by loading it.")
    sys.exit(1)
