#!/usr/bin/python3 -I
"""Beside bastion1. Compares owner, environment and cost centre of each machine with the truth."""

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


CENTRE = int(os.environ["CENTRE"])
WANTED = {
    "bastion1": ("Platform", f"CC-{CENTRE + 7}"),
    "app1": ("Bookings", f"CC-{CENTRE}"),
    "db1": ("Platform", f"CC-{CENTRE + 7}"),
    "log1": ("Security", "CC-1100"),
}
judged = []
for machine, (owner, centre) in WANTED.items():
    judged.append((f"owner of {machine}", plain(answer("machines", machine, "owner")) == plain(owner)))
    judged.append((f"environment of {machine}", plain(answer("machines", machine, "environment")) in ("prod", "production")))
    judged.append((f"cost centre of {machine}", plain(answer("machines", machine, "cost_centre")) == plain(centre)))
judge(judged, "Every machine says it of itself, in its tags.", "Whose each machine is, is right.")
