#!/bin/bash
set -euo pipefail
readonly home=/var/lib/harbourline/$DESK
readonly sweep=$DESK-sweep

install -d /etc/harbourline /var/lib/harbourline
install -d -o kiosk -g kiosk -m 0750 "$home" "$home/sessions" "$home/session"
cat >"/etc/harbourline/$DESK.conf" <<CONF
# $DESK: self-service at the quays

port = $PORT
sessions = on
directory = $home/sessions
# which session each kiosk has open
kiosks = $home/kiosks
CONF
directory=$home/sessions age=${LIMIT}m
case $CAUSE in
'wrong directory') directory=$home/session ;;
'wrong unit of age') age=${LIMIT}d ;;
esac
cat >"/etc/harbourline/$sweep.conf" <<CONF
# $sweep: removes the sessions that are over

directory = $directory
# paid for and not printed: stay, whatever their age
held = $home/held
# s, m, h or d
max_age = $age
CONF

cat >"/etc/systemd/system/$DESK.service" <<UNIT
[Unit]
Description=$DESK: self-service at the quays
After=network.target

[Service]
Type=notify
User=kiosk
UMask=0027
ExecStart=/usr/bin/python3 /usr/lib/harbourline/desk $DESK
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT
cat >"/etc/systemd/system/$sweep.service" <<UNIT
[Unit]
Description=Removes the sessions of $DESK that are over

[Service]
Type=oneshot
User=kiosk
ExecStart=/usr/lib/harbourline/sweep-sessions --config /etc/harbourline/$sweep.conf
UNIT
cat >"/etc/systemd/system/$sweep.timer" <<UNIT
[Unit]
Description=Removes the sessions of $DESK that are over, every five minutes

[Timer]
OnCalendar=*:0/5
AccuracySec=1s

[Install]
WantedBy=timers.target
UNIT
touch -d '8 days ago' "/etc/harbourline/$DESK.conf" /etc/systemd/system/"$DESK"*.service /etc/systemd/system/"$sweep.timer"
touch -d '26 days ago' "/etc/harbourline/$sweep.conf" "$home/session"

# Those in use, those that are held, and no other yet.
cat >"$home/.fill.py" <<'PYTHON'
import hashlib
import os
import random
import sys
import time

home, seed, limit = f"/var/lib/harbourline/{os.environ['DESK']}", os.environ["SEED"], int(os.environ["LIMIT"]) * 60
dice = random.Random(int(seed))


def make(kind, number, age):
    session = hashlib.sha256(f"{seed} {kind} {number}".encode()).hexdigest()[:16]
    path = f"{home}/sessions/{session}.session"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'{{"session": "{session}", "kiosk": "K{number % 14 + 1:02}", "step": "{kind}"}}\n')
    os.utime(path, (time.time() - age,) * 2)
    return session


os.umask(0o027)
if sys.argv[1] == "wanted":
    with open(f"{home}/kiosks", "w", encoding="utf-8") as file:
        for n in range(14):
            file.write(f"K{n + 1:02} {make('choosing', n, n)}\n")
    with open(f"{home}/held", "w", encoding="utf-8") as file:
        for n in range(11):
            file.write(make("paid", n, dice.uniform(limit + 3600, 20 * 86400)) + "\n")
else:
    number = 0
    try:
        while True:
            make("left", number, dice.uniform(max(2 * limit, 10800), 25 * 86400))
            number += 1
    except OSError:
        print(f"full after {number} sessions")
PYTHON
runuser -u kiosk -- python3 - wanted <"$home/.fill.py"
mv "$home/.fill.py" /tmp/fill.py

systemctl daemon-reload
systemctl enable --quiet --now "$DESK.service"
if [ "$CAUSE" != 'timer switched off' ]; then
    systemctl enable --quiet --now "$sweep.timer"
    systemctl start "$sweep.service"
fi

# And now, weeks of passengers who walked away.
runuser -u kiosk -- python3 - left </tmp/fill.py
rm /tmp/fill.py

for _ in {1..100}; do
    if curl -s "http://127.0.0.1:$PORT/health" | grep -q 'No space left on device'; then exit 0; fi
    sleep 0.05
done
echo "sessions can still be opened" >&2
exit 1
