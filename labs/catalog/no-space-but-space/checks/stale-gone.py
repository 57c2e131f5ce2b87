#!/usr/bin/python3
# Beside the box. Sessions that nobody has touched for longer than the limit, and that nobody has paid for; ten minutes are granted,
# in which the next clean-up comes.
import os
import pathlib
import sys
import time

home, limit = pathlib.Path("/box/var/lib/harbourline") / os.environ["DESK"], int(os.environ["LIMIT"])
try:
    held = set((home / "held").read_text(errors="replace").split())
except OSError:
    held = set()
oldest = time.time() - limit * 60 - 600
stale = 0
for path in (home / "sessions").glob("*.session"):
    try:
        stale += path.stem not in held and path.lstat().st_mtime < oldest
    except OSError:
        pass
if stale:
    print(f"{stale} sessions are over and still there: nobody has touched them for more than {limit} minutes, and nobody has paid for them.")
    sys.exit(1)
print("No session is left that is over.")
