#!/bin/bash
# Where the programs are: as they ask, and as the name server answers. The two need not agree.
set -uo pipefail
readonly domain=harbourline.internal
cat /etc/resolv.conf
getent ahostsv4 "$MOVED-$ALIAS.$domain"
dig +short "$MOVED-$ALIAS.$domain"

# What stands in a file is never asked for. The file says itself what it is made from.
if grep -n "$MOVED" /etc/hosts; then
    grep -rn "$MOVED" /etc/harbourline/hosts.d
    sudo cp -a /etc/harbourline/hosts.d /var/backups/hosts.d.before
    sudo sed -i -e "/$MOVED/d" -e '/HL-3391/d' /etc/harbourline/hosts.d/*.hosts
    sudo systemctl restart local-hosts
    cat /etc/hosts
fi

# At the end once more, for all three questions.
getent ahostsv4 "$MOVED.$domain"
getent ahostsv4 "$MOVED-$ALIAS.$domain"
dig +noall +answer -x "10.40.7.$NEW_HOST"
[ "$(getent ahostsv4 "$MOVED-$ALIAS.$domain" | awk 'NR == 1 { print $1 }')" = "10.40.7.$NEW_HOST" ]
