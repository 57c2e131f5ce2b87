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
listens() { [ -n "$(ss -Htln "sport = :$1")" ]; }

readonly main=/etc/postgresql/15/main
who=bastion
[ "$SSH_GAP" != db1 ] || who=everybody
cat >/etc/harbourline/tags <<TAGS
# Whose it is. What, and its tags; the machine itself first.
machine env=prod owner="Platform" cost-centre=CC-$((CENTRE + 7))
postgresql@15-main env=prod owner="Platform" cost-centre=CC-$((CENTRE + 7))
TAGS
cat >$main/pg_hba.conf <<'HBA'
# Who may come in. The first line that fits decides.
local  all       postgres                 peer
local  all       all                      peer
host   all       all       127.0.0.1/32   scram-sha-256
host   bookings  desk      app1           scram-sha-256
HBA
sed -i "s/^port = .*/port = $DB_PORT/" $main/postgresql.conf
grep -q "^port = $DB_PORT" $main/postgresql.conf
ssh_here $who
stray_here
systemctl enable --quiet postgresql@15-main.service
systemctl restart postgresql@15-main.service
until_true listens 22
until_true listens "$DB_PORT"
[ "$STRAY_HOST" != db1 ] || until_true listens "$STRAY_PORT"

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
