#!/usr/bin/python3 -I
"""Beside the box. Lets the checker of last night's copy, which nobody could bend, look at main; and asks for the rest of the branch."""

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
HARBOUR = os.environ["HARBOUR"]

network, before = values(NOW, "envs/prod/network.tfvars") or {}, values(WAS, "envs/prod/network.tfvars") or {}
if network.get("private_endpoints") != ["object-storage", "push-gateway"]:
    end(1, "The branch's part in the network is not in main, or not as it was. Splitting a commit should lose nothing of it.")
if network.get("flow_logs") != before.get("flow_logs") or network.get("tags") != before.get("tags"):
    end(1, "In envs/prod/network.tfvars more has changed than the branch and the bad commit had in it.")
page = git("show", f"{NOW}:docs/harbours.md") or ""
if not re.search(rf"(?m)^\|\s*{HARBOUR}\s*\|", page):
    end(1, "The branch's row in docs/harbours.md is not in main. Splitting a commit should lose nothing of it.")
for path in (git("ls-tree", "-r", "-z", "--name-only", NOW) or "").split("\0")[:-1]:
    text = git("show", f"{NOW}:{path}") or ""
    if re.search(r"(?m)^(<{7}|>{7}|\|{7}) ", text):
        end(1, f"On main {path} holds the markers of a conflict. Whoever reads it next can't tell what is meant.")
tree = "/tmp/tree"
os.mkdir(tree)
for commit, paths in [(NOW, ["envs", "docs"]), (WAS, ["tools"])]:
    packed = subprocess.run(["git", "--git-dir", VIEW, "archive", commit, *paths], env=ENV, capture_output=True, check=False)
    subprocess.run(["tar", "-x", "--no-same-owner", "-C", tree], input=packed.stdout, capture_output=True, check=False)
ran = subprocess.run([sys.executable, "-I", f"{tree}/tools/check.py"], env=ENV, capture_output=True, text=True, check=False)
if ran.returncode != 0:
    said = (ran.stderr.strip().splitlines() or ["it does not run"])[-1]
    end(1, f"The pipeline would refuse main as it is: {said}")
changed = git("diff", "--name-only", WAS, NOW, "--", "tools", "hooks", "Makefile") or ""
if changed:
    end(1, f"{changed.split()[0]} was changed. What checks everybody's work is no part of this ticket.")
end(0, "All of the branch is in main, and the pipeline would take it.")
