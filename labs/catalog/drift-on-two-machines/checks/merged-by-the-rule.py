#!/usr/bin/python3 -I
"""Beside ctl1. Asks how the change got into main: by a merge, from commits that name the ticket, and on top of what was there."""

import os
import re
import subprocess
import sys

BARE, KEPT, VIEW = "/box/srv/git/estate.git", "/box/var/backups/git/estate.git", "/tmp/view.git"
ENV = {
    "PATH": os.environ["PATH"], "HOME": "/tmp", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C.UTF-8",
}


def end(code, text):
    print(text)
    sys.exit(code)


def git(*args):
    """What git says of the objects of both repositories, by no setting of either; None where it fails."""
    ran = subprocess.run(["git", "--git-dir", VIEW, *args], env=ENV, capture_output=True, check=False)
    return ran.stdout.decode(errors="replace") if ran.returncode == 0 else None


def main_of(repository):
    """The commit that a repository's main is at."""
    try:
        with open(f"{repository}/refs/heads/main", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        pass
    try:
        with open(f"{repository}/packed-refs", encoding="utf-8", errors="replace") as file:
            return next(line.split()[0] for line in file if line.rstrip().endswith(" refs/heads/main"))
    except (OSError, StopIteration):
        return ""


def look():
    """Where main is and where it was, as commits."""
    subprocess.run(["git", "init", "--quiet", "--bare", VIEW], env=ENV, check=True)
    with open(f"{VIEW}/objects/info/alternates", "w", encoding="utf-8") as file:
        file.write(f"{BARE}/objects\n{KEPT}/objects\n")
    now, was = main_of(BARE), main_of(KEPT)
    if not re.fullmatch("[0-9a-f]{40}", was) or git("cat-file", "-e", was) is None:
        end(1, "Last night's copy of the repository, in /var/backups/git, is gone or damaged: nobody can compare with it any more.")
    if not re.fullmatch("[0-9a-f]{40}", now) or git("cat-file", "-e", now) is None:
        end(1, "The repository has no branch main, or it can't be read. That branch is everybody's.")
    return now, was


NOW, WAS = look()
if NOW == WAS:
    end(1, "main in origin is where it was: the code does not say anything new yet.")
if git("merge-base", "--is-ancestor", WAS, NOW) is None:
    end(1, "main was rewritten: what was there is gone from its history. Last night's copy is in /var/backups/git, if you need a way back.")
line = (git("rev-list", "--first-parent", NOW, f"^{WAS}") or "").split()
for commit in line:
    parents = (git("log", "-1", "--format=%P", commit) or "").split()
    if len(parents) != 2:
        end(1, f"{commit[:7]} got straight into main. A ticket comes in by a merge commit of its own: see CONTRIBUTING.md.")
for commit in (git("rev-list", "--no-merges", NOW, f"^{WAS}") or "").split():
    subject = (git("log", "-1", "--format=%s", commit) or "").strip()
    if not re.match(r"HL-[0-9]{4}: \S", subject):
        end(1, f"The subject of {commit[:7]} does not begin with its ticket: {subject[:80]}")
if not git("diff", "--name-only", WAS, NOW):
    end(1, "main has new commits, and says the same as before.")
end(0, "The change is in main, by a branch of its own.")
