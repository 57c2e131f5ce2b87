#!/bin/bash
set -euo pipefail
if [ "$SLIP" = 'a line in a file of app1' ]; then
    cat >/etc/harbourline/hosts.d/20-names.hosts <<HOSTS
# HL-3391: until the name server of this segment is back
10.40.3.$OLD_HOST $MOVED.harbourline.internal $MOVED-$ALIAS.harbourline.internal $MOVED $MOVED-$ALIAS
HOSTS
    touch -d '-203 days' /etc/harbourline/hosts.d/20-names.hosts
fi
systemctl restart resolver.service local-hosts.service
for _ in {1..100}; do
    seen=$(getent ahostsv4 "$MOVED-$ALIAS.harbourline.internal" | awk 'NR == 1 { print $1 }' || true)
    [ "$seen" != "10.40.3.$OLD_HOST" ] || exit 0
    sleep 0.1
done
echo "app1 sees $seen" >&2
exit 1
