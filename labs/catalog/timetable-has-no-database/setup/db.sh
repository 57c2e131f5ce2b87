#!/bin/bash
set -euo pipefail
readonly main=/etc/postgresql/15/main
client=web
[ "$SLIP" != "rule for the old web server" ] || client=webold
cat >$main/pg_hba.conf <<HBA
# Who may come in. The first line that fits decides.
local  all        postgres                 peer
local  all        all                      peer
host   all        all        127.0.0.1/32  scram-sha-256
host   timetable  timetable  $client         scram-sha-256
HBA
sed -i "s/^#\?listen_addresses = .*/listen_addresses = 'localhost'/" $main/postgresql.conf
grep -q "^listen_addresses = 'localhost'" $main/postgresql.conf
systemctl restart postgresql@15-main.service
runuser -u postgres -- psql --quiet --dbname timetable --command "update departures set quay = $QUAY where ferry = '$FERRY'"
