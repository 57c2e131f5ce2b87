#!/bin/bash
# Read the change and what holds it back, look at the state before, stay in the ring, patch just what is named, restart what uses it.
set -uo pipefail
readonly record=/srv/changes/CHG-$CHANGE.md
readonly services=(booking-desk fare-quoter seat-allocator boarding-sync berth-relay)

health() {
    for port in $(sudo ss -Htln | awk '{ print $4 }' | grep -o '80[0-9][0-9]$' | sort -u); do
        curl -s "http://127.0.0.1:$port/health"
    done
}
# Fills a part of the record: what stands in brackets under the heading is replaced.
fill() {
    python3 - "$record" "$1" "$2" <<'PYTHON'
import re, sys
path, heading, text = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    old = file.read()
new = re.sub(rf"(## {heading}\n\n)\([^)]*\)", lambda found: found[1] + text, old)
with open(path, "w", encoding="utf-8") as file:
    file.write(new)
PYTHON
}

cat "$record" /etc/harbourline/HOLDS.md
apt-mark showhold
listed=$(sed -n 's/^- \([a-z-]*\)$/\1/p' "$record")
patch=$(grep -vxFf <(apt-mark showhold) <<<"$listed")
held=$(grep -xFf <(apt-mark showhold) <<<"$listed")

# The state before: versions, health, and where the next versions would come from.
# shellcheck disable=SC2086 # a list of packages
dpkg -l $listed
# shellcheck disable=SC2086
before=$(dpkg-query -W -f '${Package} ${Version}\n' $listed; health)
echo "$before"
# shellcheck disable=SC2086
apt-cache policy $listed
cat /etc/apt/sources.list.d/*.list
cat /etc/apt/preferences.d/* 2>/dev/null
fill Before "$before" # key

# ring1 has been left behind here and wins, because its versions are higher. It may stay to look at, and is never chosen.
draft=$(mktemp)
cat >"$draft" <<'PINS'
# app1 is prod and follows ring2. Nothing comes from another ring unless it is asked for by name.
Package: *
Pin: release n=ring2
Pin-Priority: 900

Package: *
Pin: release n=ring1
Pin-Priority: 100
PINS
sudo install -o root -g root -m 0644 "$draft" /etc/apt/preferences.d/harbourline # key
rm "$draft"
sudo apt-get -q update || exit 1
# shellcheck disable=SC2086
apt-get -s install --only-upgrade $patch || exit 1

# A copy of the settings, then just these packages. Where both sides changed a file, ours stays.
sudo cp -a /etc/harbourline /var/backups/harbourline.before
# shellcheck disable=SC2086
sudo DEBIAN_FRONTEND=noninteractive apt-get install -y --only-upgrade -o Dpkg::Options::=--force-confold $patch || exit 1 # key
sudo find /etc/harbourline -name '*.dpkg-*'
for new in /etc/harbourline/*.dpkg-dist; do diff "${new%.dpkg-dist}" "$new"; done

# Who still works with what is gone from the disk? Those, one after the other, and each looked at.
sudo lsof -nP +c0 2>/dev/null | grep 'harbourline.*(deleted)'
restarted=()
for service in "${services[@]}"; do
    pid=$(systemctl show -P MainPID "$service")
    if [[ $(sudo ls -l "/proc/$pid/fd") == *harbourline*'(deleted)'* ]]; then
        sudo systemctl restart "$service" || exit 1 # key
        systemctl is-active "$service"
        restarted+=("$service")
    fi
done

# The state after, and the record.
sudo lsof -nP +c0 2>/dev/null | grep 'harbourline.*(deleted)'
health
# shellcheck disable=SC2086
after=$(dpkg-query -W -f '${Package} ${Version}\n' $listed; echo "restarted: ${restarted[*]}"; health)
fill After "$after" # key
fill 'Left out' "$held: on hold, see HOLDS.md ($(sed -n "s/^| $held | \([^|]*\) | \([^|]*\) |.*/\1: \2/p" /etc/harbourline/HOLDS.md)). Needs a change of its own." # key
cat "$record"
apt-mark showhold
# shellcheck disable=SC2086
apt-cache policy $patch | grep -E '^[a-z]|Installed|Candidate'
