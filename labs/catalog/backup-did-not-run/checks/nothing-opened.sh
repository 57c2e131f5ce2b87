#!/bin/bash
# Beside the box.
open=$(find /box/srv /box/etc/harbourline /box/etc/systemd /box/usr/lib/harbourline /box/var/lib/restic /box/var/lib/vault-agent /box/var/log/harbourline \
    ! -type l -perm -0002 -print -quit 2>/dev/null)
if [ -n "$open" ]; then
    echo "Everybody may now write to ${open#/box}. Nothing here needed wider rights to work."
    exit 1
fi
read_by_all=$(find /box/srv/restic/nightly /box/srv/pull -type f -perm -0004 -print -quit 2>/dev/null)
if [ -n "$read_by_all" ]; then
    echo "Everybody may now read ${read_by_all#/box}."
    exit 1
fi
if grep -rhsE '^[[:space:]]*User[[:space:]]*=[[:space:]]*(root|0)[[:space:]]*$' /box/etc/systemd/system/backup-nightly.service /box/etc/systemd/system/backup-nightly.service.d >/dev/null; then
    echo "The nightly backup now runs as root. It has an account of its own for good reasons."
    exit 1
fi
echo "Rights are as narrow as they were."
