#!/usr/bin/python3 -I
"""Beside the box. Reads the file in which both sides changed the same lines, as Terraform would, and asks for what each of them meant."""

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


COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|#[^\n]*')
TOKEN = re.compile(r'\s*(?:("(?:[^"\\\n]|\\.)*")|([A-Za-z_][A-Za-z0-9_-]*)|(-?[0-9]+)|([=\[\]{},]))')


def values(commit, path):
    """The values of a .tfvars file; None where it is missing or no such file."""
    text = git("show", f"{commit}:{path}")
    if text is None:
        return None
    text, at, found = COMMENT.sub(lambda part: part[1] or "", text).rstrip(), 0, []
    while at < len(text):
        part = TOKEN.match(text, at)
        if not part:
            return None
        at = part.end()
        string, word, number, sign = part.groups()
        found.append((string[1:-1] if string is not None else word or sign or int(number), sign is not None))

    def value(at):
        what, sign = found[at]
        if sign and what == "[":
            items, at = [], at + 1
            while found[at] != ("]", True):
                item, at = value(at)
                items.append(item)
                at += found[at] == (",", True)
            return items, at + 1
        if sign and what == "{":
            return block(at + 1)
        return {"true": True, "false": False}.get(what, what) if isinstance(what, str) else what, at + 1

    def block(at):
        read = {}
        while at < len(found) and found[at] != ("}", True):
            if found[at] == (",", True):
                at += 1
                continue
            key = found[at][0]
            if key in read or found[at + 1] != ("=", True):
                raise ValueError(key)
            read[key], at = value(at + 2)
        return read, at + 1

    try:
        return block(0)[0]
    except (IndexError, ValueError, TypeError):
        return None


NOW, WAS = look()
AREA, HARBOUR, CENTRE = os.environ["AREA"], os.environ["HARBOUR"], os.environ["CENTRE"]
PATH = f"envs/prod/{AREA}.tfvars"
OTHER = {"Kelpness": "Ostrand", "Ostrand": "Kelpness"}[HARBOUR]
NUMBER = {"storage": "pdf_retention_days", "push": "queue_depth"}[AREA]
# What may differ from main as it was: the branch's part, and what a commit that is taken back had set.
FREE = {"harbours", "tags", NUMBER, "log_retention_days", "instances"}

if NOW == WAS:
    end(1, "main is where it was: nothing of the branch has got there yet.")
now, was = values(NOW, PATH), values(WAS, PATH)
if now is None:
    end(1, f"On main {PATH} is gone, or is no file of values any more. `make check` says what it stumbles over.")
harbours = now.get("harbours")
if not isinstance(harbours, list) or len(set(map(str, harbours))) != len(harbours):
    end(1, f"On main `harbours` of {PATH} is no list any more, or names a harbour twice.")
for harbour, whose in [(HARBOUR, "the branch"), (OTHER, "main"), ("Sandvik", "both"), ("Norhaven", "both")]:
    if harbour not in harbours:
        end(1, f"On main {PATH} has lost a harbour that {whose} had. In a conflict both sides meant something: what did each add?")
if set(harbours) - {HARBOUR, OTHER, "Sandvik", "Norhaven"}:
    end(1, f"On main {PATH} names a harbour that neither side had.")
tags = now.get("tags")
if not isinstance(tags, dict):
    end(1, f"On main {PATH} has no tags any more.")
if tags.get("cost-centre") != f"CC-{CENTRE}":
    end(1, f"On main the cost centre in {PATH} is not the one that was set there last week. Look at what main had changed in this file.")
if any(tags.get(key) != was["tags"][key] for key in ("service", "env", "owner")) or set(tags) - set(was["tags"]) - {"expires"}:
    end(1, f"On main {PATH} has other tags than either side gave it, apart from those that were asked for.")
other = sorted(key for key in set(now) | set(was) if key not in FREE and now.get(key) != was.get(key))
if other:
    end(1, f"On main {PATH} has another `{other[0]}` than before, and nobody had asked for that.")
end(0, "Both sides are in the file, and nothing else was touched.")
