#!/bin/bash
# Measure, find what holds the space, keep what can be learned from it, take away the cause, then prove it.
set -uo pipefail

# Who suffers, and how full is it? Full of bytes, or of files?
curl -s "http://127.0.0.1:$DESK_PORT/health"
df -h /
df -i /

# Which files? Far fewer than df says: some of the space has no name.
sudo du -h --max-depth=2 /var 2>/dev/null | sort -h | tail -n 6
sudo lsof -nP +L1
read -r pid fd < <(sudo lsof -nP +L1 | awk '/\/var\/log\/harbourline\// { sub(/[a-z]+$/, "", $4); print $2, $4; exit }')

# Whose is it, what does it write, and why so much? The deleted log can be read as long as it is open.
systemctl status "$pid" --no-pager
unit=$(ps -o unit= -p "$pid")
sudo tail -n 500 "/proc/$pid/fd/$fd" | tee "/tmp/${unit%.service}-sample.log" | tail -n 3
config=/etc/harbourline/${unit%.service}.conf
cat "$config"
sudo ss -tlnp
desk=$(sudo sed -n 's/^PORT=//p' /etc/default/booking-desk)

# Ending the process gives the space back. With room on the disk: a copy of the configuration, and the cause.
sudo systemctl stop "$unit" # key
df -h /
sudo cp -a "$config" /var/backups/
sudo sed -i -E -e 's/^log_level *=.*/log_level = info/' -e "s/^peer *=.*/peer = 127.0.0.1:$desk/" "$config" # key
diff "/var/backups/${config##*/}" "$config"
sudo systemctl start "$unit"

# So that the next flood meets a limit: the rotation covers this log, too.
sudo cp -a /etc/logrotate.d/harbourline /var/backups/logrotate-harbourline
sudo sed -i 's|^/var/log/harbourline/\*\.log {|/var/log/harbourline/*.log /var/log/harbourline/*/*.log {|' /etc/logrotate.d/harbourline
sudo sed -i "s|^}|    sharedscripts\n    postrotate\n        systemctl reload $unit\n    endscript\n}|" /etc/logrotate.d/harbourline
sudo logrotate -d /etc/logrotate.d/harbourline || exit 1

# Is it over? Twice, with some time between.
df -h /
sleep 3
df -h /
systemctl is-active "$unit" || exit 1
curl -fsS "http://127.0.0.1:$desk/health" || exit 1
sudo lsof -nP +L1
