#!/usr/bin/python3
"""Beside the box, with the image's promtool. What somebody had to get up for rings, and in time."""

import glob, json, os, shutil, subprocess, sys

import yaml

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


def first(values, limit):
    return next(minute for minute, value in enumerate(values) if value >= limit)


def hour(top):
    """The spool in an ordinary hour."""
    return [round(10 + (top - 10) * minute / 59, 2) for minute in range(60)]


def desk(app1, app2):
    return [series("up", "prod", "app1", app1), series("up", "prod", "app2", app2)]


def queue(app1, app2, stage, dev=()):
    length = len(app1)
    return [
        series("queue_waiting", "prod", "app1", app1), series("queue_waiting", "prod", "app2", app2),
        series("queue_waiting", "stage", "app1-stage", stage), series("queue_waiting", "dev", "app1-dev", dev or [20] * length),
    ]


def true_incidents():
    late = RESTART + 4
    up, down = [1] * 70, [1] * 10 + [0] * 60
    hangs = [1] * 10 + [0] * 6 + [1] + [0] * 53
    slow = hour(PEAK) + hour(PEAK) + hour(PEAK)
    while slow[-1] < 100:
        slow.append(min(100, round(slow[-1] + (PEAK - 10) / 59, 2)))
    slow += [100] * 20
    fast = [31] * 5 + [min(100, 31 + 7 * minute) for minute in range(1, 41)]
    low = [30] * 60
    stopped, faster = [30] * 10 + [560] * 50, [30] * 10 + [540] * 50
    share = [30] * 10 + [275] * 50
    queues = [
        ("QueueBacklog: worker stopped", queue(stopped, faster, [10] * 60)),
        ("QueueBacklog: with a load test on stage", queue(stopped, faster, [900] * 60)),
    ]
    if SHAPE == "environments added up":
        queues.append(("QueueBacklog: half on each machine", queue(share, share, [10] * 60)))
    else:
        queues.append(("QueueBacklog: on one machine", queue(low, stopped, [10] * 60)))
    return [
        ("ServiceDown: one machine", desk(up, down), [rings("ServiceDown", 10 + late), rings("ServiceDown", 60)]),
        ("ServiceDown: both machines", desk(down, down), [rings("ServiceDown", 10 + late)]),
        ("ServiceDown: one answer in between", desk(hangs, up), [rings("ServiceDown", 30)]),
        ("SpoolFillingUp: the cleaner hangs", [series("spool_used_percent", "prod", "app1", slow)],
         [rings("SpoolFillingUp", first(slow, 95) + 2), rings("SpoolFillingUp", len(slow) - 2)]),
        ("SpoolFillingUp: within minutes", [series("spool_used_percent", "prod", "app1", fast)],
         [rings("SpoolFillingUp", first(fast, 95) + 2)]),
    ] + [(name, input_series, [rings("QueueBacklog", 18), rings("QueueBacklog", 50)]) for name, input_series in queues]


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
wrong = failing(true_incidents())
if wrong is None:
    unreadable()
if wrong:
    end(1, f"An incident that somebody has to get up for does not ring, or not in time ({'; '.join(wrong)}). Compare with the times in PAGING.md.")
LENGTHS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
for path in sorted(glob.glob(f"{WORK}/*.yml")):
    for group in yaml.safe_load(open(path, encoding="utf-8"))["groups"]:
        every = str(group.get("interval", "15s"))
        unit = every.lstrip("0123456789")
        if int(every[: len(every) - len(unit)] or 0) * LENGTHS.get(unit, 604800) > 60:
            end(1, f"The group {group['name']} is looked at every {every} only. An alert can't be quicker than that.")
end(0, "Every true incident rings in time.")
