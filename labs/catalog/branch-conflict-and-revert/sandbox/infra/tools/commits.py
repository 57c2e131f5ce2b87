#!/usr/bin/python3
"""Looks at each commit that this branch has and origin/main has not: does it stay within one area, and does its subject say so?"""

import re
import subprocess
import sys


def git(*args):
    return subprocess.run(["git", *args], check=True, capture_output=True, text=True).stdout


def area(path):
    found = re.fullmatch(r"envs/[^/]+/([a-z]+)\.tfvars|modules/([a-z]+)/.*", path)
    if found:
        return found[1] or found[2]
    if path.startswith("docs/") or ("/" not in path and path.endswith(".md")):
        return "docs"
    if path.startswith(("tools/", "hooks/")) or path in ("Makefile", ".gitignore"):
        return "tools"
    return f"no area ({path})"


wrong = 0
for commit in git("rev-list", "--reverse", "--no-merges", "origin/main..HEAD").split():
    subject = git("log", "-1", "--format=%s", commit).strip()
    files = git("diff-tree", "--no-commit-id", "--name-only", "-r", "-z", commit).split("\0")[:-1]
    areas = sorted({area(path) for path in files})
    said = re.match(r"([a-z]+): ", subject)
    good = len(areas) == 1 and (subject.startswith('Revert "') or (said and said[1] == areas[0] and len(subject) <= 64))
    wrong += not good
    print(f"{'ok   ' if good else 'WRONG'}  {commit[:7]}  {subject}  [{', '.join(areas)}]")
sys.exit(1 if wrong else 0)
