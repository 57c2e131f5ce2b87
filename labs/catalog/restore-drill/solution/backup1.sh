#!/bin/bash
# From the archive into a database of the drill's own, compared line by line with the manifest, and gone again.
set -uo pipefail
cd /
readonly dir=/srv/drills/DR-$DRILL
readonly report=$dir/report.md
readonly database=drill_dr$DRILL
readonly tables="sailings passengers reservations payments"
export PGHOST=db1-stage PGUSER=drill
archive() { sudo -u restic restic --repo /srv/restic/archive --password-file /var/lib/vault-agent/restic "$@"; }

# What was there on that evening, what is in the archive, what is on the target already?
cat "/srv/manifests/bookings-$DAY.manifest"
archive snapshots --tag db1
psql -d postgres -l
id=$(archive snapshots --tag db1 | awk -v day="$DAY" '$2 == day && $3 > "20:00" { print $1 }')
began=$(date +%s)

# Into a directory that only we can read, and never /tmp.
mkdir -m 2770 "$dir/restored"
archive restore "$id" --target "$dir/restored" || exit 1
dump=$dir/restored/srv/pull/db1/bookings.dump
sum=$(sha256sum "$dump" | cut -d ' ' -f 1)
grep "^dump sha256=$sum\$" "/srv/manifests/bookings-$DAY.manifest" || echo "the dump itself is another file than the one in the manifest"

# Into a database of its own. The testers' is called as the one in the dump: so the target is named, and nothing is created or cleaned by name.
createdb "$database" || exit 1
pg_restore --dbname "$database" --no-owner --exit-on-error "$dump" || exit 1 # key

# Count, sum, compare.
differs=
lines=
for table in $tables; do
    rows=$(psql -XAtq -d "$database" -c "select count(*) from $table")
    checksum=$(psql -XAtq -d "$database" -c "copy (select * from $table order by id) to stdout" | sha256sum | cut -d ' ' -f 1)
    lines+="$table: $rows $checksum"$'\n' # key
    grep -qx "$table rows=$rows sha256=$checksum" "/srv/manifests/bookings-$DAY.manifest" || differs+="$table "
done
seconds=$(($(date +%s) - began))
[ "$seconds" -gt 0 ] || seconds=1

# Clean up, and look that it is so.
dropdb "$database" # key
sudo rm -r "$dir/restored" # key
psql -d postgres -l
ls -la "$dir"

{
    echo "# Restore drill DR-$DRILL"
    echo
    echo "bookings, the evening of $DAY"
    echo
    echo "snapshot: $id" # key
    echo "target: db1-stage, database $database"
    echo "dump_sha256: $sum"
    printf '%s' "$lines"
    echo "differs: ${differs:-none}" # key
    echo "seconds: $seconds"
    echo "cleaned_up: yes, database dropped and restored files removed"
    if [ -n "$differs" ]; then
        echo "verdict: the copy can be restored, but it does not hold what the manifest says of ${differs% }; Tomas is asked to look into it"
    else
        echo "verdict: the copy can be restored and is whole"
    fi
} >"$report"
cat "$report"
