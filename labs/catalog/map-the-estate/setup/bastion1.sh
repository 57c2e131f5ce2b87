#!/bin/bash
set -euo pipefail
umask 022

# SSH with a host key of its own. Who is greeted is a matter of /etc/hosts.allow.
ssh_here() {
    rm -f /etc/ssh/ssh_host_*
    ssh-keygen -q -t ed25519 -N '' -C "$(hostname)" -f /etc/ssh/ssh_host_ed25519_key
    cat >/etc/ssh/sshd_config.d/harbourline.conf <<'CONF'
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
CONF
    if [ "$1" = everybody ]; then
        echo 'sshd: ALL' >/etc/hosts.allow
    else
        echo 'sshd: bastion1' >/etc/hosts.allow
    fi
    echo 'sshd: ALL' >/etc/hosts.deny
    # As `systemctl enable` does it, without its detour by way of init scripts, which takes a second.
    ln -sf /lib/systemd/system/ssh.service /etc/systemd/system/multi-user.target.wants/ssh.service
    ln -sf /lib/systemd/system/ssh.service /etc/systemd/system/sshd.service
    systemctl daemon-reload
    systemctl start ssh.service
}

# What nobody has written down runs on one of the machines.
stray_here() {
    [ "$STRAY_HOST" = "$(hostname)" ] || return 0
    id trial >/dev/null 2>&1 || useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin trial
    install -d "/srv/$STRAY"
    echo "<!doctype html><title>$STRAY</title><p>A trial. Ask its owner." >"/srv/$STRAY/index.html"
    cat >"/etc/systemd/system/$STRAY.service" <<UNIT
[Unit]
Description=$STRAY: a trial
After=network.target

[Service]
User=trial
ExecStart=/usr/bin/python3 -m http.server $STRAY_PORT --directory /srv/$STRAY
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT
    echo "$STRAY env=$STRAY_ENV owner=\"$STRAY_OWNER\" cost-centre=CC-$CENTRE expires=2027-01-31" >>/etc/harbourline/tags
    systemctl daemon-reload
    systemctl enable --quiet --now "$STRAY.service"
}

until_true() {
    for _ in {1..300}; do
        if "$@"; then return; fi
        sleep 0.05
    done
    echo "still not so after fifteen seconds: $*" >&2
    exit 1
}
greeting_of() {
    timeout 4 bash -c 'exec 3<>"/dev/tcp/$0/22" && read -r -n 4 -t 3 -u 3 said; printf %s "$said"' "$1" 2>/dev/null || true
}
listens() { [ -n "$(ss -Htln "sport = :$1")" ]; }

readonly home=/home/engineer
cat >/etc/harbourline/tags <<TAGS
# Whose it is. What, and its tags; the machine itself first.
machine env=prod owner="Platform" cost-centre=CC-$((CENTRE + 7))
TAGS
cat >$home/inventory.ini <<INI
; What we know of: services and their TCP ports. Last touched in spring.
; Not in here: 127.0.0.11 on every machine. It belongs to the network, answers names, and has no process on the machine.

[bastion1]
ssh = 22

[app1]
ssh = 22
booking-desk = 8060
seat-allocator = $WORKER_PORT

[db1]
ssh = 22
postgresql@15-main = $DB_PORT

[log1]
ssh = 22
central-log = $LOG_PORT
old-collector = 5140
INI
cat >$home/estate.toml <<'TOML'
# What runs where, and who talks to whom. HL-4001, for Ingrid.
#
# Put each answer in: a text between the quotes, a port as a number, a list as in ["app1", "log1"], or [] for none.
# Leave the names as they are. The machines are called bastion1, app1, db1 and log1.

[machines.bastion1]
owner = ""             # a team, from the machine's tags
environment = ""       # dev, stage or prod
cost_centre = ""       # CC- and four digits
ssh_from = [""]        # on which of the other three does one get a greeting from its SSH?

[machines.app1]
owner = ""
environment = ""
cost_centre = ""
ssh_from = [""]

[machines.db1]
owner = ""
environment = ""
cost_centre = ""
ssh_from = [""]

[machines.log1]
owner = ""
environment = ""
cost_centre = ""
ssh_from = [""]

[services.booking-desk]
machine = ""
port = 0               # where it listens
talks_to = [""]        # to which other machines it holds connections, as "machine:port"

[services.seat-allocator]
machine = ""
port = 0
answers_others = ""    # true or false: can another machine reach that port?

[services.database]
machine = ""
port = 0

[services.central-log]
machine = ""
port = 0
file = ""              # the file on that machine in which the booking desk's lines arrive now

[undocumented]         # the one service that listens somewhere and is not in inventory.ini
unit = ""              # what systemd calls it, with or without .service
machine = ""
port = 0
environment = ""
owner = ""
TOML
chown engineer:engineer $home/inventory.ini $home/estate.toml
touch -d '200 days ago' $home/inventory.ini
ssh_here everybody
until_true listens 22

# The machines are together now, and all is well.
healthy() { curl -fs --noproxy '*' --max-time 3 "http://app1:$DESK_PORT/health" >/dev/null; }
until_true healthy
for machine in app1 db1 log1; do
    greeting=$(greeting_of "$machine")
    if [ "$greeting" != SSH- ]; then
        echo "SSH on $machine says '$greeting' to bastion1" >&2
        exit 1
    fi
done

# As it is now it is to be at the end.
install -d -m 0755 /var/lib/misc
(umask 077 && python3 - >/var/lib/misc/etc.baseline <<'PYTHON'
import hashlib
import json
import os
import stat

VOLATILE = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mtab", "/etc/adjtime", "/etc/.pwd.lock", "/etc/ld.so.cache",
            "/etc/machine-id", "/etc/.updated"}
found = {}
for top in ("/etc", "/usr/lib/harbourline"):
    for folder, folders, files in os.walk(top):
        for path in [folder] + [os.path.join(folder, name) for name in files + folders]:
            about = os.lstat(path)
            if path in VOLATILE:
                continue
            what = ""
            if stat.S_ISREG(about.st_mode):
                with open(path, "rb") as file:
                    what = hashlib.sha256(file.read()).hexdigest()
            elif stat.S_ISLNK(about.st_mode):
                what = os.readlink(path)
            found[path] = [about.st_mode, about.st_uid, about.st_gid, what]
print(json.dumps(found))
PYTHON
)
