#!/bin/bash
# Beside the box. Passes when no file of the site can be written by everyone and nginx's workers are www-data's.
open=$(find /box/etc/nginx /box/etc/systemd /box/etc/default /box/srv /box/usr/lib/harbourline ! -type l -perm -0002 -print -quit 2>/dev/null)
if [ -n "$open" ]; then
    echo "Everybody may now write to ${open#/box}. Nothing here needed wider rights to work."
    exit 1
fi
if grep -rhsE '^[[:space:]]*user[[:space:]]' /box/etc/nginx/nginx.conf /box/etc/nginx/conf.d /box/etc/nginx/modules-enabled | grep -qvE 'user[[:space:]]+www-data[[:space:];]'; then
    echo "nginx's workers no longer run as www-data. A web server should not have more rights than it needs."
    exit 1
fi
echo "Rights are as narrow as they were."
