#!/bin/bash
# Keeps the newest releases of the site and removes the rest. By hand, now and then: tidy-releases [FOLDER [HOW-MANY]]
set -euo pipefail

releases=${1:-/srv/www/releases}
keep=${2:-4}
now=$(readlink -f /srv/www/current)

find "$releases" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | cut -d ' ' -f 2- \
    | tail -n "+$((keep + 1))" | while read -r old; do
    if [ "$old" != "$now" ]; then
        echo "removing $old"
        rm -rf -- "$old"
    fi
done
