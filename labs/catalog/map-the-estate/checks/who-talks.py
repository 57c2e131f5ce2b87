#!/usr/bin/python3 -I
"""Beside bastion1. Compares the connections of the booking desk with the truth."""

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


WANTED = {f"db1:{os.environ['DB_PORT']}", f"log1:{os.environ['LOG_PORT']}"}
LOOK = "Look at the connections that are held, from the side that opened them: the far end's port is the one that counts. getent hosts knows the name of an address."
said = places(answer("services", "booking-desk", "talks_to"))
if said is None:
    end(1, 'talks_to is a list of texts such as "machine:port".')
said = {one.replace(" ", "") for one in said}
if said != WANTED:
    right = len(said & WANTED)
    more = f" {len(said - WANTED)} of what stands there is not so." if said - WANTED else ""
    end(1, f"Of the other machines to which the booking desk holds connections {right} of {len(WANTED)} are there.{more} {LOOK}")
end(0, "Who talks to whom is right.")
