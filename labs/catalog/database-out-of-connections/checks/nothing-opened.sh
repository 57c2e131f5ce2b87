#!/bin/bash
# Beside the box.
open=$(find /box/etc/harbourline /box/etc/systemd /box/etc/default /box/usr/lib/harbourline /box/var/lib/payments ! -type l -perm -0002 -print -quit 2>/dev/null)
if [ -n "$open" ]; then
    echo "Everybody may now write to ${open#/box}. Nothing here needed wider rights to work."
    exit 1
fi
read_by_all=$(find /box/etc/harbourline/secrets -type f -perm -0004 -print -quit 2>/dev/null)
if [ -n "$read_by_all" ]; then
    echo "Everybody may now read ${read_by_all#/box}, which is a password."
    exit 1
fi
echo "Rights are as narrow as they were."
