#!/usr/bin/python3
"""Beside the box, with the image's promtool. A backlog on stage is worth a ticket, and one in prod a page."""

import glob, json, os, shutil, subprocess, sys

SERVICE, SPOOL, QUEUE, SHAPE = (os.environ[name] for name in ("SERVICE", "SPOOL", "QUEUE", "SHAPE"))
RESTART, PEAK = int(os.environ["RESTART"]), int(os.environ["PEAK"])
WORK = "/tmp/work"


def end(code, words):
    print(words)
    sys.exit(code)


def on_disk():
    """The rules as they lie in the box, copied to where the image's promtool reads them."""
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    for number, path in enumerate(sorted(glob.glob("/box/etc/prometheus/rules/*.yml"))):
        if os.path.islink(path) or not os.path.isfile(path):
            end(1, f"{path[4:]} is not a plain file. Rules lie in files of their own.")
        shutil.copyfile(path, f"{WORK}/{number}.yml")


def series(name, env, machine, values):
    """A series of a minute's step."""
    label, value = {"up": ("job", SERVICE), "spool_used_percent": ("spool", SPOOL), "queue_waiting": ("queue", QUEUE)}[name]
    return {"series": f'{name}{{{label}="{value}",instance="{machine}",env="{env}"}}', "values": " ".join(f"{v:.10g}" for v in values)}


def alerts(alert, severity, case):
    # `case` is no label of any alert: it tells which line of promtool's complaint is whose.
    return f'ALERTS{{alertname="{alert}",severity="{severity}",alertstate="firing",case!="{case}"}}'


def rings(alert, at, severity="page"):
    """It fires at that minute."""
    def test(case):
        expr = f"count by (alertstate) ({alerts(alert, severity, case)}) > bool 0"
        return {"expr": expr, "eval_time": f"{at}m", "exp_samples": [{"labels": '{alertstate="firing"}', "value": 1}]}
    return test


def quiet(alert, until, severity="page"):
    """It has not fired up to that minute."""
    def test(case):
        expr = f"count by (alertstate) (count_over_time({alerts(alert, severity, case)}[{until}m])) > bool 0"
        return {"expr": expr, "eval_time": f"{until}m", "exp_samples": []}
    return test


def queue(app1, app2, stage, dev=()):
    length = len(app1)
    return [
        series("queue_waiting", "prod", "app1", app1), series("queue_waiting", "prod", "app2", app2),
        series("queue_waiting", "stage", "app1-stage", stage), series("queue_waiting", "dev", "app1-dev", dev or [20] * length),
    ]


def failing(cases):
    """The names of the cases that come out wrong; None where the rules can't be read at all."""
    tests = [
        {"interval": "1m", "input_series": input_series, "promql_expr_test": [test(name) for test in wanted]}
        for name, input_series, wanted in cases
    ]
    with open(f"{WORK}/cases.json", "w", encoding="utf-8") as file:
        json.dump({"rule_files": [f"{WORK}/*.yml"], "evaluation_interval": "1m", "tests": tests}, file)
    run = subprocess.run(["promtool", "test", "rules", f"{WORK}/cases.json"], capture_output=True, text=True, timeout=25)
    if run.returncode == 0:
        return []
    output = run.stdout + run.stderr
    return [name for name, _, _ in cases if f'case!=\\"{name}\\"' in output or f'case!="{name}"' in output] or None


def unreadable():
    end(1, "promtool can't work with the rules as they are: `promtool check rules /etc/prometheus/rules/*.yml` says where.")


on_disk()
low, long = [40] * 60, [30] * 10 + [900] * 50
wrong = failing([
    ("load test on stage", queue(low, low, long), [rings("QueueBacklog", 50, "ticket"), quiet("QueueBacklog", 59)]),
    ("a quiet night", queue(low, low, low), [quiet("QueueBacklog", 59, "ticket")]),
    ("worker stopped in prod", queue(long, long, low), [rings("QueueBacklog", 18), quiet("QueueBacklog", 59, "ticket")]),
])
if wrong is None:
    unreadable()
if wrong:
    end(1, "A backlog outside prod leaves no trace at all now, or not where PAGING.md would like it.")
end(0, "stage and dev get a ticket and page nobody.")
