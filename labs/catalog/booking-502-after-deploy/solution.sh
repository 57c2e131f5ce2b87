#!/bin/bash
# From the customer towards the app, one step at a time; then the smallest change that lasts.
set -uo pipefail
readonly site=/etc/nginx/sites-available/harbourline.conf
readonly environment=/etc/harbourline/booking.env
readonly config=/etc/harbourline/booking.conf
readonly unit=/etc/systemd/system/booking.service

# 502: nginx runs, and what it passes on to does not answer. Why not, in nginx's own words?
curl -s -o /dev/null -w '%{http_code}\n' http://127.0.0.1/booking/
sudo tail -n 3 /var/log/nginx/error.log

# Does the app run, what does it say, what was it told, does it start at boot?
systemctl status booking --no-pager
journalctl -u booking -n 10 --no-pager
systemctl cat booking --no-pager
cat $environment $config /usr/share/doc/harbourline-booking/NEWS

# The two ends of the way: where nginx knocks, and where the app listens, for whom.
grep -n 'unix:' $site
sudo ls -la /run/booking
sudo ss -xlp | grep booking

# Copies first. Then what differs from what is written about it, each only where it does.
sudo cp -a $environment $config $unit /var/backups/
knocks=$(grep -oP 'server unix:\K[^;]+' $site)
if ! grep -qxF "SOCKET=$knocks" $environment; then
    sudo sed -i "s|^SOCKET=.*|SOCKET=$knocks|" $environment
fi
if ! grep -qx 'SOCKET_MODE=0660' $environment; then
    sudo sed -i 's|^SOCKET_MODE=.*|SOCKET_MODE=0660|' $environment
fi
if ! grep -qx 'Group=www-data' $unit; then
    sudo sed -i 's|^Group=.*|Group=www-data|' $unit
fi
if ! grep -q '^RuntimeDirectory=' $unit; then
    sudo sed -i 's|^StateDirectory=.*|RuntimeDirectory=booking\nRuntimeDirectoryMode=0750\n&|' $unit
fi
# The app itself says which setting it can't use.
wrong=$(/usr/lib/harbourline/booking --check 2>&1)
case $wrong in
*hold_minutes*) sudo sed -i -E 's|^(hold_minutes *= *[0-9]+).*|\1|' $config ;;
*home_harbour*)
    typed=$(sed -n 's/^home_harbour *= *//p' $config)
    meant=$(grep -oP "Known: \K.*" <<<"$wrong" | tr ',' '\n' | tr -d ' ' | grep "^$typed")
    sudo sed -i "s|^home_harbour *=.*|home_harbour = $meant|" $config
    ;;
esac
diff -u /var/backups/booking.env $environment
diff -u /var/backups/booking.conf $config
diff -u /var/backups/booking.service $unit

# Tried before it is started, and started for good: now, and at every boot.
/usr/lib/harbourline/booking --check || exit 1
sudo nginx -t || exit 1
sudo systemctl daemon-reload
sudo systemctl enable booking
sudo systemctl restart booking || exit 1 # key

# As a customer sees it; and who can reach the app past the web server.
curl -fsS http://127.0.0.1/booking/ || exit 1
curl -fsS -d seats=2 http://127.0.0.1/booking/hold || exit 1
sudo ls -la /run/booking
systemctl is-enabled booking
