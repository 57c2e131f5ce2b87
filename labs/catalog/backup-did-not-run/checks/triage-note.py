#!/usr/bin/python3
# Beside the box: the note has what the runbook asks for, and it is true as far as a machine can tell.
import datetime
import json
import os
import re
import subprocess
import sys

FIELDS = ["Cause", "Evidence", "Done", "Snapshot", "Verified", "Next"]
WORDS = {
    "a lock left behind": r"lock",
    "an old password": r"passw|secret|vault|rotat|key",
    "directories that belong to root": r"root|own|permission|right|belong|access",
    "a source that moved": r"mov|path|source|director|renam|missing|folder|gone|place",
}


def over(text):
    print(text)
    sys.exit(1)


path = f"/srv/tickets/HL-{os.environ['TICKET']}.md"
try:
    with open("/box" + path, encoding="utf-8", errors="replace") as file:
        text = file.read()
except OSError:
    over(f"There is no {path} any more.")
parts = re.split(rf"^[\s*_#>-]*({'|'.join(FIELDS)})[*_]*\s*:[*_]*", text, flags=re.MULTILINE | re.IGNORECASE)
note = {name.capitalize(): value.strip() for name, value in zip(parts[1::2], parts[2::2])}
missing = [field for field in FIELDS if field not in note]
if missing:
    over(f"The note has lost a field that the runbook asks for: {', '.join(missing)}.")
empty = [field for field in FIELDS if len(re.findall(r"\w+", note[field])) < (1 if field == "Snapshot" else 2)]
if empty:
    over(f"The note says nothing yet at: {', '.join(empty)}.")
if not re.search(WORDS[os.environ["CAUSE"]], note["Cause"] + " " + note["Evidence"], re.IGNORECASE):
    over("The cause in the note is not what stopped the run. Look again at what the log of the failed run says.")
ids = re.findall(r"\b[0-9a-f]{8,64}\b", note["Snapshot"])
asked = ["restic", "--no-cache", "--no-lock", "--repo", "/box/srv/restic/nightly", "--password-file", "/box/var/lib/vault-agent/restic", "snapshots", "--json"]
seen = subprocess.run(asked, capture_output=True, text=True, timeout=20, env={"PATH": os.environ["PATH"], "HOME": "/tmp"})
snapshots = json.loads(seen.stdout or "[]") if seen.returncode == 0 else []
yesterday = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=12)).isoformat()
fresh = [snapshot["id"] for snapshot in snapshots or [] if snapshot["time"][:19] > yesterday[:19]]
if not any(known.startswith(said) for said in ids for known in fresh):
    over("The snapshot in the note is none of the new ones. Its id, as restic lists it, lets others find it.")
print("The note says what was found, what was done and how it was seen to be right.")
