#!/usr/bin/python3 -I
"""Beside either machine. What one wish of the owner's and otherwise the code of before say, read from the files themselves."""

import os
import re
import stat
import sys

KEEP = os.environ["KEEP"]
WORKERS = os.environ["WORKERS"] if "workers" in KEEP else "4"
HOUR = os.environ["HOUR"] if "hour" in KEEP else "3"
PACKAGES = {"curl", "logrotate", "openssh-server", "python3", "sudo"} | ({os.environ["PACKAGE"]} if "package" in KEEP else set())
MEMBERS = {"lena", "rolf"} | ({os.environ["ACCOUNT"]} if "account" in KEEP else set())
BOX = "/box"


def end(code, text):
    print(text)
    sys.exit(code)


def text(path):
    """The text of a file that is root's and that only root may write to."""
    try:
        about = os.lstat(BOX + path)
        with open(BOX + path, encoding="utf-8", errors="replace") as file:
            found = file.read(1 << 16)
    except OSError:
        end(1, f"{path} is not there any more.")
    if not stat.S_ISREG(about.st_mode) or about.st_uid != 0 or about.st_gid != 0 or about.st_mode & 0o7777 != 0o644:
        end(1, f"{path} has not the owner and the rights that the playbook gives it. The comparison shows that, too.")
    return found


def lines(path):
    return [line.strip() for line in text(path).splitlines() if line.strip() and not line.lstrip().startswith("#")]


conf = {}
for line in lines("/etc/harbourline/booking-desk.conf"):
    key, sign, value = line.split("#", 1)[0].partition("=")
    if sign:
        conf[key.strip()] = value.strip()
wanted = {"port": "8061", "workers": WORKERS, "queue": "200", "log_level": "info"}
wrong = sorted(key for key in conf.keys() | wanted.keys() if conf.get(key) != wanted.get(key))
if wrong:
    end(1, f"In /etc/harbourline/booking-desk.conf `{wrong[0]}` is not what the owner and the code want.")
jobs = [line.split(None, 6) for line in lines("/etc/cron.d/booking-desk-cleanup") if not re.match(r"[A-Za-z_]+\s*=", line)]
if jobs != [["15", HOUR, "*", "*", "*", "desk", "/usr/lib/harbourline/cleanup"]]:
    end(1, "The nightly cleanup is not there at the time, or not in the way, that the owner and the code want.")
listed = lines("/etc/harbourline/packages.list")
if sorted(listed) != sorted(PACKAGES):
    end(1, "The list of packages that the patch run looks after is not what the owner and the code want.")
with open(f"{BOX}/etc/passwd", encoding="utf-8") as file:
    accounts = {line.split(":")[0]: line.rstrip("\n").split(":") for line in file if line.count(":") == 6}
with open(f"{BOX}/etc/group", encoding="utf-8") as file:
    groups = {line.split(":")[0]: line.rstrip("\n").split(":") for line in file if line.count(":") == 3}
if "ops" not in groups:
    end(1, "The group ops is gone. It was no part of the drift.")
members = {name for name in groups["ops"][3].split(",") if name}
members |= {name for name, fields in accounts.items() if fields[3] == groups["ops"][2]}
if members != MEMBERS or not members <= accounts.keys():
    end(1, "Those who belong to the group ops are not those whom the owner and the code want there.")
if os.environ["ACCOUNT"] in accounts.keys() - MEMBERS:
    end(1, "An account that nobody has asked for is still there, even if it is in no group any more.")
for name in members:
    if accounts[name][6] != "/bin/bash":
        end(1, f"The account {name} is there, but nobody can work with it: look at its shell.")
end(0, "This machine is as the owner and the code want it.")
