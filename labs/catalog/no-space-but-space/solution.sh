#!/bin/bash
# "No space left" can mean two things. Find out which, what took it, and why nobody gave it back.
set -uo pipefail
readonly home=/var/lib/harbourline/$DESK
readonly conf=/etc/harbourline/$DESK-sweep.conf

# Who suffers, and what is full: bytes or files?
curl -s "http://127.0.0.1:$PORT/health"
journalctl -u "$DESK" -n 5 --no-pager
df -h /
df -i /

# Where are so many files?
sudo du --inodes -x /var /etc /home /srv 2>/dev/null | sort -n | tail -n 5
sudo ls "$home"
sudo find "$home/sessions" -type f | wc -l
curl -s "http://127.0.0.1:$PORT/kiosks"
sudo wc -l "$home/held"

# Somebody was to clean that up. Who, when, where, and what did it say?
systemctl list-timers --all --no-pager
systemctl cat "$DESK-sweep.timer" "$DESK-sweep.service" --no-pager
systemctl is-enabled "$DESK-sweep.timer"
journalctl -u "$DESK-sweep" -n 5 --no-pager
cat "/etc/harbourline/$DESK.conf" "$conf"

# No file can be made on / now, so the copy goes to /tmp, which is a filesystem of its own. Then: what would go, by the rule?
cp -a "$conf" /tmp/
sweep() { sudo -u kiosk /usr/lib/harbourline/sweep-sessions --config "$conf" --directory "$home/sessions" --max-age "${LIMIT}m" "$@"; }
sweep --dry-run || exit 1
sweep || exit 1 # key
df -i /
curl -s "http://127.0.0.1:$PORT/kiosks"

# There is room again: a copy that lasts, and the cause.
sudo cp -a "$conf" /var/backups/
sudo sed -i -E -e "s|^directory *=.*|directory = $home/sessions|" -e "s|^max_age *=.*|max_age = ${LIMIT}m|" "$conf"
diff "/tmp/$DESK-sweep.conf" "$conf"
sudo systemctl enable --now "$DESK-sweep.timer"

# As the timer will start it.
sudo systemctl start "$DESK-sweep.service" || exit 1
journalctl -u "$DESK-sweep" -n 3 --no-pager
systemctl list-timers --no-pager
df -i /
curl -fsS "http://127.0.0.1:$PORT/health" || exit 1
