#!/usr/bin/python3 -I
"""Beside the box. Asks whether main's tip of last night is still part of main."""

import os
import re
import subprocess
import sys

BARE, KEPT, VIEW = "/box/srv/git/infra.git", "/box/var/backups/git/infra.git", "/tmp/view.git"
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


def heads(repository):
    """The branches and tags of a repository, by name."""
    found = {}
    try:
        with open(f"{repository}/packed-refs", encoding="utf-8", errors="replace") as file:
            for line in file:
                parts = line.split()
                if len(parts) == 2 and re.fullmatch(r"[0-9a-f]{40}", parts[0]):
                    found[parts[1]] = parts[0]
    except OSError:
        pass
    for kind in ("heads", "tags"):
        for folder, _, files in os.walk(f"{repository}/refs/{kind}"):
            for name in files:
                path = os.path.join(folder, name)
                try:
                    with open(path, encoding="utf-8", errors="replace") as file:
                        text = file.read().strip()
                except OSError:
                    continue
                if re.fullmatch(r"[0-9a-f]{40}", text):
                    found[os.path.relpath(path, repository)] = text
    return found


def look():
    """Where main is and where it was, as commits."""
    subprocess.run(["git", "init", "--quiet", "--bare", VIEW], env=ENV, check=True)
    with open(f"{VIEW}/objects/info/alternates", "w", encoding="utf-8") as file:
        file.write(f"{BARE}/objects\n{KEPT}/objects\n")
    now, was = heads(BARE).get("refs/heads/main"), heads(KEPT).get("refs/heads/main")
    if not was or git("cat-file", "-e", was) is None:
        end(1, "Last night's copy of the repository, in /var/backups/git, is gone or damaged: nobody can compare with it any more.")
    if not now or git("cat-file", "-e", now) is None:
        end(1, "The repository has no branch main, or it can't be read. That branch is everybody's.")
    return now, was


NOW, WAS = look()
if git("merge-base", "--is-ancestor", WAS, NOW) is None:
    end(1, "main was rewritten: commits that others have built on are gone from it. Last night's copy is in /var/backups/git, if you need a way back.")
end(0, "main has only grown.")
