#!/bin/bash
set -euo pipefail
readonly config=/etc/haproxy/haproxy.cfg
case $TARGET in
web1) other=web2 ;;
web2) other=web1 ;;
esac
case $GAP in
'no machine was asked') ;;
'only the other machine was asked')
    sed -i -e 's|^    balance roundrobin$|&\n    option httpchk GET /health|' -e "s|^    server $other .*|& check inter 2s|" $config
    ;;
'only the port was tried') sed -i 's|^    server web[12] .*|& check inter 2s|' $config ;;
esac
haproxy -c -q -f $config
touch -d '-64 days' $config
systemctl stop site-prober.service
rm -rf /var/log/harbourline
systemctl restart haproxy.service
systemctl enable --quiet --now site-prober.service
for _ in {1..200}; do
    if grep -qs ' watch$' /var/log/harbourline/site-prober.log; then exit 0; fi
    sleep 0.1
done
echo "the site does not answer well" >&2
curl -si http://127.0.0.1/ >&2 || true
exit 1
