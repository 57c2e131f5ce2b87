#!/bin/bash
set -uo pipefail
readonly main=/etc/postgresql/15/main

# It listens, but to whom? And whom does it let in?
sudo ss -tlnp
sudo grep -v '^#' $main/pg_hba.conf

sudo cp -a $main /var/backups/postgresql-main.before
sudo sed -i "s/^listen_addresses = .*/listen_addresses = '*'/" $main/postgresql.conf # key
sudo sed -i 's/^\(host *timetable *timetable *\)webold /\1web /' $main/pg_hba.conf
sudo systemctl restart postgresql@15-main # key

# As a visitor sees it.
for _ in {1..20}; do
    curl -fsS -o /dev/null http://web/ && exit
    sleep 0.5
done
curl -i http://web/
exit 1
