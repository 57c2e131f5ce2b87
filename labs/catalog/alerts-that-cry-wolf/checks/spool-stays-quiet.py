#!/usr/bin/python3
"""Beside the box, with the image's promtool. An ordinary hour of the spool rings nobody."""

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


def quiet(alert, until, severity="page"):
    """It has not fired up to that minute."""
    def test(case):
        expr = f"count by (alertstate) (count_over_time({alerts(alert, severity, case)}[{until}m])) > bool 0"
        return {"expr": expr, "eval_time": f"{until}m", "exp_samples": []}
    return test


def hour(top):
    """The spool in an ordinary hour."""
    return [round(10 + (top - 10) * minute / 59, 2) for minute in range(60)]


def false_spool():
    values = hour(PEAK - 2) + hour(PEAK) + hour(PEAK - 1) + [10]
    return [("ordinary hours", [series("spool_used_percent", "prod", "app1", values)], [quiet("SpoolFillingUp", 180)])]


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
wrong = failing(false_spool())
if wrong is None:
    unreadable()
if wrong:
    end(1, "SpoolFillingUp still rings in an ordinary hour. How full does the spool get before the cleaner comes?")
end(0, "The ordinary hours of the spool ring nobody.")
