#!/bin/bash
# Beside the box.
seen=$(timeout 5 setpriv --reuid=postgres --regid=postgres --clear-groups \
    psql -h /box/run/postgresql -U postgres -d bookings -AtqX -c "
    select (select count(*) from generate_series(1, 240) n
        join bookings b on b.reference = 'HB-' || 70000 + n and b.sailing = 1 + n % 6 and b.passenger = 'passenger ' || n)
        || ' ' || (select count(*) from sailings where id between 1 and 6)" 2>/dev/null)
if [ "$seen" = "240 6" ]; then
    echo "All earlier bookings and all six sailings are there."
    exit 0
fi
echo "240 earlier bookings and 6 sailings were there; now it is: ${seen:-no answer}. Nothing in this fault asks for a change of the data."
exit 1
