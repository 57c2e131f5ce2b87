#!/bin/bash
# Ask before anything is touched; compare what is served with what is written; change little, have it checked, reload.
set -uo pipefail
readonly domain=harbourline.internal
readonly backwards=40.10.in-addr.arpa
readonly forward=/etc/bind/zones/$domain.zone
readonly reverse=/etc/bind/zones/10.40.zone
readonly old=10.40.3.$OLD_HOST new=10.40.7.$NEW_HOST

# What does the server say now, and of which edition?
answer() { dig +short +time=2 @127.0.0.1 "$@" | tail -n 1; }
dig +noall +answer @127.0.0.1 "$MOVED.$domain" A
dig +noall +answer @127.0.0.1 "$MOVED-$ALIAS.$domain" A
dig +noall +answer @127.0.0.1 -x "$new"
dig +noall +answer @127.0.0.1 -x "$old"
dig +short @127.0.0.1 $domain SOA
dig +short @127.0.0.1 $backwards SOA

# And what is written? checkzone names the edition in the file; -D shows names as the server would understand them.
named-checkzone $domain $forward
named-checkzone $backwards $reverse
named-checkzone -D $domain $forward 2>/dev/null | grep -F "$MOVED"
cat $reverse

# A copy, then only what is wrong. Each change of a zone has a higher serial.
sudo cp -a /etc/bind/zones /var/backups/zones.before
raise() {
    local file=$1 has today
    has=$(grep -oP '^\s*\K[0-9]+(?=\s*; serial)' "$file")
    today=$(date -u +%Y%m%d)01
    [ "$today" -gt "$has" ] || today=$((has + 1))
    sudo sed -i -E "s/^(\s*)[0-9]+(\s*; serial)/\1$today\2/" "$file"
}
if [ "$(answer "$MOVED.$domain" A)" != "$new" ] || [ "$(answer "$MOVED-$ALIAS.$domain" A)" != "$new" ]; then
    sudo sed -i -E \
        -e "/^$MOVED\.$domain[[:space:]]/d" \
        -e "s/^($MOVED[[:space:]]+IN A[[:space:]]+).*/\1$new/" \
        -e "s/^($MOVED-$ALIAS[[:space:]]+IN CNAME[[:space:]]+).*/\1$MOVED/" $forward
    raise $forward
fi
sudo sed -i -E \
    -e "/^$NEW_HOST\.7[[:space:]]/d" \
    -e "s/^($OLD_HOST\.3[[:space:]]+IN PTR[[:space:]]+).*/\1$MOVED-old.$domain./" $reverse # key
printf '%s.7            IN PTR  %s.%s.\n' "$NEW_HOST" "$MOVED" "$domain" | sudo tee -a $reverse # key
raise $reverse # key
sudo diff -ru /var/backups/zones.before /etc/bind/zones

# Checked first, then read anew. A reload, not a restart: nobody waits for an answer meanwhile.
named-checkzone $domain $forward || exit 1
named-checkzone $backwards $reverse || exit 1
sudo rndc reload $domain || exit 1
sudo rndc reload $backwards || exit 1 # key
for _ in {1..20}; do
    [ "$(answer -x "$new")" != "$MOVED.$domain." ] || break
    sleep 0.2
done
journalctl -u named -n 5 --no-pager

# Asked again.
dig +noall +answer @127.0.0.1 "$MOVED-$ALIAS.$domain" A
dig +noall +answer @127.0.0.1 -x "$new"
dig +short @127.0.0.1 $domain SOA
[ "$(answer "$MOVED-$ALIAS.$domain" A)" = "$new" ]
