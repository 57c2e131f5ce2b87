#!/bin/bash
# Beside app1, in its network: asks the name server itself, past all files of app1.
server=$(cat /etc/hosts /box/etc/hosts 2>/dev/null | awk '$2 == "ns1" { print $1; exit }')
if [ -z "$server" ]; then
    echo "app1 does not know ns1 any more: the line about it in /etc/hosts is gone."
    exit 1
fi
ask() { dig +short +time=2 +tries=2 @"$server" "$@" 2>/dev/null; }
for name in "$MOVED" "$MOVED-$ALIAS"; do
    seen=$(ask "$name.harbourline.internal" A | grep -E '^[0-9.]+$' | sort -u | xargs)
    if [ "$seen" != "10.40.7.$NEW_HOST" ]; then
        echo "The name server says that $name.harbourline.internal is ${seen:-nowhere}."
        exit 1
    fi
done
seen=$(ask -x "10.40.7.$NEW_HOST" PTR | sort -u | xargs)
if [ "$seen" != "$MOVED.harbourline.internal." ]; then
    echo "Asked backwards, the name server calls 10.40.7.$NEW_HOST: ${seen:-nothing at all} Look at that name up to its last character."
    exit 1
fi
seen=$(ask -x "10.40.3.$OLD_HOST" PTR | sort -u | xargs)
if grep -qiE "(^| )$MOVED\.harbourline\.internal\.( |$)" <<<"$seen"; then
    echo "Asked backwards, the old machine at 10.40.3.$OLD_HOST still goes by the name of the new one. Its own is in the ticket."
    exit 1
fi
echo "The name server answers right, forwards and backwards."
