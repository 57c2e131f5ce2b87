#!/usr/bin/python3 -I
"""Beside bastion1. Compares all that was to be found out about the undocumented service with the truth."""

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


said = plain(answer("undocumented", "unit")).removesuffix(".service")
judged = [
    ("its machine", plain(answer("undocumented", "machine")) == os.environ["STRAY_HOST"]),
    ("its port", str(answer("undocumented", "port")).strip() == os.environ["STRAY_PORT"]),
    ("its unit", said == plain(os.environ["STRAY"])),
    ("its environment", plain(answer("undocumented", "environment")) == os.environ["STRAY_ENV"]),
    ("its owner", plain(answer("undocumented", "owner")) == plain(os.environ["STRAY_OWNER"])),
]
judge(judged, "Hold what listens on each machine against the inventory, line by line. systemctl status takes a process id, too, and tags are not only the machine's.", "That is what nobody had written down.")
