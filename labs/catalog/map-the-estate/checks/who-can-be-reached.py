#!/usr/bin/python3 -I
"""Beside bastion1. Compares who is greeted by whom with the truth."""

import os
import sys
import tomllib

PATH = "/box/home/engineer/estate.toml"


def end(code, text):
    print(text)
    sys.exit(code)


def plain(value):
    """Answers are the same whatever their case and blanks."""
    return " ".join(str(value).lower().replace("-", " ").replace("_", " ").split())


try:
    with open(PATH, "rb") as file:
        ANSWERS = tomllib.load(file)
except OSError:
    end(1, "estate.toml is not in /home/engineer on bastion1 any more.")
except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
    end(1, f"estate.toml can't be read as TOML: {error}. A text stands in quotes, a number does not, a list in square brackets.")


def answer(*names):
    """What stands at a place; None where nothing does."""
    at = ANSWERS
    for name in names:
        at = at.get(name) if isinstance(at, dict) else None
    return at


def places(value):
    """A list as a set, without what is empty; None where it is no list."""
    if isinstance(value, str):
        value = [value]
    return {str(one).strip().lower() for one in value if str(one).strip()} if isinstance(value, list) else None


def judge(judged, look, well):
    """Says how many are right, and which is the first that is not."""
    wrong = [name for name, right in judged if not right]
    if wrong:
        end(1, f"{len(judged) - len(wrong)} of {len(judged)} are right; not yet: {wrong[0]}. {look}")
    end(0, well)


MACHINES = ("bastion1", "app1", "db1", "log1")
OPEN = {"bastion1", os.environ["SSH_GAP"]}
judged = []
for machine in MACHINES:
    wanted = set(MACHINES) - {machine} if machine in OPEN else {"bastion1"}
    judged.append((f"ssh_from of {machine}", places(answer("machines", machine, "ssh_from")) == wanted))
said = plain(answer("services", "seat-allocator", "answers_others"))
wanted = "true" if os.environ["WORKER_BIND"] == "0.0.0.0" else "false"
said = {"yes": "true", "no": "false"}.get(said, said)
judged.append(("answers_others of seat-allocator", said == wanted))
judge(judged, "What can be reached is best tried: from each machine to each other one, and see who greets. The address on which something listens says the rest.", "What can be reached from where is right.")
