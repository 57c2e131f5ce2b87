#!/usr/bin/python3 -I
"""Beside ctl1. Every task of the playbook of before is still there and asks for the same, and nothing makes a difference quiet."""

import os
import re
import subprocess
import sys

import yaml

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


QUIET = {"ignore_errors", "ignore_unreachable", "changed_when", "failed_when", "check_mode", "tags", "run_once", "delegate_to", "any_errors_fatal"}
ABOUT = {"name", "notify", "loop", "loop_control", "register", "when", "vars", "become", "listen", "with_items", "environment"}


def documents(commit):
    """What the YAML files of a commit hold, by their path."""
    for path in (git("ls-tree", "-r", "-z", "--name-only", commit) or "").split("\0"):
        if path.endswith((".yml", ".yaml")):
            try:
                yield path, yaml.safe_load(git("show", f"{commit}:{path}") or "")
            except yaml.YAMLError:
                end(1, f"{path} on main is no YAML. `make check` says where it breaks off.")


def tables(value):
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from tables(inner)


def tasks(commit):
    """Each task: what it is called, its module, and what it asks for."""
    found = []
    for path, document in documents(commit):
        if path.startswith(("group_vars/", "host_vars/", ".")) or path in (".yamllint",):
            continue
        for table in tables(document):
            for key, value in table.items():
                if key not in ABOUT | QUIET and isinstance(value, dict) and not key.startswith("vars"):
                    found.append((table.get("name"), key.rpartition(".")[2], value))
    return found


NOW, WAS = look()
for path, document in documents(NOW):
    if path.startswith(("group_vars/", "host_vars/")):
        continue
    for table in tables(document):
        quiet = sorted(QUIET & table.keys())
        if quiet:
            end(1, f"{path} says `{quiet[0]}`. A difference is taken over or undone; made quiet, it only comes back when nobody looks.")
now = tasks(NOW)
for name, module, asked in tasks(WAS):
    same = (wanted for _, other, wanted in now if other == module)
    if not any(all(wanted.get(key) == value for key, value in asked.items()) for wanted in same):
        end(1, f"The task \"{name}\" is gone from main's playbook, or asks for something else now.")
for path in ("hosts.ini", "ansible.cfg", "CONTRIBUTING.md"):
    if git("show", f"{NOW}:{path}") != git("show", f"{WAS}:{path}"):
        end(1, f"{path} was changed. Neither the machines that there are nor the rules were part of the drift.")
for path in (git("ls-tree", "-r", "-z", "--name-only", NOW) or "").split("\0"):
    text = git("show", f"{NOW}:{path}") or ""
    if re.search(r"(?m)^(<{7}|>{7}) ", text) or re.search(r"force:\s*(no|false)|(?i:ansible_check_mode)", text):
        end(1, f"{path} holds the markers of a conflict, or something that keeps the playbook from doing its work.")
end(0, "The playbook looks after everything that it did before.")
