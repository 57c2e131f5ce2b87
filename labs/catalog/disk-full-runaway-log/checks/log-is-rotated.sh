#!/bin/bash
# In the box: asks logrotate itself what it would look at.
if logrotate --debug /etc/logrotate.conf 2>&1 | grep -qxF "considering log /var/log/harbourline/$SERVICE/$SERVICE.log"; then
    echo "logrotate looks after the log."
else
    echo "logrotate does not know the log that ran away, so the next flood meets no limit either. \`logrotate --debug\` lists what it knows."
    exit 1
fi
