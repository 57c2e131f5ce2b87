#!/usr/bin/python3 -I
"""Beside the box. Asks of each commit that main has got since last night whether it stays within one area and says which."""

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
AREA = os.environ["AREA"]


def area(path):
    found = re.fullmatch(r"envs/[^/]+/([a-z]+)\.tfvars|modules/([a-z]+)/.*", path)
    if found:
        return found[1] or found[2]
    if path.startswith("docs/") or ("/" not in path and path.endswith(".md")):
        return "docs"
    if path.startswith(("tools/", "hooks/")) or path in ("Makefile", ".gitignore"):
        return "tools"
    return path


new = (git("rev-list", "--no-merges", NOW, f"^{WAS}") or "").split()
if not new:
    end(1, "main has no new commit yet.")
seen = set()
for commit in new:
    short = commit[:7]
    files = (git("diff-tree", "--no-commit-id", "--name-only", "-r", "-z", "--root", commit) or "").split("\0")[:-1]
    areas = sorted({area(path) for path in files})
    subject = (git("log", "-1", "--format=%s", commit) or "").strip()
    if len(areas) > 1:
        end(1, f"The commit {short} on main is about {len(areas)} things: {', '.join(areas)}. Each can only be taken back with the others.")
    if subject.startswith('Revert "'):
        continue
    said = re.fullmatch(r"([a-z]+): (\S.*[^.\s])", subject)
    if not said or len(subject) > 64 or said[1] not in {"storage", "push", "network", "docs", "tools"}:
        end(1, f"The subject of {short} on main is not what CONTRIBUTING.md asks for: {subject[:80]}")
    if areas and said[1] != areas[0]:
        end(1, f"The subject of {short} says {said[1]}, and what it changes is {areas[0]}.")
    seen.update(areas)
missing = {AREA, "network", "docs"} - seen
if missing:
    end(1, "Not every part of the branch has come into main by a commit of its own yet.")
end(0, "Each commit is about one thing, and says which.")
