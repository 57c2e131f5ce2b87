#!/bin/bash
# The reference solution, as the learner would work: the lab's own test. It must show each expected signal and no forbidden one.
set -euo pipefail
readonly unit=/etc/systemd/system/notices.service

systemctl status notices --no-pager
systemctl cat notices --no-pager
ls -l /srv /srv/*

folder=$(dirname /srv/*/today.txt)
sudo cp -a $unit /var/backups/notices.service.before
sudo sed -i "s|--directory .*|--directory $folder|" $unit # key
sudo systemctl daemon-reload
sudo systemctl restart notices # key

for _ in {1..50}; do
    if curl -fs http://127.0.0.1:8080/today.txt; then exit 0; fi
    sleep 0.1
done
exit 1
