#!/bin/bash
# In the box: only PostgreSQL itself can read its tables.
cd /
seen=$(runuser -u postgres -- psql -Atc "select count(*), count(*) filter (where quay = $QUAY and ferry = '$FERRY') > 0 from departures" timetable 2>&1)
if [ "$seen" = "9|t" ]; then
    echo "All nine departures are there."
    exit 0
fi
echo "Nine departures were there; now the table says: $seen"
exit 1
