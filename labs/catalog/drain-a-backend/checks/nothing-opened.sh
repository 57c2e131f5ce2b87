#!/bin/bash
# Beside lb1.
open=$(find /box/etc/haproxy /box/etc/default/haproxy /box/etc/systemd /box/run/haproxy /box/usr/lib/harbourline ! -type l -perm -0002 -print -quit 2>/dev/null)
if [ -n "$open" ]; then
    echo "Everybody on lb1 may now write to ${open#/box}. Who can do that can take machines out of the balance."
    exit 1
fi
# Does HAProxy take orders from the network, too?
while read -r address; do
    [ "${address##*:}" != 80 ] || continue
    host=${address%:*}
    case $host in '*' | 0.0.0.0 | '[::]') host=127.0.0.1 ;; esac
    if timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1" && echo "show info" >&3 && grep -q "^Name: HAProxy" <&3' "$host" "${address##*:}" 2>/dev/null; then
        echo "HAProxy now takes orders on port ${address##*:}, from whoever reaches it. Its socket is for root alone."
        exit 1
    fi
done < <(ss -Htln | awk '{ print $4 }')
echo "Rights are as narrow as they were."
