#!/usr/bin/python3
"""Beside the box, with the image's git. No object of the repository holds the old or the new token, reachable or not."""

import hashlib, json, os, subprocess, sys

SECRET, SERIAL, PORT = (os.environ[name] for name in ("SECRET", "SERIAL", "PORT"))
OLD = "hlt_" + hashlib.sha256(f"{SECRET} {SERIAL} {PORT}".encode()).hexdigest()[:24]


def end(code, words):
    print(words)
    sys.exit(code)


def vault(name):
    try:
        with open(f"/box/var/lib/vault/{name}.json", encoding="utf-8") as file:
            return json.load(file)["versions"]
    except (OSError, ValueError, KeyError):
        end(1, f"The vault can't be read where it holds {name}. It is not to be touched by hand.")


BARE = "/box/srv/git/quay-boards.git"
GIT = ["git", "-c", "safe.directory=*", "-C", BARE]

if os.path.islink(BARE) or not os.path.isdir(BARE):
    end(1, "/srv/git/quay-boards.git is not the repository any more. The others push to it by this name.")
if os.path.exists(f"{BARE}/objects/info/alternates"):
    end(1, "The repository borrows objects from another one. What it needs must be in it, and what must not be in it nowhere.")
tokens = {version["value"].encode() for version in vault(SECRET)} | {OLD.encode()}


def lists(arguments, given=None):
    run = subprocess.run([*GIT, *arguments], input=given, capture_output=True, timeout=20)
    if run.returncode != 0:
        end(1, "git can't read the repository. `git fsck` says what is wrong with it.")
    return run.stdout


everything = lists(["cat-file", "--batch-all-objects", "--batch", "--buffer"])
if any(token in everything for token in tokens):
    names = b"\n".join(line.split()[0] for line in lists(["rev-list", "--objects", "--all"]).splitlines())
    reachable = lists(["cat-file", "--batch", "--buffer"], names)
    if any(token in reachable for token in tokens):
        end(1, "A token is still in the history, on a branch or behind a tag. `git log --all` looks at all of them, and -G at what they changed.")
    end(1, "No branch and no tag leads to a token any more, but an object with it still lies in the repository. Who keeps it, and for how long?")
for directory, _, files in os.walk(BARE):
    for name in files:
        path = os.path.join(directory, name)
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as file:
                if any(token in file.read() for token in tokens):
                    end(1, f"{path[4:]} holds a token.")
if not lists(["for-each-ref"]):
    end(1, "The repository is empty. The history is needed, only the token is not.")
end(0, "Nothing in the repository holds a token.")
