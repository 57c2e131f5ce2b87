#!/usr/bin/python3
"""Beside the box. Alerts still go from Prometheus through Alertmanager to the pager, and nothing is silenced."""

import json, sys, time, urllib.request

import yaml

TO = "Prometheus no longer hands its alerts on as it did. Noise is mended where it arises, not on its way."
ROUTE = "Alertmanager no longer sends pages where it did. Noise is mended where it arises, not on its way."


def end(code, words):
    print(words)
    sys.exit(code)


def ask(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def read(path):
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


try:
    prometheus, manager = read("/box/etc/prometheus/prometheus.yml"), read("/box/etc/prometheus/alertmanager.yml")
    alerting, own, files = prometheus["alerting"], prometheus["global"], prometheus["rule_files"]
    route, receivers = manager["route"], {one["name"]: one.get("webhook_configs") for one in manager["receivers"]}
except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
    end(1, "A configuration in /etc/prometheus can't be read any more, or lacks what was in it.")
if alerting != {"alertmanagers": [{"static_configs": [{"targets": ["127.0.0.1:9093"]}]}]}:
    end(1, TO)
if own != {"scrape_interval": "15s", "evaluation_interval": "15s"} or files != ["rules/*.yml"]:
    end(1, "Prometheus's own settings have changed. The alerts that are to be tuned lie in the rules.")
if (
    route.get("routes") != [{"receiver": "pager", "matchers": ['severity="page"']}]
    or route["receiver"] != "tickets"
    or set(manager) != {"route", "receivers"}
    or receivers != {"pager": [{"url": "http://127.0.0.1:9200/page"}], "tickets": [{"url": "http://127.0.0.1:9200/ticket"}]}
):
    end(1, ROUTE)
# What it hands alerts on to, Prometheus knows some five seconds after each start and reload.
until = time.monotonic() + 10
while True:
    try:
        silences = [one for one in ask("http://127.0.0.1:9093/api/v2/silences") if one["status"]["state"] != "expired"]
        to = [one["url"] for one in ask("http://127.0.0.1:9090/api/v1/alertmanagers")["data"]["activeAlertmanagers"]]
    except (OSError, ValueError, KeyError):
        end(1, "Prometheus or Alertmanager does not answer: then nobody is paged for anything.")
    if silences:
        end(1, "There is a silence in Alertmanager. It also silences the incident that looks the same.")
    if to == ["http://127.0.0.1:9093/api/v2/alerts"]:
        break
    if time.monotonic() > until:
        end(1, TO)
    time.sleep(0.3)
end(0, "What rings still rings, and nothing is silenced.")
