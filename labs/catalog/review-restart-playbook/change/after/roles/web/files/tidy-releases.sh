#!/bin/bash
# Keeps the newest releases of the site and removes the rest. The role calls it: tidy-releases [FOLDER [HOW-MANY]]
set -euo pipefail

releases=${1:-/srv/www/releases}
keep=${2:-4}
now=$(readlink -f /srv/www/current)

work=$(mktemp -d)
trap 'rm -rf -- "${work:?}"' EXIT

find "$releases" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | cut -d ' ' -f 2- > "$work/all"
tail -n "+$((keep + 1))" "$work/all" > "$work/old"

while read -r old; do
    if [ "$old" != "$now" ]; then
        echo "removing $old"
        rm -rf $old
    fi
done < "$work/old"
