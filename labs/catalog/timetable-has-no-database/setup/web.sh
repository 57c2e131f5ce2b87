#!/bin/bash
set -euo pipefail
host=db port=5432
case $SLIP in
"old machine's name") host=dbold ;;
"old machine's port") port=5433 ;;
esac
cat >/etc/timetable.conf <<CONF
# Read when timetable.service starts.
DB_HOST=$host
DB_PORT=$port
DB_NAME=timetable
DB_USER=timetable
DB_PASSWORD=tide-and-time
CONF
chown root:timetable /etc/timetable.conf
chmod 0640 /etc/timetable.conf
usermod --append --groups timetable engineer
systemctl enable --quiet --now timetable.service
