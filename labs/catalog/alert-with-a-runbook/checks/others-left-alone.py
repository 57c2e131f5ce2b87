#!/usr/bin/python3
"""Beside the box. What was there before means what it meant, and the feed is not touched."""

import os, sys

import yaml

FEED, UNIT, PORT = (os.environ[name] for name in ("FEED", "UNIT", "PORT"))
RULE = {
    "alert": "PrometheusReloadFailed",
    "expr": "prometheus_config_last_reload_successful == 0",
    "for": "10m",
    "labels": {"severity": "ticket", "owner": "platform"},
    "annotations": {
        "summary": "Prometheus on {{ $labels.instance }} could not read its configuration and works with the old one",
        "runbook_url": "https://runbooks.harbourline.internal/prometheus-reload-failed",
    },
}


def end(code, words):
    print(words)
    sys.exit(code)


def read(path):
    with open(f"/box{path}", encoding="utf-8") as file:
        return file.read()


try:
    rules = [rule for group in yaml.safe_load(read("/etc/prometheus/rules/platform.yml"))["groups"] for rule in group["rules"]]
    config = yaml.safe_load(read("/etc/prometheus/prometheus.yml"))
    manager = yaml.safe_load(read("/etc/prometheus/alertmanager.yml"))
    settings = dict(line.split("=", 1) for line in read(f"/etc/default/{FEED}-feed").split())
except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
    end(1, "Something that was there before is gone or can't be read any more: a rule, a configuration or the feed's settings.")
if RULE not in rules:
    end(1, "The platform's own alert is not what it was. It had no part in this.")
if settings != {"FEED": FEED, "UNIT": UNIT, "PORT": PORT}:
    end(1, "The feed's settings have changed. It is Harbour Systems', and its boards work: let Prometheus come to it.")
jobs = {job.get("job_name"): job for job in config.get("scrape_configs", [])}
if "prometheus" not in jobs or config.get("alerting") != {"alertmanagers": [{"static_configs": [{"targets": ["127.0.0.1:9093"]}]}]}:
    end(1, "Prometheus no longer watches itself, or no longer hands its alerts on.")
if manager["route"]["routes"] != [{"receiver": "pager", "matchers": ['severity="page"']}] or manager["route"]["receiver"] != "tickets":
    end(1, "Alertmanager no longer sends pages where it did. Nothing here asked for that.")
end(0, "What was there before is as it was.")
