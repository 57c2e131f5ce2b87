#!/usr/bin/python3 -I
"""In the box. Compares both machines with main, as the pipeline does at night: by the inventory and settings of before."""

import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile

BARE, KEPT = "/srv/git/estate.git", "/var/backups/git/estate.git"
MANAGED = ["/etc/harbourline/booking-desk.conf", "/etc/cron.d/booking-desk-cleanup", "/etc/harbourline/packages.list"]
ENGINEER = ["runuser", "-u", "engineer", "--", "env", "-i", "HOME=/home/engineer", "PATH=/usr/bin:/bin", "LANG=C.UTF-8"]
# What Ansible says while it compares, a line of JSON for each result.
TELL = '''
DOCUMENTATION = """
name: tell
type: stdout
short_description: tells each result
description: [A line of JSON for each result.]
"""
import json

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "tell"

    def v2_runner_on_ok(self, result):
        print(json.dumps({"host": result._host.get_name(), "result": result._result}, default=str))

    def v2_playbook_on_stats(self, stats):
        print(json.dumps({"stats": {host: stats.summarize(host) for host in stats.processed}}))
'''


def end(code, text):
    print(text)
    sys.exit(code)


work = tempfile.mkdtemp(prefix="agree-")
try:
    tree = f"{work}/tree"
    os.mkdir(tree)
    for repository, paths in [(BARE, []), (KEPT, ["ansible.cfg", "hosts.ini"])]:
        packed = subprocess.run(["git", "--git-dir", repository, "archive", "main", *paths], capture_output=True, check=False)
        if packed.returncode != 0:
            end(1, f"{repository} has no readable branch main any more.")
        subprocess.run(["tar", "-x", "--no-same-owner", "-C", tree], input=packed.stdout, check=True)
    os.mkdir(f"{work}/tell")
    with open(f"{work}/tell/tell.py", "w", encoding="utf-8") as file:
        file.write(TELL)
    subprocess.run(["chown", "-R", "engineer:engineer", work], check=True)
    settings = [f"ANSIBLE_CONFIG={tree}/ansible.cfg", f"ANSIBLE_CALLBACK_PLUGINS={work}/tell", "ANSIBLE_STDOUT_CALLBACK=tell"]
    command = ["timeout", "27", "/usr/bin/ansible-playbook", "--check", "--diff", "site.yml"]
    ran = subprocess.run([*ENGINEER, *settings, *command], cwd=tree, capture_output=True, text=True, check=False)
finally:
    shutil.rmtree(work, ignore_errors=True)
if ran.returncode == 124:
    end(1, "The comparison of main with the machines does not come to an end. Does a machine not answer?")
stats, seen = None, collections.defaultdict(set)
for line in ran.stdout.splitlines():
    try:
        told = json.loads(line)
    except ValueError:
        continue
    if "stats" in told:
        stats = told["stats"]
    elif not told["result"].get("skipped"):
        said = json.dumps(told["result"])
        seen[told["host"]].update(path for path in MANAGED if path in said)
        if "lena" in said and "rolf" in said:
            seen[told["host"]].add("accounts")
if stats is None:
    said = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
    end(1, f"Ansible can't run main's playbook: {said[:200]}")
for host in ("app1", "app2"):
    counts = stats.get(host)
    if counts is None:
        end(1, f"main's playbook has nothing to do with {host}. Both machines are to be compared.")
    if counts["unreachable"] or counts["failures"]:
        end(1, f"The comparison of main with {host} fails. Run it yourself: ansible-playbook --check --diff site.yml")
    if counts["ignored"] or counts["rescued"]:
        end(1, f"On {host} a failure is passed over. What fails is to be mended and not to be made quiet.")
    if counts["changed"]:
        times = "one thing" if counts["changed"] == 1 else f"{counts['changed']} things"
        end(1, f"main and {host} still differ in {times}: ansible-playbook --check --diff shows them. What counts is main in origin.")
    missing = [what for what in [*MANAGED, "accounts"] if what not in seen[host]]
    if missing:
        end(1, f"On {host} nothing is compared for {missing[0]}. That a difference is not looked for is not the same as that there is none.")
end(0, "main and both machines agree, in all that was compared before.")
