#!/bin/bash
# In the box: starts the unit as the timer does, and looks what came of it.
cd /
snapshots=/srv/restic/nightly/snapshots
if [ "$(systemctl is-enabled backup-nightly.timer 2>/dev/null)" != enabled ] || ! systemctl is-active --quiet backup-nightly.timer; then
    echo "The timer of the nightly backup is not set any more: nothing would start it tonight."
    exit 1
fi
before=$(ls $snapshots | grep -cE '^[0-9a-f]{64}$')
if ! timeout 25 systemctl start backup-nightly.service 2>/dev/null; then
    systemctl stop backup-nightly.service 2>/dev/null
    echo "Started as the timer starts it, the nightly backup still fails. Its log says why, and it may not be the reason of last time."
    exit 1
fi
after=$(ls $snapshots | grep -cE '^[0-9a-f]{64}$')
if [ "$after" -le "$before" ]; then
    echo "The unit says that all went well, and no snapshot was added. Something in it no longer does its work."
    exit 1
fi
strange=$(find /srv/restic/nightly -type f ! -user restic -print -quit)
if [ -n "$strange" ]; then
    echo "A file of the repository belongs to somebody else than restic: $strange. The next run stumbles over it."
    exit 1
fi
echo "Started as the timer starts it, the nightly backup adds a snapshot."
