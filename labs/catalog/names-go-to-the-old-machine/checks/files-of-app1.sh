#!/bin/bash
# Beside app1. No file of the machine may stand in for the name server; what belongs in those files stays.
hosts=/box/etc/hosts
named=$(sed 's/#.*//' $hosts /box/etc/harbourline/hosts.d/*.hosts 2>/dev/null |
    awk -v moved="$MOVED" '{ for (n = 2; n <= NF; n++) if (tolower($n) ~ "^" moved "([.-]|$)" && tolower($n) !~ "^" moved "-old([.]|$)") { print $n; exit } }')
if [ -n "$named" ]; then
    echo "A file of app1 says where $named is. It is right or wrong for as long as nobody moves anything, and then somebody searches for a day."
    exit 1
fi
for printer in 15:label-printer1 16:label-printer2; do
    if ! sed 's/#.*//' $hosts | awk -v name="${printer#*:}" -v address="10.40.20.${printer%%:*}" \
        '$1 == address { for (n = 2; n <= NF; n++) if ($n == name) found = 1 } END { exit !found }'; then
        echo "app1 has lost the name ${printer#*:}, which it knows from its own file alone. The counters print their labels there."
        exit 1
    fi
done
if ! grep -qE '^hosts:.*\<files\>.*\<dns\>' /box/etc/nsswitch.conf; then
    echo "app1 no longer asks its files and then the name server (nsswitch.conf). That was never the fault."
    exit 1
fi
echo "app1 asks the name server, and has its own names besides."
