#!/usr/bin/python3
# In the box. Finds what starts the export by itself, be it cron or a timer; has it started as that would, in those surroundings and
# not in the learner's; and looks at what comes of it. An export of yesterday that is there is put aside for so long.
import contextlib
import datetime
import glob
import os
import pwd
import re
import subprocess
import sys
import time

EXPORTS, MANIFESTS = "/srv/exports/passengers", "/var/lib/harbourline/manifests"
METRICS = f"/var/lib/prometheus/node-exporter/{os.environ['JOB']}.prom"
YESTERDAY = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=1)
TARGET, MANIFEST = f"{EXPORTS}/counts-{YESTERDAY}.csv", f"{MANIFESTS}/{YESTERDAY}.csv"


def fail(words):
    print(words)
    sys.exit(1)


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout


def is_about_it(command, path):
    """Whether a command line leads to the export: by its name, or by the text of a script that it names."""
    if "export-counts" in command:
        return True
    for word in re.findall(r"[^\s\"';|&<>()$`]+", command):
        for place in [word] if "/" in word else [f"{where}/{word}" for where in path.split(":")]:
            try:
                with open(place, "rb") as file:
                    text = file.read(65536)
            except OSError:
                continue
            if text[:2] == b"#!" and b"export-counts" in text:
                return True
    return False


class Job:
    """Something that starts the export by itself."""

    def __init__(self, where, start, daily, wrong=None):
        self.where, self.start, self.daily, self.wrong = where, start, daily, wrong


# ── cron ──

RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
NICKNAMES = {"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *"}


def times(field, low, high):
    found = set()
    for part in field.split(","):
        part, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if part == "*" else part).partition("-")
        found.update(range(int(first), int(last or (high if step else first)) + 1, int(step or 1)))
    return found


def is_daily(schedule):
    """Whether it is due at least once on each of the coming eight days."""
    try:
        minute, hour, day, month, weekday = [times(field, *bounds) for field, bounds in zip(schedule, RANGES)]
    except ValueError:
        # A name of a day or month: not every day, or written in a way that nobody needs.
        return False
    if not (minute and hour):
        return False
    weekday = {number % 7 for number in weekday}
    for ahead in range(8):
        at = datetime.date.today() + datetime.timedelta(days=ahead)
        by_date, by_weekday = at.day in day, at.isoweekday() % 7 in weekday
        either = by_date or by_weekday if schedule[2] != "*" and schedule[4] != "*" else by_date and by_weekday
        if not (either and at.month in month):
            return False
    return True


def as_cron(user, command, settings):
    """Starts a command as cron does: as its user, from home, with cron's variables and nobody else's."""
    person = pwd.getpwnam(user)
    line, parts, at = command, [""], 0
    while at < len(line):
        if line[at] == "\\" and line[at + 1:at + 2] == "%":
            parts[-1] += "%"
            at += 1
        elif line[at] == "%":
            parts.append("")
        else:
            parts[-1] += line[at]
        at += 1
    given = {}
    with contextlib.suppress(OSError), open("/etc/environment", encoding="utf-8") as file:
        given = dict(setting.strip().split("=", 1) for setting in file if "=" in setting and not setting.startswith("#"))
    given = {name: value.strip("\"'") for name, value in given.items() if name != "PATH"}
    env = {**given, "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin", "HOME": person.pw_dir, **settings, "LOGNAME": user}
    done = subprocess.run(
        [env["SHELL"], "-c", parts[0]], env=env, cwd=env["HOME"], user=person.pw_uid, group=person.pw_gid, umask=0o022,
        extra_groups=os.getgrouplist(user, person.pw_gid), input="\n".join(parts[1:]), text=True, capture_output=True,
        timeout=20, check=False)
    return done.returncode


def of_crontab(path, user):
    """The jobs of one crontab that are about the export. `user`: whose it is; none where each line says so."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        seen = os.stat(path)
    except OSError:
        return
    wrong = None
    if user is None and (seen.st_uid != 0 or seen.st_mode & 0o022):
        wrong = "cron passes over it, because others than root may write in it"
    elif user is None and os.path.dirname(path) == "/etc/cron.d" and not re.fullmatch(r"[A-Za-z0-9_-]+", os.path.basename(path)):
        wrong = "cron passes over it, because of its name"
    elif not text.endswith("\n"):
        wrong = "cron passes over it, because its last line has no end"
    settings = {}
    for line in text.splitlines():
        line = line.strip()
        setting = re.fullmatch(r"[\"']?(\w+)[\"']?\s*=\s*(.*)", line)
        if line.startswith("#") or not line:
            continue
        if setting:
            settings[setting[1]] = setting[2].strip().strip("\"'")
            continue
        words = re.split(r"\s+", NICKNAMES.get(line.split()[0], line.split()[0]) + line[len(line.split()[0]):],
                         maxsplit=5 if user else 6)
        if len(words) < (6 if user else 7) or words[0].startswith("@"):
            continue
        schedule, who, command = words[:5], user or words[5], words[-1]
        if not is_about_it(command, settings.get("PATH", "/usr/bin:/bin")):
            continue
        if who not in [entry.pw_name for entry in pwd.getpwall()]:
            wrong = f"there is no account {who}"
        yield Job(path, lambda who=who, command=command, with_=dict(settings): as_cron(who, command, with_),
                  is_daily(schedule), wrong)


def of_cron():
    found = list(of_crontab("/etc/crontab", None))
    for path in sorted(glob.glob("/etc/cron.d/*")):
        found += of_crontab(path, None)
    for path in sorted(glob.glob("/var/spool/cron/crontabs/*")):
        if os.path.basename(path) in [entry.pw_name for entry in pwd.getpwall()]:
            found += of_crontab(path, os.path.basename(path))
    for often in ("hourly", "daily", "weekly", "monthly"):
        for path in sorted(glob.glob(f"/etc/cron.{often}/*")):
            if os.access(path, os.X_OK) and re.fullmatch(r"[A-Za-z0-9_-]+", os.path.basename(path)) and is_about_it(path, ""):
                path_of = {"PATH": "/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin"}
                found.append(Job(path, lambda path=path, env=path_of: as_cron("root", path, env), often in ("hourly", "daily")))
    if found:
        cron = shown("cron.service", "ActiveState", "UnitFileState")
        for job in found:
            if cron.get("ActiveState") != "active":
                job.wrong = "cron itself does not run"
            elif cron.get("UnitFileState") != "enabled":
                job.wrong = "cron itself does not start with the machine"
    return found


# ── timers ──

def all_shown(units, *names):
    """What systemd says of units, one dictionary for each."""
    told = output("systemctl", "show", *units, *[f"--property={name}" for name in ("Id", *names)])
    return [dict(line.split("=", 1) for line in unit.splitlines() if "=" in line) for unit in told.split("\n\n") if unit.strip()]


def shown(unit, *names):
    return (all_shown([unit], *names) or [{}])[0]


def as_systemd(unit):
    """Starts a service as its timer does, and waits for its end."""
    subprocess.run(["systemctl", "reset-failed", unit], capture_output=True, check=False)
    subprocess.run(["systemctl", "start", unit], capture_output=True, timeout=20, check=False)
    for _ in range(100):
        state = shown(unit, "ActiveState", "ExecMainStatus", "Result")
        if state.get("ActiveState") not in ("activating", "deactivating", "active", "reloading"):
            break
        time.sleep(0.1)
    code = int(state.get("ExecMainStatus") or 0)
    return code or (0 if state.get("Result") == "success" else 1)


def of_systemd():
    written = [os.path.basename(path) for path in glob.glob("/etc/systemd/system/*.timer") if "@." not in path]
    timers = all_shown(["*.timer", *written], "Unit", "ActiveState", "UnitFileState", "NextElapseUSecRealtime")
    timers = {timer["Id"]: timer for timer in timers if timer.get("Unit")}
    if not timers:
        return
    services = all_shown([timer["Unit"] for timer in timers.values()], "ExecStart", "ExecStartPre", "ExecStartPost")
    told = {service["Id"]: "\n".join(service.values()) for service in services}
    for name, timer in timers.items():
        unit = timer["Unit"]
        commands = "\n".join(re.findall(r"argv\[\]=(.*?) ; ", told.get(unit, "")))
        if not is_about_it(commands, "/usr/local/bin:/usr/bin:/bin"):
            continue
        wrong, daily = None, True
        if timer.get("ActiveState") != "active":
            wrong = "it is not started"
        elif timer.get("UnitFileState") != "enabled":
            wrong = "it does not start with the machine"
        due = output("date", "-d", timer.get("NextElapseUSecRealtime") or "now", "+%s").strip()
        if due.isdigit():
            daily = int(due) - time.time() < 25 * 3600
        yield Job(name, lambda unit=unit: as_systemd(unit), daily, wrong)


def jobs():
    found = of_cron() + list(of_systemd())
    if not found:
        fail("Nothing on this machine starts the export by itself any more: no crontab of cron's, and no timer.")
    for job in found:
        if job.wrong:
            fail(f"{job.where} would start the export, but {job.wrong}.")
        if not job.daily:
            fail(f"{job.where} starts the export, but not every night.")
    return found


def metric(name):
    """What the job's metrics say, as mon1 reads them; none where they don't."""
    try:
        with open(METRICS, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError:
        return None
    for line in lines:
        value = re.fullmatch(name + r"\{[^}]*job=\"" + re.escape(os.environ["JOB"]) + r"\"[^}]*\}\s+([0-9.eE+]+)(\s+\d+)?", line)
        if value:
            return float(value[1])
    return None


def other_names(begun):
    """Under which names some job has said since then that it succeeded."""
    found = set()
    for path in glob.glob(f"{os.path.dirname(METRICS)}/*.prom"):
        with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
            told = re.findall(r'^harbourline_job_last_success_timestamp_seconds\{[^}]*job="([^"]*)"[^}]*\}\s+([0-9.]+)',
                              file.read(), re.MULTILINE)
            found.update(name for name, at in told if float(at) >= begun)
    return sorted(found)


def counted():
    """The export of yesterday as it should be."""
    with open(MANIFEST, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split(",") for line in file][1:]
    lines = [f"{sailing},{ferry},{booked},{boarded},{int(booked) - int(boarded)}" for sailing, ferry, _, booked, boarded in rows]
    return "\n".join(["sailing,ferry,booked,boarded,no_shows", *lines]) + "\n"


def has_run(job):
    """Whether it brings yesterday's export; what there was of it is given back if not."""
    aside = f"{EXPORTS}/.aside-{os.getpid()}"
    was_there = os.path.lexists(TARGET)
    if was_there:
        os.rename(TARGET, aside)
    begun = int(time.time())
    try:
        code = job.start()
    except subprocess.TimeoutExpired:
        code = 124
    try:
        with open(TARGET, encoding="utf-8") as file:
            brought = file.read()
        owner = pwd.getpwuid(os.stat(TARGET).st_uid).pw_name
    except (OSError, KeyError):
        brought = owner = None
    if was_there:
        os.replace(aside, TARGET)
    elif brought is not None and (brought != counted() or owner != "counts"):
        os.remove(TARGET)
    if brought is None:
        fail(f"Started as {job.where} starts it, in its surroundings and not in yours, the job does not bring yesterday's export "
             "by the name it always had. What would it say, if its words were not thrown away?")
    if brought != counted():
        fail("The job brings an export of yesterday, but not the counts of that day's manifest.")
    if owner != "counts":
        fail(f"The job now runs as {owner}. The runbook says as whom; it needs no wider rights than that.")
    if code != 0:
        fail(f"The job brings yesterday's export and yet ends with code {code}.")
    if (metric("harbourline_job_last_success_timestamp_seconds") or 0) < begun:
        others = other_names(begun)
        if others:
            fail(f"The job runs, and says when it succeeded, but by the name of {', '.join(others)}. mon1 looks for each job by one name, "
                 "which the runbook's table gives it.")
        fail("The job runs. But if it did not, nobody would know: the time of its last success is not where mon1 collects it, by the "
             "name that the runbook's table gives this job.")


for found in jobs():
    has_run(found)
print("Started on its schedule, the job brings yesterday's export and leaves word of it.")
