#!/usr/bin/python3
# In the box. Puts a session that is over and one that is not among the others, has the clean-up started as what starts it by itself
# would (a timer, or cron), and looks which of them are left. Whatever the clean-up is like, no passenger pays for being asked: the
# sessions that are paid for or in use, and the lists of them, are kept aside and put back.
import contextlib
import datetime
import glob
import hashlib
import os
import pwd
import re
import stat
import subprocess
import sys
import time

HOME, LIMIT = f"/var/lib/harbourline/{os.environ['DESK']}", int(os.environ["LIMIT"]) * 60
ABOUT = r"sweep-sessions|/sessions\b"


def fail(words):
    print(words)
    sys.exit(1)


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout


def is_about_it(command, path):
    """Whether a command line leads to the clean-up: by itself, or by the text of a script that it names."""
    if re.search(ABOUT, command):
        return True
    for word in re.findall(r"[^\s\"';|&<>()$`]+", command):
        for place in [word] if "/" in word else [f"{where}/{word}" for where in path.split(":")]:
            try:
                with open(place, "rb") as file:
                    text = file.read(65536)
            except OSError:
                continue
            if text[:2] == b"#!" and re.search(ABOUT.encode(), text):
                return True
    return False


class Job:
    """Something that starts the clean-up by itself."""

    def __init__(self, where, start, often, wrong=None):
        self.where, self.start, self.often, self.wrong = where, start, often, wrong


# ── cron ──

RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
NICKNAMES = {"@hourly": "0 * * * *"}


def times(field, low, high):
    found = set()
    for part in field.split(","):
        part, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if part == "*" else part).partition("-")
        found.update(range(int(first), int(last or (high if step else first)) + 1, int(step or 1)))
    return found


def is_often(schedule):
    """Whether it is due at least once in every hour."""
    try:
        minute, hour, day, month, weekday = [times(field, *bounds) for field, bounds in zip(schedule, RANGES)]
    except ValueError:
        return False
    whole = len(hour) == 24 and len(day) == 31 and len(month) == 12 and len({number % 7 for number in weekday}) == 7
    return bool(minute) and whole


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
                  is_often(schedule), wrong)


def of_cron():
    found = list(of_crontab("/etc/crontab", None))
    for path in sorted(glob.glob("/etc/cron.d/*")):
        found += of_crontab(path, None)
    for path in sorted(glob.glob("/var/spool/cron/crontabs/*")):
        if os.path.basename(path) in [entry.pw_name for entry in pwd.getpwall()]:
            found += of_crontab(path, os.path.basename(path))
    for name in ("hourly", "daily", "weekly", "monthly"):
        for path in sorted(glob.glob(f"/etc/cron.{name}/*")):
            if os.access(path, os.X_OK) and re.fullmatch(r"[A-Za-z0-9_-]+", os.path.basename(path)) and is_about_it(path, ""):
                path_of = {"PATH": "/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin"}
                found.append(Job(path, lambda path=path, env=path_of: as_cron("root", path, env), name == "hourly"))
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
        wrong, often = None, True
        if timer.get("ActiveState") != "active":
            wrong = "it is not started"
        elif timer.get("UnitFileState") != "enabled":
            wrong = "it does not start with the machine"
        due = output("date", "-d", timer.get("NextElapseUSecRealtime") or "now", "+%s").strip()
        if due.isdigit():
            often = int(due) - time.time() < 3660
        yield Job(name, lambda unit=unit: as_systemd(unit), often, wrong)


def jobs():
    found = of_cron() + list(of_systemd())
    # One that would not start the clean-up does no harm beside one that does.
    good = [job for job in found if not job.wrong and job.often]
    if good:
        return good
    for job in found:
        if job.wrong:
            fail(f"{job.where} would start the clean-up, but {job.wrong}.")
        fail(f"{job.where} starts the clean-up, but too seldom: the next thousand sessions come sooner.")
    fail("Nothing on this machine starts the clean-up by itself. It would be full again, only later.")
    return []


class Aside:
    """A file as it is now."""

    def __init__(self, path):
        self.path, self.text = path, None
        with contextlib.suppress(OSError):
            self.seen = os.lstat(path)
            if stat.S_ISREG(self.seen.st_mode):
                with open(path, "rb") as file:
                    self.text = file.read()

    def looks(self):
        return self.text, self.seen.st_uid, self.seen.st_gid, self.seen.st_mode

    def put_back(self):
        now = Aside(self.path)
        if self.text is None or (now.text is not None and now.looks() == self.looks() and now.seen.st_mtime >= self.seen.st_mtime
                                 and (now.seen.st_mtime == self.seen.st_mtime or self.path not in paid)):
            return
        draft = f"{os.path.dirname(self.path)}/.check-{os.getpid()}"
        with contextlib.suppress(OSError):
            with open(draft, "wb") as file:
                file.write(self.text)
            os.chown(draft, self.seen.st_uid, self.seen.st_gid)
            os.chmod(draft, stat.S_IMODE(self.seen.st_mode))
            os.utime(draft, ns=(self.seen.st_atime_ns, self.seen.st_mtime_ns))
            os.replace(draft, self.path)
        with contextlib.suppress(OSError):
            os.remove(draft)


def words_of(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().split()
    except OSError:
        return []


def planted(name, age):
    path = f"{HOME}/sessions/{name}.session"
    tried.append(path)
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'{{"session": "{name}", "kiosk": "K00", "step": "left"}}\n')
        kiosk = pwd.getpwnam("kiosk")
        os.chown(path, kiosk.pw_uid, kiosk.pw_gid)
        os.chmod(path, 0o640)
        os.utime(path, (time.time() - age,) * 2)
    except OSError as error:
        fail(f"Nobody can put a session into {HOME}/sessions: {error.strerror}.")
    return path


names = [hashlib.sha256(f"{os.environ['SEED']} paid {number}".encode()).hexdigest()[:16] for number in range(11)]
held, kiosks = words_of(f"{HOME}/held"), words_of(f"{HOME}/kiosks")
paid = [f"{HOME}/sessions/{session}.session" for session in {*names, *held}]
found = jobs()
kept = [Aside(path) for path in [f"{HOME}/held", f"{HOME}/kiosks", *paid, *(f"{HOME}/sessions/{session}.session" for session in kiosks)]]
folder = os.stat(f"{HOME}/sessions") if os.path.isdir(f"{HOME}/sessions") else None
before = [path for path in paid if os.path.exists(path)]
tried = []
try:
    over, fresh = planted("0000000000c4ec01", LIMIT + 300), planted("0000000000c4ec02", LIMIT - 300)
    if not before and os.path.isfile(f"{HOME}/held"):
        # Whether the clean-up spares those that are held can only be seen where there is one.
        if not held:
            held = names
            with open(f"{HOME}/held", "a", encoding="utf-8") as file:
                file.write(f"\n{held[0]}\n")
        before = [planted(held[0], LIMIT + 300)]
    for job in found:
        with contextlib.suppress(subprocess.TimeoutExpired):
            job.start()
    is_over, is_fresh = os.path.exists(over), os.path.exists(fresh)
    lost = [path for path in before if not os.path.exists(path)]
finally:
    for path in tried:
        with contextlib.suppress(OSError):
            os.remove(path)
    if folder and not os.path.isdir(f"{HOME}/sessions"):
        os.makedirs(f"{HOME}/sessions")
        os.chown(f"{HOME}/sessions", folder.st_uid, folder.st_gid)
        os.chmod(f"{HOME}/sessions", stat.S_IMODE(folder.st_mode))
    for file in kept:
        file.put_back()
if is_over:
    fail("The clean-up runs, and leaves a session that was over for five minutes. Where does it look, and from what age on?")
if not is_fresh:
    fail("The clean-up also removes sessions that are younger than the limit: passengers at a kiosk would lose what they do.")
if lost:
    fail("The clean-up also removes sessions that were paid for and are held.")
print("The clean-up is started by itself, and removes what is over and nothing else.")
