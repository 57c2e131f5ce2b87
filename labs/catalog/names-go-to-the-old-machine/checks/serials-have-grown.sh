#!/bin/bash
# Beside ns1. The harbours' name servers go by the serial, and compare it as RFC 1982 says: without a higher one they fetch nothing.
serial() { dig +short +time=2 +tries=2 @127.0.0.1 "$1" SOA 2>/dev/null | awk '{ print $3 }'; }
grown() { # ZONE BEFORE LEAST
    local now growth
    now=$(serial "$1")
    if [[ ! $now =~ ^[0-9]+$ ]]; then
        echo "The name server does not answer for the zone $1."
        exit 1
    fi
    growth=$(((now - $2) & 0xffffffff))
    if [ "$growth" -lt "$3" ] || [ "$growth" -ge $((1 << 31)) ]; then
        echo "The zone $1 is served with the serial $now, and was with $2. The harbours' name servers compare just that, and fetch nothing."
        exit 1
    fi
}
least=1
[ "$SLIP" != 'a line in a file of app1' ] || least=0 # nothing was wrong in that zone
grown harbourline.internal "$SERIAL" $least
grown 40.10.in-addr.arpa "$REVERSE_SERIAL" 1
echo "The serials have grown: the harbours will have the new edition within ten minutes."
