#!/bin/bash
# Breaks the box, as root, before the learner gets in. What is drawn comes in the environment.
set -euo pipefail

mkdir -p "/srv/$FOLDER" "/srv/old-$FOLDER"
printf 'Notices for %s\n\nThe lift at quay 2 is being repaired.\n' "$HARBOUR" >"/srv/$FOLDER/today.txt"
cat >/etc/systemd/system/notices.service <<UNIT
[Unit]
Description=Notices of the harbours

[Service]
User=www-data
ExecStart=/usr/bin/python3 -m http.server 8080 --directory /srv/old-$FOLDER

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --quiet --now notices.service

# The learner finds it running, not starting.
for _ in {1..200}; do
    if curl -s -o /dev/null http://127.0.0.1:8080/; then exit 0; fi
    sleep 0.05
done
echo "the notices' server does not answer after ten seconds" >&2
exit 1
