#!/usr/bin/python3
# Beside the box. The sessions of the kiosks and the paid ones, by the names that they were given.
import hashlib
import os
import pathlib
import sys

home, seed = pathlib.Path("/box/var/lib/harbourline") / os.environ["DESK"], os.environ["SEED"]


def names(kind, count):
    return [hashlib.sha256(f"{seed} {kind} {number}".encode()).hexdigest()[:16] for number in range(count)]


def is_there(session):
    try:
        return f'"session": "{session}"' in (home / "sessions" / f"{session}.session").read_text(errors="replace")
    except OSError:
        return False


lost = [session for session in names("choosing", 14) if not is_there(session)]
if lost:
    print(f"{len(lost)} of 14 kiosks have lost the session that a passenger was using. Nobody can bring those back: which sessions are in use?")
    sys.exit(1)
lost = [session for session in names("paid", 11) if not is_there(session)]
if lost:
    print(f"{len(lost)} of 11 passengers have paid and get no ticket: their sessions are gone. They were old, and on a list of those that stay.")
    sys.exit(1)
try:
    held = (home / "held").read_text(errors="replace").split()
except OSError:
    held = []
if not set(names("paid", 11)) <= set(held):
    print("The list of paid sessions is not complete any more. What is not on it goes with the next clean-up.")
    sys.exit(1)
print("All sessions in use, and all paid ones, are there.")
