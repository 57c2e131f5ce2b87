#!/bin/bash
set -euo pipefail

systemctl stop prometheus.service prometheus-alertmanager.service "$FEED-feed.service" 2>/dev/null || true

# The feed, which nobody watches.
cat >"/etc/default/$FEED-feed" <<ENV
FEED=$FEED
UNIT=$UNIT
PORT=$PORT
ENV
cat >"/etc/systemd/system/$FEED-feed.service" <<UNIT
[Unit]
Description=The $FEED feed: updates from the crews to the boards (Harbour Systems)
After=network.target

[Service]
Type=notify
User=harbour
EnvironmentFile=/etc/default/$FEED-feed
ExecStart=/usr/bin/python3 /usr/lib/harbourline/feed
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT

# Prometheus, which does not ask it, or asks in the wrong place.
cat >/etc/prometheus/prometheus.yml <<'CONF'
# Prometheus of mon1. Owner: Platform.
global:
  scrape_interval: 5s
  evaluation_interval: 15s

rule_files:
  - rules/*.yml

alerting:
  alertmanagers:
    - static_configs:
        - targets: ["127.0.0.1:9093"]

# Each target carries the machine as `instance`, and `env`.
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ["127.0.0.1:9090"]
        labels: {instance: mon1, env: prod}
CONF
case $GAP in
'no job') ;;
'wrong port')
    cat >>/etc/prometheus/prometheus.yml <<CONF

  - job_name: $FEED-feed
    metrics_path: /feed/metrics
    static_configs:
      - targets: ["127.0.0.1:$((PORT + 60))"]
        labels: {instance: mon1, env: prod}
CONF
    ;;
'wrong path')
    cat >>/etc/prometheus/prometheus.yml <<CONF

  - job_name: $FEED-feed
    static_configs:
      - targets: ["127.0.0.1:$PORT"]
        labels: {instance: mon1, env: prod}
CONF
    ;;
esac
cat >/etc/prometheus/alertmanager.yml <<'CONF'
# Who hears of what. Owner: Platform.
route:
  receiver: tickets
  group_by: [alertname, env]
  routes:
    - receiver: pager
      matchers:
        - severity="page"

receivers:
  - name: pager
  - name: tickets
CONF
install -d /etc/prometheus/rules
cat >/etc/prometheus/rules/platform.yml <<'RULES'
# Alerts of the platform. Owner: Platform.
groups:
  - name: platform
    rules:
      - alert: PrometheusReloadFailed
        expr: prometheus_config_last_reload_successful == 0
        for: 10m
        labels:
          severity: ticket
          owner: platform
        annotations:
          summary: Prometheus on {{ $labels.instance }} could not read its configuration and works with the old one
          runbook_url: https://runbooks.harbourline.internal/prometheus-reload-failed
RULES

# How it is done here: a test beside the rules, a runbook behind each alert.
install -d /srv/monitoring/tests /srv/runbooks
cat >/srv/monitoring/tests/platform.yml <<'TESTS'
# promtool test rules /srv/monitoring/tests/platform.yml
rule_files:
  - /etc/prometheus/rules/platform.yml
evaluation_interval: 1m
tests:
  - name: a configuration that can't be read
    interval: 1m
    input_series:
      - series: prometheus_config_last_reload_successful{instance="mon1"}
        values: 1+0x4 0+0x20
    alert_rule_test:
      # Not yet: it may be mended within minutes.
      - alertname: PrometheusReloadFailed
        eval_time: 10m
        exp_alerts: []
      - alertname: PrometheusReloadFailed
        eval_time: 16m
        exp_alerts:
          - exp_labels:
              severity: ticket
              owner: platform
              instance: mon1
            exp_annotations:
              summary: Prometheus on mon1 could not read its configuration and works with the old one
              runbook_url: https://runbooks.harbourline.internal/prometheus-reload-failed
TESTS
cat >/srv/runbooks/README.md <<'TEXT'
# Runbooks

What is served at `https://runbooks.harbourline.internal/NAME` is the file `NAME.md` of this directory.

An alert leads to its runbook by the annotation `runbook_url`. Two alerts of the same thing may share one. A new runbook begins as a
copy of `TEMPLATE.md` and keeps its four headings; whoever reads it was asleep a minute ago.
TEXT
cat >/srv/runbooks/TEMPLATE.md <<'TEXT'
# <name of the alert>

## Symptom

<what the alert says, and what it means>

## Impact

<who notices, and how soon>

## First checks

<commands that change nothing, and what their answers tell>

## Escalation

<whom to call, when, and what they need to know>
TEXT
cat >/srv/runbooks/prometheus-reload-failed.md <<'TEXT'
# PrometheusReloadFailed

## Symptom

Somebody changed the configuration or a rule on mon1, and Prometheus can't read it. It works on with the old one.

## Impact

Nobody notices today. At the next restart of mon1 Prometheus does not come up, and nothing is watched.

## First checks

    promtool check config /etc/prometheus/prometheus.yml
    journalctl -u prometheus -n 20

The first names the file and the line. `ls -lt /etc/prometheus/rules` tells who was there last.

## Escalation

Within the day: Pavel Nowak. If Prometheus is down as well: the secondary on call, at once.
TEXT
chown -R engineer:engineer /srv/monitoring /srv/runbooks
find /srv/monitoring /srv/runbooks /etc/prometheus -exec touch -d '40 days ago' {} +

systemctl daemon-reload
systemctl enable --quiet --now "$FEED-feed.service" prometheus-alertmanager.service prometheus.service
until_true() {
    for _ in {1..200}; do
        if "$@"; then return; fi
        sleep 0.1
    done
    echo "still not so after twenty seconds: $*" >&2
    exit 1
}
answers() { curl -fs -o /dev/null "$1"; }
until_true answers "http://127.0.0.1:$PORT/health"
until_true answers http://127.0.0.1:9090/-/ready
until_true answers http://127.0.0.1:9093/-/ready
