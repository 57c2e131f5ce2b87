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

who=bastion
[ "$SSH_GAP" != app1 ] || who=everybody
cat >/etc/harbourline/tags <<TAGS
# Whose it is. What, and its tags; the machine itself first.
machine env=prod owner="Bookings" cost-centre=CC-$CENTRE
booking-desk env=prod owner="Bookings" cost-centre=CC-$CENTRE
seat-allocator env=prod owner="Bookings" cost-centre=CC-$CENTRE
TAGS
cat >/etc/harbourline/booking-desk.conf <<CONF
# The booking desk.
port = $DESK_PORT
database = db1:$DB_PORT
log = log1:$LOG_PORT
CONF
cat >/etc/harbourline/seat-allocator.conf <<CONF
# The seat allocator.
desk = 127.0.0.1:$DESK_PORT
status = $WORKER_BIND:$WORKER_PORT
CONF
echo 'crossing-and-back' >/etc/harbourline/booking-desk.secret
chown root:desk /etc/harbourline/booking-desk.secret
chmod 0640 /etc/harbourline/booking-desk.secret
ssh_here $who
stray_here
# Its database and its log come up on the next machines; until then it tries again.
systemctl enable --quiet --now booking-desk.service seat-allocator.service
until_true listens 22
until_true listens "$DESK_PORT"
until_true listens "$WORKER_PORT"
[ "$STRAY_HOST" != app1 ] || until_true listens "$STRAY_PORT"

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
