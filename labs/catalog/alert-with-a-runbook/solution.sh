#!/bin/bash
# See what the feed tells, let Prometheus ask it, then rule, test and runbook together, tried before they are loaded.
set -uo pipefail
readonly config=/etc/prometheus/prometheus.yml
readonly rules=/etc/prometheus/rules/harbour.yml

# What runs, where does it listen, what does it tell, and what does Prometheus know of it?
systemctl status "$FEED-feed" --no-pager
cat "/etc/default/$FEED-feed"
port=$(sed -n 's/^PORT=//p' "/etc/default/$FEED-feed")
curl -s "http://127.0.0.1:$port/"
path=$(curl -s "http://127.0.0.1:$port/" | grep -o 'href="[^"]*metrics"' | cut -d'"' -f2)
curl -s "http://127.0.0.1:$port$path"
metric=$(curl -s "http://127.0.0.1:$port$path" | sed -n 's/^# TYPE \([a-z_]*_oldest_[a-z]*\) .*/\1/p')
cat "$config" /etc/prometheus/rules/*.yml /srv/monitoring/tests/platform.yml
curl -s http://127.0.0.1:9090/api/v1/targets | head -c 2000
cat /srv/runbooks/README.md /srv/runbooks/TEMPLATE.md

# Prometheus comes to the feed. Whatever was there of this job is replaced.
sudo cp -a "$config" /var/backups/prometheus.yml.before
work=$(mktemp -d)
printf '%s\n' "$(sed "/job_name: $FEED-feed/,\$d" "$config")" >"$work/prometheus.yml"
cat >>"$work/prometheus.yml" <<CONF

  - job_name: $FEED-feed
    metrics_path: $path
    static_configs:
      - targets: ["127.0.0.1:$port"]
        labels: {instance: mon1, env: prod}
CONF
diff -u "$config" "$work/prometheus.yml"
sudo install -m 0644 "$work/prometheus.yml" "$config" # key

# The metric's name says in what it is counted.
each=60
case $metric in *_milliseconds) each=60000 ;; esac
cat >"$work/harbour.yml" <<RULES
# Alerts of the boards. Owner: Harbour Systems (Emre Kaya).
groups:
  - name: harbour-systems
    rules:
      - alert: UpdatesStuck
        expr: $metric > $LIMIT * $each
        for: ${PATIENCE}m
        labels:
          severity: page
          owner: harbour-systems
        annotations:
          summary: "The boards in {{ \$labels.harbour }} get no updates: the oldest has waited for more than $LIMIT minutes"
          runbook_url: https://runbooks.harbourline.internal/updates-stuck

      # Gone or never there: absent() speaks where there is nothing to compare.
      - alert: UpdatesUnwatched
        expr: absent(up{job="$FEED-feed"} == 1)
        for: 10m
        labels:
          severity: ticket
          owner: harbour-systems
        annotations:
          summary: Prometheus has heard nothing of the $FEED feed for ten minutes
          runbook_url: https://runbooks.harbourline.internal/updates-stuck
RULES
sudo install -m 0644 "$work/harbour.yml" "$rules" # key
cat >"$work/tests.yml" <<TESTS
# promtool test rules /srv/monitoring/tests/harbour.yml
rule_files:
  - /etc/prometheus/rules/harbour.yml
evaluation_interval: 1m
tests:
  - name: Kelpness is stuck, Sandvik has a shift change
    interval: 1m
    input_series:
      - series: $metric{job="$FEED-feed",instance="mon1",env="prod",harbour="Kelpness"}
        values: 9+0x9 $(((LIMIT + 1) * each))+0x30
      - series: $metric{job="$FEED-feed",instance="mon1",env="prod",harbour="Sandvik"}
        values: 9+0x9 $((4 * LIMIT * each))+0x$((PATIENCE - 1)) 9+0x30
      - series: up{job="$FEED-feed",instance="mon1",env="prod"}
        values: 1+0x40
    alert_rule_test:
      - alertname: UpdatesStuck
        eval_time: $((10 + PATIENCE - 1))m
        exp_alerts: []
      - alertname: UpdatesStuck
        eval_time: $((10 + PATIENCE + 2))m
        exp_alerts:
          - exp_labels: {severity: page, owner: harbour-systems, job: $FEED-feed, instance: mon1, env: prod, harbour: Kelpness}
            exp_annotations:
              summary: "The boards in Kelpness get no updates: the oldest has waited for more than $LIMIT minutes"
              runbook_url: https://runbooks.harbourline.internal/updates-stuck
  - name: nobody asks the feed any more
    interval: 1m
    input_series:
      - series: up{job="prometheus",instance="mon1",env="prod"}
        values: 1+0x40
    promql_expr_test:
      - expr: count by (alertname) (ALERTS{alertname="UpdatesUnwatched",alertstate="firing"})
        eval_time: 12m
        exp_samples:
          - labels: '{alertname="UpdatesUnwatched"}'
            value: 1
TESTS
cp "$work/tests.yml" /srv/monitoring/tests/harbour.yml # key
cat >"$work/updates-stuck.md" <<TEXT
# UpdatesStuck, UpdatesUnwatched

## Symptom

In a harbour the oldest update for the boards has waited for more than $LIMIT minutes (UpdatesStuck), or Prometheus has heard nothing of the
feed for ten (UpdatesUnwatched).

## Impact

The boards show what was right a while ago. Skippers notice at the next arrival; until then crews moor by radio.

## First checks

    systemctl status $FEED-feed
    journalctl -u $FEED-feed -n 50
    curl -s http://127.0.0.1:$port/health
    curl -s http://127.0.0.1:$port$path | grep oldest

Does it run, since when, and what does it say of itself? One harbour with a high value is a harbour's trouble, all four are the feed's.

## Escalation

Emre Kaya (Harbour Systems) at any hour if it is not back within a quarter of an hour. Tell him which harbours, since when, and what the
checks showed. Two harbours or more: the secondary on call as well.
TEXT
cp "$work/updates-stuck.md" /srv/runbooks/ # key

promtool check config "$config" || exit 1
promtool check rules "$rules" || exit 1
promtool test rules /srv/monitoring/tests/harbour.yml || exit 1

# Load it, and ask Prometheus what it makes of it.
sudo systemctl reload prometheus # key
for _ in {1..60}; do
    [[ $(curl -sG http://127.0.0.1:9090/api/v1/query --data-urlencode "query=$metric") == *Kelpness* ]] && break
    sleep 0.5
done
promtool query instant http://127.0.0.1:9090 "$metric" || exit 1
curl -fs http://127.0.0.1:9090/api/v1/rules | grep -o '"name":"Updates[A-Za-z]*"'
systemctl is-enabled prometheus "$FEED-feed"
rm -r "$work"
