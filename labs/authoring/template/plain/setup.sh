#!/bin/bash
# Breaks the box, as root, before the learner gets in. What is drawn comes in the environment.
set -euo pipefail

mkdir -p /srv/lists
for harbour in Sandvik Norhaven Kelpness Ostrand; do
    printf 'Sailings from %s\n05:40\n07:15\n09:30\n' "$harbour" >"/srv/lists/$harbour.txt"
done
chmod 0644 /srv/lists/*.txt
chmod "$MODE" "/srv/lists/$HARBOUR.txt"
