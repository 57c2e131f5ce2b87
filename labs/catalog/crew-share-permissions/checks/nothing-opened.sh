#!/bin/bash
# Beside the box.
open=$(find /box/srv /box/etc /box/home /box/usr/lib/harbourline ! -type l -perm -0002 -print -quit 2>/dev/null)
if [ -n "$open" ]; then
    echo "Everybody may now write to ${open#/box}. Two crews are not everybody."
    exit 1
fi
if [ -n "$(find /box/srv /box/home -type f \( -perm -4000 -o -perm -2000 \) -print -quit 2>/dev/null)" ]; then
    echo "A note now runs with somebody else's rights, if it is run: setgid belongs on folders, not on files."
    exit 1
fi
echo "Nothing is open to everyone."
