#!/bin/bash
set -euo pipefail
readonly rules=/etc/prometheus/rules
readonly home=/srv/monitoring

systemctl stop prometheus.service prometheus-alertmanager.service estate.service 2>/dev/null || true

# What the machines tell, and who asks them.
cat >/etc/default/estate <<ENV
SPOOL=$SPOOL
PEAK=$PEAK
QUEUE=$QUEUE
ENV
install -d "$rules"
cat >/etc/prometheus/prometheus.yml <<CONF
# Prometheus of mon1. Owner: Platform.
global:
  scrape_interval: 15s
  evaluation_interval: 15s

rule_files:
  - rules/*.yml

alerting:
  alertmanagers:
    - static_configs:
        - targets: ["127.0.0.1:9093"]

# The estate's exporter on this machine gathers what the machines tell; each has its own path there.
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ["127.0.0.1:9090"]
        labels: {instance: mon1, env: prod}

  - job_name: $SERVICE
    static_configs:
      - targets: ["127.0.0.1:9200"]
        labels: {__metrics_path__: /app1, instance: app1, env: prod}
      - targets: ["127.0.0.1:9200"]
        labels: {__metrics_path__: /app2, instance: app2, env: prod}

  - job_name: estate
    static_configs:
      - targets: ["127.0.0.1:9200"]
        labels: {__metrics_path__: /app1-stage, instance: app1-stage, env: stage}
      - targets: ["127.0.0.1:9200"]
        labels: {__metrics_path__: /app1-dev, instance: app1-dev, env: dev}
      - targets: ["127.0.0.1:9200"]
        labels: {__metrics_path__: /backup1, instance: backup1, env: prod}
CONF
cat >/etc/prometheus/alertmanager.yml <<'CONF'
# Who hears of what. Owner: Platform.
route:
  receiver: tickets
  group_by: [alertname, env]
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 1h
  routes:
    - receiver: pager
      matchers:
        - severity="page"

receivers:
  - name: pager
    webhook_configs:
      - url: http://127.0.0.1:9200/page
  - name: tickets
    webhook_configs:
      - url: http://127.0.0.1:9200/ticket
CONF

# The alerts: three that cry wolf, and their sound neighbours.
case $SHAPE in
'no environment asked for') backlog="queue_waiting{queue=\"$QUEUE\"} > 500" ;;
'environments added up') backlog="sum by (queue) (queue_waiting{queue=\"$QUEUE\"}) > 500" ;;
esac
cat >"$rules/bookings.yml" <<RULES
# Alerts of the booking system. Owner: Bookings; the night shift of Platform carries the pager.
groups:
  - name: bookings
    rules:
      - alert: PaymentsRefused
        expr: sum by (env) (rate(payments_refused_total{env="prod"}[10m])) > 0.5
        for: 5m
        labels:
          severity: page
          owner: bookings
        annotations:
          summary: Payments are refused in {{ \$labels.env }}
          runbook_url: https://runbooks.harbourline.internal/payments-refused

      - alert: ServiceDown
        expr: up{job="$SERVICE"} == 0
        labels:
          severity: page
          owner: bookings
        annotations:
          summary: "{{ \$labels.job }} on {{ \$labels.instance }} does not answer"
          runbook_url: https://runbooks.harbourline.internal/service-down

      - alert: SpoolFillingUp
        expr: spool_used_percent{spool="$SPOOL"} > 80
        labels:
          severity: page
          owner: bookings
        annotations:
          summary: The spool of {{ \$labels.spool }} is at {{ \$value }} %
          runbook_url: https://runbooks.harbourline.internal/spool-filling-up

      - alert: QueueBacklog
        expr: $backlog
        for: 5m
        labels:
          severity: page
          owner: bookings
        annotations:
          summary: "{{ \$value }} {{ \$labels.queue }} wait to be handled"
          runbook_url: https://runbooks.harbourline.internal/queue-backlog
RULES
cat >"$rules/platform.yml" <<'RULES'
# Alerts of the platform. Owner: Platform.
groups:
  - name: platform
    rules:
      - alert: BackupMissing
        expr: time() - backup_last_success_seconds{env="prod"} > 26 * 3600
        for: 15m
        labels:
          severity: page
          owner: platform
        annotations:
          summary: No good backup on {{ $labels.instance }} since yesterday
          runbook_url: https://runbooks.harbourline.internal/backup-missing

      - alert: PaymentsLogStopped
        expr: increase(payments_lines_total{env="prod"}[15m]) == 0
        for: 10m
        labels:
          severity: page
          owner: platform
        annotations:
          summary: No line in the log of payments on {{ $labels.instance }} for a quarter of an hour
          runbook_url: https://runbooks.harbourline.internal/payments-log-stopped
RULES

# What is agreed, what happened, and the incidents that are written down as tests already.
install -d "$home/history" "$home/tests"
cat >"$home/PAGING.md" <<TEXT
# When the pager may ring

Agreed between Platform, Bookings and the counters. Whoever changes an alert that pages keeps to this.

| alert | somebody has to get up when | and must be told at the latest |
|---|---|---|
| ServiceDown | a machine's $SERVICE is down and does not come back by itself | $((RESTART + 4)) minutes after it went down |
| SpoolFillingUp | the spool of $SPOOL is about to be full: then no more are printed | 2 minutes after it has passed 95 % |
| QueueBacklog | more than 500 $QUEUE have waited in prod for 5 minutes | 8 minutes after the 500th |

- **Only prod pages.** stage and dev never do, at no hour. A ticket (\`severity: ticket\`) for them is welcome, and nobody minds
  its absence.
- **A restart is no outage.** The deploy restarts the machines of a service one after the other.
- **The cleaner of the spool** runs when the hour is full and leaves about a tenth. How full the spool gets until then is normal,
  whatever that is this year. A spool can also fill within ten minutes: a printer that sends the same list over and over has done that.
- Every alert keeps its name, \`severity\`, \`owner\`, \`summary\` and \`runbook_url\`: pages are sorted by them.
- Nothing is silenced that has not been mended.
TEXT
python3 - "$home/history/pages-last-quarter.csv" <<'PYTHON'
"""The record of the quarter's pages. Drawn from the attempt's own values, so that the same attempt has the same past."""
import os
import random
import sys

service, spool, queue = (os.environ[name] for name in ("SERVICE", "SPOOL", "QUEUE"))
restart, peak = int(os.environ["RESTART"]), int(os.environ["PEAK"])
draw = random.Random(f"{service}{spool}{queue}{restart}{peak}")
days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
rows = []


def page(week, day, hour, minute, alert, machine, minutes, needed, found):
    rows.append((week, day, hour, minute, alert, machine, minutes, needed, found))


lengths = [restart] * 3 + [draw.randint(1, restart) for _ in range(8)]
draw.shuffle(lengths)
for week, length in zip(draw.sample(range(27, 40), 11), lengths):
    day, minute = draw.choice([1, 2, 3]), draw.randint(5, 30)
    page(week, day, 20, minute, "ServiceDown", "app1", length, "no", f"{service} restarted by the deploy, {length} min down")
    page(week, day, 20, minute + length, "ServiceDown", "app2", length, "no", f"{service} restarted by the deploy, {length} min down")
page(29, 3, 5, 31, "ServiceDown", "app2", 26, "yes", f"{service} did not come up after the deploy: wrong settings")
page(36, 5, 14, 2, "ServiceDown", "app1", 41, "yes", f"{service} hung; one answer after 6 min, then down again; restarted by hand")

peaks = [peak] * 2 + [draw.randint(81, peak) for _ in range(18)]
draw.shuffle(peaks)
for top in peaks:
    page(draw.randint(27, 39), draw.randint(0, 6), draw.randint(4, 22), draw.randint(50, 58), "SpoolFillingUp", "app1",
         max(1, round((top - 80) * 60 / (top - 10))), "no", f"at {top} % when the cleaner ran at the full hour")
page(31, 2, 9, 54, "SpoolFillingUp", "app1", 63, "yes", "the cleaner hung at 10:00 and the spool ran full at the pace of every hour")
page(38, 4, 16, 20, "SpoolFillingUp", "app1", 25, "yes", "a printer sent the same list over and over: 7 % a minute")

for week in sorted(draw.sample(range(27, 40), 9)):
    page(week, draw.randint(0, 6), draw.randint(1, 3), draw.randint(0, 59), "QueueBacklog", "app1-stage",
         draw.randint(60, 150), "no", "load test with made-up passengers")
for week in (30, 37):
    page(week, 4, 23, draw.randint(0, 59), "QueueBacklog", "app1-dev", 90, "no", "somebody tried something")
page(33, 6, 7, 12, "QueueBacklog", "app1", 34, "yes", f"the worker for {queue} had stopped on app1 and app2")
page(39, 1, 18, 40, "QueueBacklog", "app1", 22, "yes", f"{queue} came in faster than they were handled, a load test ran on stage as well")

rows.sort()
with open(sys.argv[1], "w", encoding="utf-8") as file:
    print("week,day,time_utc,alert,machine,minutes,needed_somebody,what_was_found", file=file)
    for week, day, hour, minute, alert, machine, minutes, needed, found in rows:
        print(f'W{week},{days[day]},{hour:02}:{minute:02},{alert},{machine},{minutes},{needed},"{found}"', file=file)
PYTHON
cat >"$home/tests/true-incidents.yml" <<TESTS
# Incidents of last quarter that somebody had to get up for. They have to ring, whatever is tuned.
# Pavel has written down three of them; history/pages-last-quarter.csv knows more. Run:
#   promtool test rules true-incidents.yml
rule_files:
  - /etc/prometheus/rules/*.yml
evaluation_interval: 1m
tests:
  - name: W29, $SERVICE does not come up on app2
    interval: 1m
    input_series:
      - series: up{job="$SERVICE",instance="app1",env="prod"}
        values: 1+0x40
      - series: up{job="$SERVICE",instance="app2",env="prod"}
        values: 1+0x9 0+0x30
    promql_expr_test:
      - expr: count by (alertname) (ALERTS{alertname="ServiceDown",severity="page",alertstate="firing"}) > bool 0
        eval_time: $((10 + RESTART + 4))m
        exp_samples:
          - labels: '{alertname="ServiceDown"}'
            value: 1

  - name: W38, a printer fills the spool of $SPOOL within minutes
    interval: 1m
    input_series:
      - series: spool_used_percent{spool="$SPOOL",instance="app1",env="prod"}
        values: 31+0x4 38+7x8 100+0x20
    promql_expr_test:
      - expr: count by (alertname) (ALERTS{alertname="SpoolFillingUp",severity="page",alertstate="firing"}) > bool 0
        eval_time: 16m
        exp_samples:
          - labels: '{alertname="SpoolFillingUp"}'
            value: 1

  - name: W33, the worker for $QUEUE has stopped
    interval: 1m
    input_series:
      - series: queue_waiting{queue="$QUEUE",instance="app1",env="prod"}
        values: 30+0x9 560+0x30
      - series: queue_waiting{queue="$QUEUE",instance="app2",env="prod"}
        values: 30+0x9 540+0x30
      - series: queue_waiting{queue="$QUEUE",instance="app1-stage",env="stage"}
        values: 10+0x40
    promql_expr_test:
      - expr: count by (alertname) (ALERTS{alertname="QueueBacklog",severity="page",alertstate="firing"}) > bool 0
        eval_time: 18m
        exp_samples:
          - labels: '{alertname="QueueBacklog"}'
            value: 1
TESTS
cat >"$home/tuning-log.md" <<'TEXT'
# What was tuned, and why

A line for each alert and change: the alert's name, what it is now, and the reason. So that the next one does not turn it back.

- DiskAlmostFull: 15 minutes instead of 1; a nightly dump fills the disk for ten of them and takes itself away (Pavel, W22)
TEXT
chown -R engineer:engineer "$home"
find "$home" -exec touch -d '9 days ago' {} +
touch -d '23 days ago' "$rules"/*.yml /etc/prometheus/*.yml

systemctl daemon-reload
systemctl enable --quiet --now estate.service prometheus-alertmanager.service prometheus.service
until_true() {
    for _ in {1..200}; do
        if "$@"; then return; fi
        sleep 0.1
    done
    echo "still not so after twenty seconds: $*" >&2
    exit 1
}
answers() { curl -fs -o /dev/null "$1"; }
rules_are_loaded() { [[ $(curl -fs http://127.0.0.1:9090/api/v1/rules) == *SpoolFillingUp* ]]; }
until_true answers http://127.0.0.1:9090/-/ready
until_true answers http://127.0.0.1:9093/-/ready
until_true rules_are_loaded
