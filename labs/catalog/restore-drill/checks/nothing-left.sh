#!/bin/bash
# Beside the box. Dumps are known by how they begin, passengers by their mail. What is in the archive is in its place.
for place in tmp var/tmp dev/shm run home root srv opt mnt media var/backups var/lib/restic var/lib/harbourline; do
    [ -d "/box/$place" ] || continue
    while IFS= read -r -d '' file; do
        if [ "$(head -c 5 "$file" | tr -d '\0')" = PGDMP ] || grep -qa 'islandpost\.example' "$file"; then
            echo "Passengers' data is still lying at ${file#/box}. A drill leaves a report, and nothing else."
            exit 1
        fi
    done < <(find "/box/$place" -xdev -path /box/srv/restic/archive -prune -o -path '*/.cache/restic' -prune -o \
        -type f -size -40000k -print0 2>/dev/null)
done
open=$(find /box/srv /box/etc/harbourline /box/home/engineer ! -type l -perm -0002 -print -quit 2>/dev/null)
if [ -n "$open" ]; then
    echo "Everybody may now write to ${open#/box}. Nothing here needed wider rights to work."
    exit 1
fi
echo "Nothing of what was restored is left on backup1."
