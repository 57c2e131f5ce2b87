#!/usr/bin/python3
# Beside the box: the image's restic and the image's copy of what must be saved, the box's repository. Takes no lock.
import datetime
import json
import os
import subprocess
import sys

REPOSITORY, PASSWORD = "/box/srv/restic/nightly", "/box/var/lib/vault-agent/restic"
WANTED = {
    "bookings.dump": "/srv/pull/db1/bookings.dump",
    "rota.csv": "/srv/pull/files1/crews/rota.csv",
    "harbour-photos.tar": "/srv/pull/files1/crews/harbour-photos.tar",
    "payments.log": "/srv/pull/app1/payments.log",
}


def over(text):
    print(text)
    sys.exit(1)


def moment(text):
    """restic's times have nine digits behind the point; Python takes six."""
    head, _, tail = text.partition(".")
    zone = "+00:00" if tail.endswith("Z") or not tail else tail[tail.find("+") :] if "+" in tail else tail[tail.find("-") :] if "-" in tail else "+00:00"
    return datetime.datetime.fromisoformat(head.rstrip("Z")[:19] + zone)


asked = ["restic", "--no-cache", "--no-lock", "--repo", REPOSITORY, "--password-file", PASSWORD, "ls", "--json", "latest"]
try:
    seen = subprocess.run(asked, capture_output=True, text=True, timeout=20, env={"PATH": os.environ["PATH"], "HOME": "/tmp"})
except subprocess.TimeoutExpired:
    over("The repository did not answer for twenty seconds.")
if seen.returncode != 0:
    over("The repository can't be read with the password that the vault hands out.")
lines = [json.loads(line) for line in seen.stdout.splitlines() if line.startswith("{")]
snapshot = next((line for line in lines if line.get("struct_type") == "snapshot"), None)
if snapshot is None:
    over("There is no snapshot in the repository.")
age = datetime.datetime.now(datetime.timezone.utc) - moment(snapshot["time"])
if age > datetime.timedelta(hours=12):
    over(f"The newest snapshot is from {moment(snapshot['time']):%Y-%m-%d %H:%M}. What was asked for is one of now.")
saved = {line["name"]: line.get("size", 0) for line in lines if line.get("type") == "file"}
missing = sorted(name for name, path in WANTED.items() if saved.get(name, 0) != os.path.getsize(path))
if missing:
    over(f"The newest snapshot, {snapshot['short_id']}, is not whole: it has no {' and no '.join(missing)} as it was pulled.")
print(f"Snapshot {snapshot['short_id']} has everything that was pulled.")
