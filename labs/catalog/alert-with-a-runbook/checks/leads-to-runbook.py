#!/usr/bin/python3
"""Beside the box. Each alert has what whoever is woken needs, and its link leads to a runbook that is filled in."""

import glob, os, re, sys

import yaml

HEADINGS = ("symptom", "impact", "first checks", "escalation")
PEOPLE = r"Emre|Kaya|Harbour Systems|Ingrid|secondary|Pavel"
URL = r"https://runbooks\.harbourline\.internal/([a-z0-9][a-z0-9-]*)"


def end(code, words):
    print(words)
    sys.exit(code)


rules = []
for path in sorted(glob.glob("/box/etc/prometheus/rules/*.yml")):
    try:
        with open(path, encoding="utf-8") as file:
            rules += [rule for group in yaml.safe_load(file)["groups"] for rule in group.get("rules") or []]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        end(1, f"{path[4:]} is no file of rules that can be read.")

pages = set()
for name, severity in (("UpdatesStuck", "page"), ("UpdatesUnwatched", "ticket")):
    mine = [rule for rule in rules if rule.get("alert") == name]
    if not mine:
        end(1, f"No rule in /etc/prometheus/rules is named {name} yet.")
    for rule in mine:
        labels, notes = rule.get("labels") or {}, rule.get("annotations") or {}
        if labels.get("severity") != severity or labels.get("owner") != "harbour-systems":
            end(1, f"{name} does not carry the severity and the owner that the ticket names.")
        summary = str(notes.get("summary", ""))
        if len(re.sub(r"\{\{.*?\}\}", "", summary)) < 10:
            end(1, f"{name} does not say in its summary what is the matter.")
        if name == "UpdatesStuck" and not re.search(r"\$labels\.harbour|\.Labels\.harbour", " ".join(map(str, notes.values()))):
            end(1, "Four harbours have boards, and no annotation of UpdatesStuck says of which one it speaks.")
        link = re.fullmatch(URL + "/?", str(notes.get("runbook_url", "")))
        if not link:
            end(1, f"The runbook_url of {name} is not of the form that the README of the runbooks describes.")
        pages.add(link[1])

for page in sorted(pages):
    path = f"/box/srv/runbooks/{page}.md"
    if page == "prometheus-reload-failed" or not os.path.isfile(path) or os.path.islink(path):
        end(1, f"The link leads to {page}, and there is no runbook of that name for it in /srv/runbooks.")
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    # A comment in a block of commands is no heading.
    text = re.sub(r"(?ms)^```.*?^```", lambda block: block[0].replace("\n#", "\n #"), text)
    parts = re.split(r"(?m)^#+[ \t]*(.+?)[ \t]*#*[ \t]*$", text)
    told = {heading.strip().lower().rstrip(":"): body for heading, body in zip(parts[1::2], parts[2::2])}
    for heading in HEADINGS:
        if heading not in told:
            end(1, f"The runbook {page}.md lacks the heading \"{heading.capitalize()}\". Each has the template's four.")
        body = re.sub(r"<[^>\n]*>", "", told[heading])
        if len(re.findall(r"\w+", body)) < 6:
            end(1, f"The runbook {page}.md says nearly nothing under \"{heading.capitalize()}\". What would you want to read there at 03:00?")
    if not re.search(r"(?m)^(?: {4}|\t)\S|`[^`\n]+`|^```", told["first checks"]):
        end(1, f"The first checks of {page}.md name no command. Whoever has just woken up copies one gladly.")
    if not re.search(PEOPLE, told["escalation"], re.IGNORECASE):
        end(1, f"The escalation of {page}.md names nobody who looks after the feed or is on call.")
end(0, "Both alerts say what is the matter and lead to a runbook that is filled in.")
