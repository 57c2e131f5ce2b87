#!/bin/bash
# Beside the box. From the batch that was under way at the beginning on, each is settled, and one is at work: none was broken off.
ask() {
    timeout 5 setpriv --reuid=postgres --regid=postgres --clear-groups \
        psql -h /box/run/postgresql -U postgres -d bookings -AtqX -F ' ' -c "$1" 2>/dev/null
}
for _ in {1..8}; do
    read -r now lost < <(ask "
        with at_work as (select max(substring(application_name from '^payments batch ([0-9]+)$')::int) as batch from pg_stat_activity
            where usename = 'payments' and xact_start is not null)
        select coalesce(batch, 0), coalesce((select min(n) from generate_series($BATCH, coalesce(batch, $BATCH + 1) - 1) n
            where not exists (select from settlements s where s.batch = n)), 0) from at_work") || now=
    # Between two batches there is a moment without any.
    if [ "${now:-0}" -ge "$BATCH" ] && [ "$lost" = 0 ]; then
        echo "Batch $now of the payments is at work, and none was broken off."
        exit 0
    fi
    sleep 0.5
done
if [ -z "$now" ]; then
    echo "The database did not say what became of the payments."
elif [ "$lost" != 0 ]; then
    echo "Batch $lost of the payments was broken off. Its session waited in an open transaction, and nobody waited for it."
else
    echo "No batch of the payments is at work any more. They have no part in this, and go on while you look."
fi
exit 1
