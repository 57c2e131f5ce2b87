#!/bin/bash
# On the machine itself, where it is this one's turn.
set -uo pipefail
readonly own=web1
readonly log=/var/log/nginx/access.log
readlink /srv/www/current
[ "$TARGET" = $own ] || exit 0

# Does nobody come any more but health checks? Not asked of the load balancer, but seen here.
visitors() { grep -v ' /health ' $log | grep -vc '^127\.'; }
before=$(visitors)
sleep 2
if [ "$(visitors)" != "$before" ]; then
    echo "visitors still come"
    tail -n 5 $log
    exit 1
fi
ls /srv/www/releases
sudo systemctl start "site-release@$RELEASE" || exit 1

# Well by itself? Then it is put back at the load balancer, and visitors come.
journalctl -u "site-release@$RELEASE" -n 5 --no-pager
curl -fsS http://127.0.0.1/health || exit 1
curl -fsS http://127.0.0.1/ || exit 1
for _ in {1..60}; do
    if [ "$(visitors)" -gt $((before + 2)) ]; then
        sleep 4
        tail -n 3 $log
        exit 0
    fi
    sleep 0.5
done
echo "no visitor has come back"
exit 1
