#!/bin/bash
# From the users towards the data, one step at a time.
set -uo pipefail
curl -s http://127.0.0.1/
journalctl -u timetable -n 20 --no-pager
grep -v PASSWORD /etc/timetable.conf
nc -zv -w 3 db 5432

# Where does the page look for its database?
sudo cp -a /etc/timetable.conf /var/backups/timetable.conf.before
sudo sed -i -e 's/^DB_HOST=.*/DB_HOST=db/' -e 's/^DB_PORT=.*/DB_PORT=5432/' /etc/timetable.conf # key
sudo diff /var/backups/timetable.conf.before /etc/timetable.conf
sudo systemctl restart timetable
