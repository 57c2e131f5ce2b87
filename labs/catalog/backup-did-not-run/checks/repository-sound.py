#!/usr/bin/python3
# Beside the box. Takes no lock.
import datetime
import json
import os
import subprocess
import sys

RESTIC = ["restic", "--no-cache", "--no-lock", "--repo", "/box/srv/restic/nightly", "--password-file", "/box/var/lib/vault-agent/restic"]


def ask(*words):
    try:
        return subprocess.run([*RESTIC, *words], capture_output=True, text=True, timeout=14, env={"PATH": os.environ["PATH"], "HOME": "/tmp"})
    except subprocess.TimeoutExpired:
        print("The repository did not answer in time.")
        sys.exit(1)


listed = ask("snapshots", "--json")
if listed.returncode != 0:
    print("The list of snapshots can't be read.")
    sys.exit(1)
snapshots = json.loads(listed.stdout or "[]") or []
kept = {snapshot["time"][:10] for snapshot in snapshots if "archive" in (snapshot.get("tags") or [])}
half_a_day_ago = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=12)).isoformat()
earlier = [snapshot for snapshot in snapshots if "nightly" in (snapshot.get("tags") or []) and snapshot["time"][:19] < half_a_day_ago[:19]]
if kept != {"2025-06-30", "2025-12-31"} or not earlier:
    print("Older snapshots are gone. They were to be kept: who asks for June needs the one of June.")
    sys.exit(1)
if ask("check").returncode != 0:
    print("restic's own check of the repository finds something wrong.")
    sys.exit(1)
print("The repository is sound, and the older snapshots are in it.")
