#!/usr/bin/python3
"""Beside the box. Each tuned alert is still there under its name, with what pages are sorted by."""

import glob, re, sys

import yaml

KEPT = {"ServiceDown": "service-down", "SpoolFillingUp": "spool-filling-up", "QueueBacklog": "queue-backlog"}


def end(code, words):
    print(words)
    sys.exit(code)


rules = []
for path in glob.glob("/box/etc/prometheus/rules/*.yml"):
    try:
        with open(path, encoding="utf-8") as file:
            groups = yaml.safe_load(file)["groups"]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        end(1, f"{path[4:]} is no file of rules any more.")
    rules += [rule for group in groups for rule in group.get("rules") or [] if "alert" in rule]

for name, page in KEPT.items():
    mine = [rule for rule in rules if rule["alert"] == name]
    if not mine:
        end(1, f"There is no alert {name} any more. The pager's list and the runbooks know it by this name.")
    for rule in mine:
        labels, notes = rule.get("labels") or {}, rule.get("annotations") or {}
        if labels.get("owner") != "bookings":
            end(1, f"{name} has lost its owner. Whom does the shift ask about it?")
        if notes.get("runbook_url") != f"https://runbooks.harbourline.internal/{page}":
            end(1, f"{name} no longer leads to its runbook. At night nobody looks for it.")
        if len(re.sub(r"\{\{.*?\}\}", "", str(notes.get("summary", "")))) < 8:
            end(1, f"{name} does not say any more what is the matter: its summary is gone.")
        if not re.search("page|ticket", str(labels.get("severity", ""))):
            end(1, f"{name} has no severity that anybody sorts by.")
    if not any("page" in str(rule["labels"]["severity"]) for rule in mine):
        end(1, f"{name} pages nobody any more, not even when it has to.")
end(0, "Names, owners, summaries and links to the runbooks are all there.")
