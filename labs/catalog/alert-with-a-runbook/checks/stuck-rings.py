#!/usr/bin/python3
"""Beside the box, with the image's promtool. UpdatesStuck rings for a jam, in time, and for nothing else."""

import glob, json, os, re, shutil, subprocess, sys

FEED, UNIT, PORT = (os.environ[name] for name in ("FEED", "UNIT", "PORT"))
LIMIT, PATIENCE = int(os.environ["LIMIT"]), int(os.environ["PATIENCE"])
JOB, OLDEST = f"{FEED}-feed", f"{FEED}_updates_oldest_{UNIT}"
HARBOURS = ("Sandvik", "Norhaven", "Kelpness", "Ostrand")
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


def series(name, values, more=""):
    # None: from here on there is no such series, until it tells something again.
    gone = ["stale" if number and values[number - 1] is not None else "_" for number in range(len(values))]
    text = " ".join(gone[number] if value is None else f"{value:.10g}" for number, value in enumerate(values))
    return {"series": f'{name}{{job="{JOB}",instance="mon1",env="prod"{more}}}', "values": text}


def feed(up, jams):
    """What Prometheus sees of the feed: whether it answers, and for how many seconds the oldest update of each harbour has waited."""
    scale = 1 if UNIT == "seconds" else 1000
    seen = [{"series": 'up{job="prometheus",instance="mon1",env="prod"}', "values": "1+0x70"}] + ([series("up", up)] if up else [])
    for harbour in HARBOURS if up else ():
        seconds = jams.get(harbour, [8] * len(up))
        label = f',harbour="{harbour}"'
        # What does not answer tells nothing.
        told = [scale * second if there else None for second, there in zip(seconds, up)]
        seen.append(series(OLDEST, told, label))
        seen.append(series(f"{FEED}_updates_waiting", [(9 if second > 60 else 2) if there else None for second, there in zip(seconds, up)], label))
        seen.append(series(f"{FEED}_updates_sent_total", [minute if there else None for minute, there in enumerate(up)], label))
    return seen


def alerts(alert, matchers, case):
    # `case` is no label of any alert: it tells which line of promtool's complaint is whose.
    return f'ALERTS{{alertname="{alert}",alertstate="firing",owner="harbour-systems",{matchers}case!="{case}"}}'


def rings(alert, at, matchers=""):
    """It fires at that minute."""
    def test(case):
        expr = f"count by (alertstate) ({alerts(alert, matchers, case)}) > bool 0"
        return {"expr": expr, "eval_time": f"{at}m", "exp_samples": [{"labels": '{alertstate="firing"}', "value": 1}]}
    return test


def quiet(alert, until, matchers=""):
    """It has not fired up to that minute."""
    def test(case):
        expr = f'count by (alertstate) (count_over_time(ALERTS{{alertname="{alert}",alertstate="firing",{matchers}case!="{case}"}}[{until}m])) > bool 0'
        return {"expr": expr, "eval_time": f"{until}m", "exp_samples": []}
    return test


def stuck():
    limit, late = 60 * LIMIT, 10 + PATIENCE + 2
    up = [1] * 70
    jam = [8] * 10 + [limit + 25] * 60
    grows = [8] * 10 + [60 * minute for minute in range(60)]
    crowd = [8] * 10 + [4 * limit] * PATIENCE + [8] * 60
    page, kelpness = 'severity="page",', 'harbour="Kelpness",'
    return [
        ("just over the limit, and it stays", feed(up, {"Kelpness": jam}),
         [rings("UpdatesStuck", late, page + kelpness), rings("UpdatesStuck", 60, page + kelpness),
          quiet("UpdatesStuck", 60, 'harbour!="Kelpness",')]),
        ("nothing is handed on any more", feed(up, {"Ostrand": grows}), [rings("UpdatesStuck", 11 + LIMIT + PATIENCE + 2, page + 'harbour="Ostrand",')]),
        ("two harbours at once", feed(up, {"Kelpness": jam, "Sandvik": jam}),
         [rings("UpdatesStuck", late, page + kelpness), rings("UpdatesStuck", late, page + 'harbour="Sandvik",')]),
        ("the change of the shift", feed(up, {harbour: crowd for harbour in HARBOURS}), [quiet("UpdatesStuck", 60)]),
        ("a slow day, under the limit", feed(up, {harbour: [limit - 25] * 70 for harbour in HARBOURS}), [quiet("UpdatesStuck", 60)]),
        ("a restart of the feed", feed([1] * 10 + [0] * 3 + [1] * 57, {}), [quiet("UpdatesStuck", 60)]),
    ]


def promtool(*arguments):
    run = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=25)
    return run.returncode, run.stdout + run.stderr


def failing(cases):
    """The names of the cases that come out wrong; None where the rules can't be read at all."""
    tests = [
        {"interval": "1m", "input_series": input_series, "promql_expr_test": [test(name) for test in wanted]}
        for name, input_series, wanted in cases
    ]
    with open(f"{WORK}/cases.json", "w", encoding="utf-8") as file:
        json.dump({"rule_files": [f"{WORK}/*.yml"], "evaluation_interval": "1m", "tests": tests}, file)
    code, output = promtool("test", "rules", f"{WORK}/cases.json")
    if code == 0:
        return []
    return [name for name, _, _ in cases if f'case!=\\"{name}\\"' in output or f'case!="{name}"' in output] or None


def there(alert):
    """Without the alert there is nothing to try."""
    texts = [open(path, encoding="utf-8", errors="replace").read() for path in glob.glob(f"{WORK}/*.yml")]
    if not any(re.search(rf"alert['\"]?:\s*['\"]?{alert}\b", text) for text in texts):
        end(1, f"No rule in /etc/prometheus/rules is named {alert} yet.")


def unreadable():
    end(1, "promtool can't work with the rules as they are: `promtool check rules /etc/prometheus/rules/*.yml` says where.")


on_disk()
there("UpdatesStuck")
wrong = failing(stuck())
if wrong is None:
    unreadable()
if wrong:
    end(1, f"UpdatesStuck does not do yet what the ticket asks ({'; '.join(wrong)}). Mind the unit, the limit, how long, and the labels.")
end(0, "UpdatesStuck rings for a jam, in time, and for nothing else.")
