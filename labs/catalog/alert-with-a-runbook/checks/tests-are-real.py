#!/usr/bin/python3
"""Beside the box, with the image's promtool. The learner's tests pass with their rules, and fail with rules that ring never or always."""

import glob, json, os, re, shutil, subprocess, sys

import yaml

FEED, UNIT, PORT = (os.environ[name] for name in ("FEED", "UNIT", "PORT"))
LIMIT, PATIENCE = int(os.environ["LIMIT"]), int(os.environ["PATIENCE"])
JOB, OLDEST = f"{FEED}-feed", f"{FEED}_updates_oldest_{UNIT}"
HARBOURS = ("Sandvik", "Norhaven", "Kelpness", "Ostrand")
WORK = "/tmp/work"


def end(code, words):
    print(words)
    sys.exit(code)


def promtool(*arguments):
    run = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=25)
    return run.returncode, run.stdout + run.stderr


HOME = "/srv/monitoring/tests"


def rules_of(pattern):
    """The files that a test's `rule_files` names, in the box."""
    return sorted(glob.glob("/box" + os.path.normpath(os.path.join(HOME, pattern))))


def tried(tests, change):
    """Whether the tests pass with changed rules."""
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    copies = {}
    for pattern in tests.get("rule_files") or []:
        for path in rules_of(str(pattern)):
            if path in copies or not os.path.isfile(path):
                continue
            with open(path, encoding="utf-8") as file:
                rules = yaml.safe_load(file)
            for group in rules["groups"]:
                for rule in group["rules"]:
                    if rule.get("alert") == "UpdatesStuck":
                        change(rule)
            copies[path] = f"{WORK}/{len(copies)}.yml"
            with open(copies[path], "w", encoding="utf-8") as file:
                json.dump(rules, file)
    with open(f"{WORK}/tests.json", "w", encoding="utf-8") as file:
        json.dump({**tests, "rule_files": list(copies.values())}, file)
    return promtool("test", "rules", f"{WORK}/tests.json")[0] == 0


def never(rule):
    rule["expr"] = f"{OLDEST} < -1"


def always(rule):
    rule["expr"] = f"{OLDEST} > -1"
    rule.pop("for", None)


mine, caught = [], {"never": False, "always": False}
for path in sorted(glob.glob(f"/box{HOME}/*.y*ml")):
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        tests = yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError):
        end(1, f"{path[4:]} is not YAML that can be read.")
    if "UpdatesStuck" not in text or not isinstance(tests, dict):
        continue
    mine.append(path[4:])
    try:
        if not tried(tests, lambda rule: None):
            end(1, f"{path[4:]} does not pass with your own rules: `promtool test rules {path[4:]}` says what it got instead.")
        caught["never"] |= not tried(tests, never)
        caught["always"] |= not tried(tests, always)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        end(1, f"{path[4:]} can't be tried: does `promtool test rules` take it?")
if not mine:
    end(1, f"No test in {HOME} tries UpdatesStuck yet. platform.yml there shows how one looks.")
if not caught["never"]:
    end(1, f"{mine[0]} also passes if UpdatesStuck never rings. Which case expects it to?")
if not caught["always"]:
    end(1, f"{mine[0]} also passes if UpdatesStuck rings all the time. Which case expects it not to?")
end(0, "The tests pass, and would notice an alert that rings never or always.")
