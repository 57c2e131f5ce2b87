#!/usr/bin/python3 -I
"""Beside the box. The image's lint, which nobody could bend, looks at the box's policy."""

import subprocess
import sys

PATH = "/box/srv/iam/policies/ticket-pdf-job.json"
ran = subprocess.run([sys.executable, "-I", "/srv/iam/tools/lint.py", PATH], capture_output=True, text=True, check=False)
if ran.returncode == 0:
    print("lint has nothing to complain about.")
    sys.exit(0)
said = [line.removeprefix("ticket-pdf-job.json: ") for line in ran.stderr.strip().splitlines()] or ["it can't be read"]
more = f" And {len(said) - 1} more." if len(said) > 1 else ""
print(f"`make lint` complains about the job's policy: {said[0][:200]}.{more}")
sys.exit(1)
