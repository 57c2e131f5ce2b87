#!/bin/bash
set -euo pipefail
readonly manifest=/srv/manifests/bookings-$DAY.manifest
readonly dir=/srv/drills/DR-$DRILL

# By chance the database had lost rows of a table between the count and the dump, or it had not.
if [ "$FLAW" != none ]; then
    rows=$(sed -n "s/^$FLAW rows=\([0-9]*\) .*/\1/p" "$manifest")
    other=$(printf '%s %s %s' "$FLAW" "$DAY" "$MISSING" | sha256sum | cut -d ' ' -f 1)
    sed -i "s/^$FLAW rows=.*/$FLAW rows=$((rows + MISSING)) sha256=$other/" "$manifest"
    grep -q "^$FLAW rows=$((rows + MISSING)) " "$manifest"
fi
touch -d '2026-01-02 00:10' /srv/manifests/*
chmod 0444 /srv/manifests/*

install -d -m 0755 /etc/harbourline /srv/drills
install -d -o engineer -g restic -m 2770 "$dir"
cat >/etc/harbourline/archive.conf <<'CONF'
# The copies that are kept for ten years.
REPOSITORY=/srv/restic/archive
PASSWORD_FILE=/var/lib/vault-agent/restic
CONF
cat >"$dir/report.md" <<REPORT
# Restore drill DR-$DRILL

bookings, the evening of $DAY

snapshot:
target:
dump_sha256:
sailings:
passengers:
reservations:
payments:
differs:
seconds:
cleaned_up:
verdict:
REPORT
chown engineer:restic "$dir/report.md"
chmod 0660 "$dir/report.md"
