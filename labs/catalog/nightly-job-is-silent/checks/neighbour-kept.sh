#!/bin/bash
# Beside the box. The other job, wherever its schedule now is.
shopt -s nullglob
kept() {
    echo "The other job still has its schedule."
    exit 0
}
if grep -qsE '^[[:space:]]*[^#[:space:]].*release-holds' /box/etc/crontab /box/etc/cron.d/* /box/var/spool/cron/crontabs/*; then kept; fi
for service in /box/etc/systemd/system/*.service; do
    grep -qsE '^Exec.*release-holds' "$service" || continue
    name=${service##*/}
    for timer in /box/etc/systemd/system/timers.target.wants/*; do
        if [ "${timer##*/}" = "${name%.service}.timer" ]; then kept; fi
    done
done
echo "release-holds has lost its schedule: seats that nobody bought stay held. It was not part of the fault."
exit 1
