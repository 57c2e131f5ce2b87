#!/bin/bash
# Beside ns1, with the image's own named-checkzone: are the files sound, and are they what is served?
for zone in harbourline.internal:harbourline.internal.zone 40.10.in-addr.arpa:10.40.zone; do
    name=${zone%%:*} file=/box/etc/bind/zones/${zone#*:}
    if ! said=$(named-checkzone "$name" "$file" 2>&1); then
        first=$(grep -v '^zone.*loaded' <<<"$said" | head -n 1 | sed 's|/box||g')
        echo "The file of the zone $name is not sound, and the next start of the server will find out: $first"
        exit 1
    fi
    written=$(grep -oE 'loaded serial [0-9]+' <<<"$said" | grep -oE '[0-9]+')
    served=$(dig +short +time=2 +tries=2 @127.0.0.1 "$name" SOA 2>/dev/null | awk '{ print $3 }')
    if [ "$written" != "$served" ]; then
        echo "The zone $name is served in edition ${served:-none}, and its file has edition $written: after a restart the answers are others."
        exit 1
    fi
    twice=$(named-checkzone -D "$name" "$file" 2>/dev/null |
        grep -oE '[A-Za-z0-9-]+\.harbourline\.internal\.(harbourline\.internal|40\.10\.in-addr\.arpa)\.' | head -n 1)
    if [ -n "$twice" ]; then
        echo "In the zone $name there is a name that ends twice: $twice"
        exit 1
    fi
done
open=$(find /box/etc/bind ! -type l -perm -0002 -print -quit 2>/dev/null)
if [ -n "$open" ]; then
    echo "Everybody may now write to ${open#/box}. Nothing here needed wider rights."
    exit 1
fi
echo "Both files are sound, and are what is served."
