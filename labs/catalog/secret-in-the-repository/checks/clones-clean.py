#!/usr/bin/python3
"""Beside the box. Neither clone leads back to the token: whoever pushes from one would bring it back."""

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


tokens = {version["value"].encode() for version in vault(SECRET)} | {OLD.encode()}


def git(clone, *arguments, given=None):
    run = subprocess.run(["git", "-c", "safe.directory=*", "-C", clone, *arguments], input=given, capture_output=True, timeout=20)
    return run.stdout if run.returncode == 0 else None


for clone in ("/box/srv/deploy/quay-boards", "/box/home/engineer/quay-boards"):
    if not os.path.isdir(f"{clone}/.git"):
        if "deploy" in clone:
            end(1, "/srv/deploy/quay-boards is no clone any more. The next deployment looks for one.")
        continue
    refs = git(clone, "rev-list", "--objects", "--all", "HEAD")
    if refs is None:
        end(1, f"git can't read {clone[4:]}.")
    objects = git(clone, "cat-file", "--batch", "--buffer", given=b"\n".join(line.split()[0] for line in refs.splitlines()))
    if objects is None or any(token in objects for token in tokens):
        end(1, f"A branch or a tag in {clone[4:]} still leads to the token. One push from there, and it is back.")
    for directory, folders, files in os.walk(clone):
        if directory == clone:
            folders.remove(".git")
        for name in files:
            path = os.path.join(directory, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    if any(token in file.read() for token in tokens):
                        end(1, f"{path[4:]} holds a token.")
end(0, "Neither clone leads to a token.")
