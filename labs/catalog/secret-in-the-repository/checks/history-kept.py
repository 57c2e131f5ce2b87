#!/usr/bin/python3
"""Beside the box, with the image's git. All that was in the repository is there, but for the token."""

import hashlib, os

SECRET, SERIAL, PORT, ALSO, HARBOUR = (os.environ[name] for name in ("SECRET", "SERIAL", "PORT", "ALSO", "HARBOUR"))
TOKEN = "hlt_" + hashlib.sha256(f"{SECRET} {SERIAL} {PORT}".encode()).hexdigest()[:24]
CONF = "boards/boards.conf"


def conf(*more):
    return "\n".join(["# The boards at the quays. Owner: Harbour Systems.", f"feed = http://127.0.0.1:{PORT}/data", "listen = 8300", *more]) + "\n"


def layout(harbour, size=24):
    return f'{{\n  "harbour": "{harbour}",\n  "rows": 6,\n  "letters": {size}\n}}\n'


README = f"""# quay-boards

What the boards at the quays show, and how. Deployed on ctl1 to `/srv/deploy/quay-boards`; `quay-boards.service` reads it when it starts.

- `boards/boards.conf`: the settings. `feed` is where the berths come from, `listen` the port of `/health`.
- `layouts/`: a file for each harbour.

The feed `{SECRET}` wants a token. The settings take it in one of two ways:

- `token = …`: as it is
- `token_from = vault:NAME`: from the vault, each time the service starts. Also `env:NAME`, from its environment
  (`/etc/default/quay-boards`), and `file:PATH`
"""
NOTES = {
    "docs/try-it.md": f"# Trying the feed by hand\n\nThe berths as JSON:\n\n    curl -H 'Authorization: Bearer {TOKEN}' http://127.0.0.1:{PORT}/data\n\nAsk Harbour Systems if it is empty.\n",
    "scripts/smoke-test.sh": f"#!/bin/sh\n# Is there anything in the feed?\nTOKEN={TOKEN}\ncurl -fs -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:{PORT}/data | grep -q berths\n",
    "group_vars/boards.yml": f"---\nboards_feed: http://127.0.0.1:{PORT}/data\nboards_token: {TOKEN}\nboards_refresh: 60\n",
}
DEBUG = f"#!/bin/sh\n# What does it really send?\ncurl -v -H 'Authorization: Bearer {TOKEN}' http://127.0.0.1:{PORT}/data 2>&1 | grep '^[<>]'\n"
LINE = f"token = {TOKEN}"
TRIAL = f"trial/{HARBOUR.lower()}"

# Branch, days ago, author, subject, and what it changes: a text, or None for a file that goes.
COMMITS = [
    ("main", 161, "Emre Kaya", "Begin the quay boards", {"README.md": README, CONF: conf("refresh = 30")}),
    ("main", 160, "Emre Kaya", "Add the layout of Sandvik", {"layouts/sandvik.json": layout("Sandvik")}),
    ("main", 148, "Jonas Lind", "Let the boards ask the feed", {CONF: conf("refresh = 30", LINE), ".gitignore": "*.swp\n"}),
    ("main", 147, "Jonas Lind", "Add the layout of Norhaven", {"layouts/norhaven.json": layout("Norhaven")}),
    (TRIAL, 141, "Jonas Lind", f"Try larger letters in {HARBOUR}", {"layouts/trial.json": layout(HARBOUR, 36)}),
    (TRIAL, 140, "Jonas Lind", "Look at what is really sent", {"scripts/debug-request.sh": DEBUG, "layouts/trial.json": layout(HARBOUR, 32)}),
    ("main", 133, "Jonas Lind", "Write down how the feed is tried by hand", {ALSO: NOTES[ALSO], "layouts/kelpness.json": layout("Kelpness")}),
    ("main", 120, "Emre Kaya", "Show fewer rows at night", {"layouts/night.json": layout("all", 18)}),
    ("main", 97, "Emre Kaya", "Ask the feed less often at night", {CONF: conf("refresh = 30", "night = 22-05", LINE), "layouts/night.json": layout("all", 20)}),
    ("main", 64, "Jonas Lind", "Take the try-out away, it is in the wiki now", {ALSO: None, "layouts/kelpness.json": layout("Kelpness", 26)}),
    ("main", 31, "Emre Kaya", "Add the layout of Ostrand", {"layouts/ostrand.json": layout("Ostrand")}),
]
# Where a branch begins, and what is tagged, by the subject.
FROM = {TRIAL: "Add the layout of Norhaven"}
TAGS = {"v0.9": ("Add the layout of Sandvik", None), "v1.0": ("Show fewer rows at night", "The boards as they went to the quays")}

import subprocess, sys

BARE = "/box/srv/git/quay-boards.git"


def end(code, words):
    print(words)
    sys.exit(code)


def git(*arguments, given=None):
    command = ["git", "-c", "safe.directory=*", "-C", BARE, *arguments]
    run = subprocess.run(command, input=given, capture_output=True, timeout=20)
    if run.returncode != 0:
        end(1, f"git can't read the repository: {run.stderr.decode(errors='replace').strip().splitlines()[-1:] or arguments[0]}")
    return run.stdout


def tree(commit):
    """The blobs of a commit by their paths."""
    lines = git("ls-tree", "-r", "-z", commit).decode().split("\0")
    return {line.split("\t", 1)[1]: line.split()[2] for line in lines if line}


def blob(text):
    raw = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(raw) + raw).hexdigest()


# What there was, commit by commit: who, what for, and the files afterwards.
trees, lines, tips = {}, {}, {}
for branch, _, author, subject, changes in COMMITS:
    parent = tips.get(branch) or FROM.get(branch)
    files = dict(trees.get(parent, {}))
    for path, text in changes.items():
        files.pop(path, None)
        if text is not None:
            files[path] = text
    trees[subject] = files
    lines[subject] = [*lines.get(parent, []), (author, subject)]
    tips[branch] = subject

if os.path.islink(BARE) or not os.path.isdir(BARE):
    end(1, "/srv/git/quay-boards.git is not the repository any more. The others push to it by this name.")
refs = set(git("for-each-ref", "--format=%(refname)").decode().split())
wanted = {f"refs/heads/{branch}": tip for branch, tip in tips.items()} | {f"refs/tags/{tag}": tip for tag, (tip, _) in TAGS.items()}
seen = {}
for ref, tip in wanted.items():
    if ref not in refs:
        end(1, f"{ref} is gone. Others work on it, or have deployed it.")
    log = git("log", "--reverse", "--topo-order", "--format=%H%x00%an%x00%s%x00%at", ref).decode().splitlines()
    told = [tuple(line.split("\0")) for line in log]
    kept = told[: len(lines[tip])] if ref == "refs/heads/main" else told
    if [(author, subject) for _, author, subject, _ in kept] != lines[tip]:
        end(1, f"The history of {ref} is not what it was: commits are missing, changed in their subjects or authors, or new.")
    seen |= {commit: (subject, int(at)) for commit, _, subject, at in kept}

first = min(at for _, at in seen.values())
days = {subject: number for _, number, _, subject, _ in COMMITS}
for commit, (subject, at) in seen.items():
    if abs((at - first) - 86400 * (161 - days[subject])) > 120:
        end(1, f"The commit \"{subject}\" has lost its date. When something was done is part of the history, too.")
    now, then = tree(commit), trees[subject]
    if set(now) != set(then):
        end(1, f"In the commit \"{subject}\" there are other files than there were: {', '.join(sorted(set(now) ^ set(then)))}")
    for path, text in then.items():
        if TOKEN not in text:
            if now[path] != blob(text):
                end(1, f"{path} in the commit \"{subject}\" is not what it was, and it never held the token.")
            continue
        rest = git("cat-file", "blob", now[path]).decode(errors="replace").splitlines()
        for line in text.splitlines():
            if TOKEN not in line:
                if line not in rest:
                    end(1, f"{path} in the commit \"{subject}\" has lost more than the token.")
                del rest[: rest.index(line) + 1]
end(0, "Every commit, branch and tag is there, and every file but for the token.")
