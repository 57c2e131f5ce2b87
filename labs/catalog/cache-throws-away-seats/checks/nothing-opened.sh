#!/bin/bash
# Beside the box.
open=$(find /box/etc/redis /box/etc/harbourline /box/etc/systemd /box/srv /box/var/lib/redis /box/var/lib/seat-holds /box/usr/lib/harbourline \
    ! -type l -perm -0002 -print -quit 2>/dev/null)
if [ -n "$open" ]; then
    echo "Everybody may now write to ${open#/box}. Nothing here needed wider rights to work."
    exit 1
fi
if grep -qsE '^[[:space:]]*protected-mode[[:space:]]+no' /box/etc/redis/redis.conf; then
    echo "The cache no longer turns strangers away."
    exit 1
fi
echo "Rights are as narrow as they were."
