#!/bin/bash
# Beside the box: each worker writes down its round, at least once a second.
ask() {
    timeout 5 setpriv --reuid=postgres --regid=postgres --clear-groups \
        psql -h /box/run/postgresql -U postgres -d bookings -AtqX -c "$1" 2>/dev/null
}
for _ in {1..10}; do
    missing=$(ask "select string_agg(name, ' and ') from unnest(array['seat-allocator', 'fare-quoter', 'boarding-sync']) name
        where not exists (select from worker_rounds where worker = name and at > clock_timestamp() - interval '3 seconds')") || missing='(the database does not answer)'
    if [ -z "$missing" ]; then
        echo "All three workers do their rounds."
        exit 0
    fi
    sleep 0.5
done
echo "No finished round can be seen of: $missing. The counters need all three workers, and a round counts when it is committed."
exit 1
