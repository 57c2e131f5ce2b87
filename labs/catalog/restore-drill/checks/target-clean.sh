#!/bin/bash
# Beside the box.
ask() {
    timeout 5 setpriv --reuid=postgres --regid=postgres --clear-groups psql -h /box/run/postgresql -U postgres -d "$1" -AtqX -c "$2" 2>/dev/null
}
more=$(ask postgres "select string_agg(datname, ', ') from pg_database where datname not in ('postgres', 'template0', 'template1', 'bookings')") || {
    echo "The database on db1-stage does not answer."
    exit 1
}
if [ -n "$more" ]; then
    echo "On db1-stage there is still a database with real passengers: $more"
    exit 1
fi
if [ "$(ask postgres "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where relkind = 'r' and nspname not like 'pg\_%' and nspname <> 'information_schema'")" != 0 ]; then
    echo "In the database postgres there are tables that do not belong there."
    exit 1
fi
for place in tmp var/tmp dev/shm run home root srv opt mnt media var/backups; do
    [ -d "/box/$place" ] || continue
    while IFS= read -r -d '' file; do
        if [ "$(head -c 5 "$file" | tr -d '\0')" = PGDMP ] || grep -qa 'islandpost\.example' "$file"; then
            echo "Passengers' data is still lying on db1-stage, at ${file#/box}."
            exit 1
        fi
    done < <(find "/box/$place" -xdev -type f -size -40000k -print0 2>/dev/null)
done
echo "Nothing of what was restored is left on db1-stage."
