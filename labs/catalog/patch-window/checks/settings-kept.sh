#!/bin/bash
# Beside the box. The settings that are this machine's own are still in the file, and only root may write it.
conf=/box/etc/harbourline/$CONF_SERVICE.conf
value() { sed -n "s/^$1[ ]*=[ ]*//p" "$conf" 2>/dev/null | sed 's/[ ]*#.*//' | tail -n 1; }
if [ "$(value harbour)" != "$HARBOUR" ] || [ "$(value store)" != /srv/counters ] || [ "$(value seal)" != on ]; then
    echo "${conf#/box} no longer holds what this machine needs there. Two sides had changed it; whose is whose?"
    exit 1
fi
if [ -e "/box/srv/stores/$CONF_SERVICE" ]; then
    echo "There is a store of $CONF_SERVICE in the new place now. The auditors know the records in the old one."
    exit 1
fi
if [ "$(wc -l </box/srv/counters/records)" != $((180 + 3 * ${#CONF_SERVICE})) ]; then
    echo "The records in /srv/counters are not what they were."
    exit 1
fi
open=$(find /box/etc/harbourline /box/etc/apt /box/srv/repo /box/srv/counters /box/usr/lib/harbourline ! -type l -perm -0002 -print -quit 2>/dev/null)
if [ -n "$open" ]; then
    echo "Everybody may now write to ${open#/box}. Nothing here needed wider rights to work."
    exit 1
fi
echo "The settings of this machine are still its own."
