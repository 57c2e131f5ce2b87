#!/bin/bash
# Looks, and changes nothing.
set -uo pipefail
readonly notes=/tmp/notes.txt
unit_of() { ps -o unit= -p "$1" | sed 's/\.service *$//'; }

# Who listens, who is connected, what runs, whose is it?
sudo ss -tlnp
sudo ss -tnp
systemctl list-units --type=service --state=running --no-pager
cat /etc/harbourline/tags

{
    sudo ss -Htlnp | while read -r _ _ _ here _ users; do
        pid=$(grep -oP 'pid=\K[0-9]+' <<<"$users" | head -n 1)
        # The network's own resolver has no process here.
        [ -z "$pid" ] || echo "listens $(unit_of "$pid") ${here%:*} ${here##*:}"
    done
    sudo ss -Htnp state established | while read -r _ _ _ there users; do
        pid=$(grep -oP 'pid=\K[0-9]+' <<<"$users" | head -n 1)
        name=$(getent hosts "${there%:*}" | awk '{ print $2 }')
        [ -z "$pid" ] || echo "talks $(unit_of "$pid") ${name:-${there%:*}}:${there##*:}"
    done
    sed -n 's/^\([a-z][^ ]*\) /tags \1 /p' /etc/harbourline/tags
    # A greeting says that SSH answers; a connection that is closed at once says that it does not want us.
    for other in bastion1 app1 db1 log1; do
        [ "$other" != "$(hostname)" ] || continue
        said=$(nc -w 1 "$other" 22 </dev/null 2>/dev/null | head -n 1)
        [[ $said != SSH-* ]] || echo "greeted-by $other"
    done
} >$notes

cat ~/inventory.ini ~/estate.toml
cp ~/estate.toml ~/estate.toml.empty
cp ~/estate.toml ~/estate.toml.new
for machine in app1 db1 log1; do
    nc -4 -w 5 "$machine" 7070 </dev/null >"/tmp/notes-$machine.txt"
    cat "/tmp/notes-$machine.txt"
done
cp $notes /tmp/notes-bastion1.txt

python3 - <<'PYTHON' || exit 1
import configparser
import os
import shlex

MACHINES = ["bastion1", "app1", "db1", "log1"]
known = configparser.ConfigParser(delimiters="=")
known.optionxform = str
known.read(os.path.expanduser("~/inventory.ini"))
listens, talks, tags, greeted, path = [], [], {}, {}, ""
for machine in MACHINES:
    with open(f"/tmp/notes-{machine}.txt", encoding="utf-8") as file:
        for line in file:
            what, *rest = line.split(maxsplit=1)
            rest = rest[0].strip() if rest else ""
            if what == "listens":
                unit, address, port = rest.split()
                listens.append((machine, unit, address, int(port)))
            elif what == "talks":
                talks.append((machine, *rest.split()))
            elif what == "tags":
                name, *pairs = shlex.split(rest)
                tags[machine, name] = dict(pair.split("=", 1) for pair in pairs)
            elif what == "greeted-by":
                greeted.setdefault(rest, []).append(machine)
            elif what == "file":
                path = rest


def where(unit):
    return next((machine, port, address) for machine, name, address, port in listens if name == unit)


stray = next(one for one in listens if one[1] not in known[one[0]])
desk, allocator = where("booking-desk"), where("seat-allocator")
database, log = where("postgresql@15-main"), where("central-log")
far = sorted({peer for machine, unit, peer in talks if unit == "booking-desk" and not peer.startswith(("127.", desk[0]))
              and int(peer.rpartition(":")[2]) in {database[1], log[1]}})
lines = ["# What runs where, and who talks to whom. HL-4001, for Ingrid."]
for machine in MACHINES:
    its = tags[machine, "machine"]
    names = ", ".join(f'"{name}"' for name in greeted.get(machine, []))
    lines += ["", f"[machines.{machine}]", f'owner = "{its["owner"]}"', f'environment = "{its["env"]}"',
              f'cost_centre = "{its["cost-centre"]}"', f"ssh_from = [{names}]"]
lines += ["", "[services.booking-desk]", f'machine = "{desk[0]}"', f"port = {desk[1]}",
          "talks_to = [" + ", ".join(f'"{peer}"' for peer in far) + "]"]
others = "false" if allocator[2].startswith("127.") else "true"
lines += ["", "[services.seat-allocator]", f'machine = "{allocator[0]}"', f"port = {allocator[1]}", f"answers_others = {others}"]
lines += ["", "[services.database]", f'machine = "{database[0]}"', f"port = {database[1]}"]
lines += ["", "[services.central-log]", f'machine = "{log[0]}"', f"port = {log[1]}", f'file = "{path}"']
its = tags[stray[0], stray[1]]
lines += ["", "[undocumented]", f'unit = "{stray[1]}"', f'machine = "{stray[0]}"', f"port = {stray[3]}",
          f'environment = "{its["env"]}"', f'owner = "{its["owner"]}"', ""]
with open(os.path.expanduser("~/estate.toml.new"), "w", encoding="utf-8") as file:
    file.write("\n".join(lines))
PYTHON

# Does it read well, and does what it says hold?
python3 -c 'import os, tomllib; print(tomllib.load(open(os.path.expanduser("~/estate.toml.new"), "rb")))' || exit 1
cp ~/estate.toml.new ~/estate.toml # key
diff ~/estate.toml.empty ~/estate.toml
cat ~/estate.toml
