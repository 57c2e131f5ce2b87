#!/usr/bin/python3
"""Beside the box. Prometheus asks the feed itself, at the feed's own place, and gets what it tells."""

import json, os, re, sys, time, urllib.parse, urllib.request

FEED, UNIT, PORT = (os.environ[name] for name in ("FEED", "UNIT", "PORT"))
JOB = f"{FEED}-feed"


def end(code, words):
    print(words)
    sys.exit(code)


def ask(path):
    with urllib.request.urlopen(f"http://127.0.0.1:9090/api/v1/{path}", timeout=5) as answer:
        return json.load(answer)["data"]


def seen():
    targets = [target for target in ask("targets?state=active")["activeTargets"] if target["labels"].get("job") == JOB]
    found = ask("query?" + urllib.parse.urlencode({"query": f'{FEED}_updates_oldest_{UNIT}{{job="{JOB}"}}'}))["result"]
    return targets, found


def may_still_come(targets, found):
    """After each start and reload it takes Prometheus some ten seconds to ask everybody for the first time."""
    with open("/box/etc/prometheus/prometheus.yml", encoding="utf-8", errors="replace") as file:
        if JOB not in file.read() or any(target["health"] == "down" for target in targets):
            return False
    if found and all(target["health"] == "up" for target in targets):
        return False
    with urllib.request.urlopen("http://127.0.0.1:9090/metrics", timeout=5) as answer:
        told = answer.read().decode()
    at = re.search(r"(?m)^prometheus_config_last_reload_success_timestamp_seconds (\S+)", told)
    return at is not None and time.time() - float(at[1]) < 13


try:
    targets, found = seen()
    while may_still_come(targets, found):
        time.sleep(0.5)
        targets, found = seen()
except (OSError, ValueError, KeyError):
    end(1, "Prometheus does not answer on port 9090. Ask it how it is, and read what it logged last.")
if not targets:
    end(1, f"Prometheus has no target with the job {JOB}. Its page of targets shows whom it asks.")
for target in targets:
    place = urllib.parse.urlsplit(target["scrapeUrl"])
    if place.hostname not in ("127.0.0.1", "localhost", "mon1") or place.port != int(PORT):
        end(1, f"Prometheus asks at {target['scrapeUrl']}. Is that where the feed listens?")
    if target["health"] != "up":
        end(1, f"The target is {target['health']}: {target.get('lastError') or 'not asked yet'}")
    if target["labels"].get("env") != "prod" or target["labels"].get("instance") != "mon1":
        end(1, "The target lacks the labels instance and env as the others here carry them.")
if sorted(one["metric"].get("harbour", "") for one in found) != ["Kelpness", "Norhaven", "Ostrand", "Sandvik"]:
    end(1, "The target is up, but what the feed tells of its four harbours is not in Prometheus, or is there twice.")
end(0, "Prometheus asks the feed and gets its answers.")
