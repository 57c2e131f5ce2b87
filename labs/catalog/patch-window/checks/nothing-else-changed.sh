#!/bin/bash
# Beside the box: reads dpkg's own record. What is on hold is as it was and still on hold; what the change does not name is as it was.
status() { awk -v RS= -v name="$1" '$0 ~ "(^|\n)Package: " name "\n"' /box/var/lib/dpkg/status | sed -n "s/^$2: //p"; }
if [ "$(status "$HELD" Version)" != 1.2.0-1 ]; then
    echo "$HELD was on hold for a reason, and is now at $(status "$HELD" Version | grep . || echo "no version"). HOLDS.md says what happens with it."
    exit 1
fi
if [ "$(status "$HELD" Status)" != "hold ok installed" ]; then
    echo "$HELD is no longer on hold. A hold is taken back by a change of its own."
    exit 1
fi
for name in receipt-printers card-terminals gate-readers boarding-sync berth-relay; do
    case $name in boarding-sync | berth-relay) version=4.4.0-1 ;; *) version=1.2.0-1 ;; esac
    if [ "$(status "$name" Version)" != "$version" ] || [[ $(status "$name" Status) != *" ok installed" ]]; then
        echo "$name is not at $version any more. The change does not name it: whoever looks after it does not expect that tonight."
        exit 1
    fi
done
echo "What is on hold is on hold, and nothing was changed besides."
