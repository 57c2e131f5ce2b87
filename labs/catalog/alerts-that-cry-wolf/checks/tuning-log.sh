#!/bin/bash
# Beside the box. A line for each tuned alert that says more than that there was one.
log=/box/srv/monitoring/tuning-log.md
for alert in ServiceDown SpoolFillingUp QueueBacklog; do
    words=$(grep -h "$alert" "$log" 2>/dev/null | sed "s/$alert//g" | tr -s ' \t|:*-' '\n' | grep -cE '[[:alnum:]]{2}')
    if [ "${words:-0}" -lt 6 ]; then
        echo "The tuning log does not say yet what became of $alert and why. One line will do."
        exit 1
    fi
done
if ! grep -q DiskAlmostFull "$log"; then
    echo "An earlier entry of the tuning log is gone. A log is added to."
    exit 1
fi
echo "The tuning log has a line for each alert."
