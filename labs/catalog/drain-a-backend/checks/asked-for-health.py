#!/usr/bin/python3
"""Beside a web server: what is asked of it, by its own log. What somebody tries by hand does not count."""

import datetime
import re
import sys
import time

LOG = "/box/var/log/nginx/access.log"
LINE = re.compile(
    r'(?P<who>\S+) \S+ \S+ \[(?P<at>[^]]+)\] "(?:GET|HEAD) /health(?:\?\S*)? [^"]*" 200 \d+ "[^"]*" "(?!curl/|Wget/)[^"]*"'
)
WITHIN = 12  # seconds
ENOUGH = 4  # every two seconds are six


def look():
    now = datetime.datetime.now(datetime.timezone.utc)
    try:
        with open(LOG, "rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 65536))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return 0
    asked = [found for found in map(LINE.match, lines) if found and not found["who"].startswith("127.")]
    times = [datetime.datetime.strptime(found["at"], "%d/%b/%Y:%H:%M:%S %z") for found in asked]
    return sum((now - at).total_seconds() < WITHIN for at in times)


# Who has just begun to ask gets the time to do it often enough.
until = time.monotonic() + 3
last = time.monotonic() + 9
seen = look()
while seen < ENOUGH and time.monotonic() < (last if seen else until):
    time.sleep(0.5)
    seen = look()
if seen >= ENOUGH:
    print("It is asked for /health, every few seconds, and says that it is well.")
    sys.exit(0)
if seen:
    print(f"In the last {WITHIN} seconds /health was asked for {seen} times. Every two seconds is what the change asks for.")
    sys.exit(1)
print("Its log shows nobody who asks for /health every few seconds. That page knows whether visitors can come; others are merely there.")
sys.exit(1)
