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

who=bastion
[ "$SSH_GAP" != log1 ] || who=everybody
cat >/etc/harbourline/tags <<TAGS
# Whose it is. What, and its tags; the machine itself first.
machine env=prod owner="Security" cost-centre=CC-1100
central-log env=prod owner="Security" cost-centre=CC-1100
TAGS
cat >/etc/rsyslog.d/10-central.conf <<CONF
# From every machine, by TCP. A folder for each machine, a file for each program.
input(type="imtcp" port="$LOG_PORT")
template(name="by-machine" type="string" string="$LOG_DIR/%HOSTNAME%/%PROGRAMNAME%.log")
*.* action(type="omfile" dynaFile="by-machine" dirCreateMode="0755" fileCreateMode="0640" fileGroup="adm")
CONF
/usr/sbin/rsyslogd -N1 -f /etc/rsyslog.conf

# What has come in before today.
install -d "$LOG_DIR" "$LOG_DIR/app1" "$LOG_DIR/web1" "$LOG_DIR/bastion1"
for hour in {6..22..2}; do
    at=$(date -u -d "yesterday $hour:1$((hour % 10))" '+%b %e %H:%M:%S')
    echo "$at app1 booking-desk[612]: $((630 + hour % 7)) bookings, nothing waits" >>"$LOG_DIR/app1/booking-desk.log"
    echo "$at web1 nginx: 10.40.3.2 GET /berths/ 200" >>"$LOG_DIR/web1/nginx.log"
    echo "$at bastion1 sshd[811]: Connection closed by 10.40.9.4 port 50$hour" >>"$LOG_DIR/bastion1/sshd.log"
done
chgrp adm "$LOG_DIR"/*/*.log
chmod 0640 "$LOG_DIR"/*/*.log
touch -d yesterday "$LOG_DIR"/*/*.log
ssh_here $who
stray_here
systemctl enable --quiet --now central-log.service
until_true listens 22
until_true listens "$LOG_PORT"
[ "$STRAY_HOST" != log1 ] || until_true listens "$STRAY_PORT"

# It arrives; and SSH greets only whom it should, which can be seen from here.
arrived() { [ -n "$(find "$LOG_DIR/app1/booking-desk.log" -newermt '-60 seconds')" ]; }
until_true arrived
for machine in app1 db1; do
    greeting=$(greeting_of "$machine")
    expected=
    [ "$SSH_GAP" != "$machine" ] || expected=SSH-
    if [ "$greeting" != "$expected" ]; then
        echo "SSH on $machine says '$greeting' to log1, and should say '$expected'" >&2
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
