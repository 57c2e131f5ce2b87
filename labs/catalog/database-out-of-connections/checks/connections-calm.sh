#!/bin/bash
# Beside the box: looks at the sessions again and again, until all is calm for a while, or for ten seconds.
ask() {
    timeout 5 setpriv --reuid=postgres --regid=postgres --clear-groups \
        psql -h /box/run/postgresql -U postgres -d bookings -AtqX -F ' ' -c "$1" 2>/dev/null
}
# The most of one worker's account, all of them, who waits for a lock, workers whose transaction does not end, workers at work
# for some seconds, programs that use a worker's account and are none of the three. The budget is 4 for each worker; a rush may take a little more for a moment.
readonly look="
    with s as (select * from pg_stat_activity where backend_type = 'client backend' and usename <> 'postgres'),
        w as (select * from s where usename in ('seat_allocator', 'fare_quoter', 'boarding_sync'))
    select coalesce((select max(n) from (select count(*) n from w group by usename) c), 0),
        (select count(*) from s),
        (select count(*) from s where wait_event_type = 'Lock' and clock_timestamp() - query_start > interval '2 seconds'),
        (select count(*) from w where clock_timestamp() - xact_start > interval '8 seconds'),
        (select count(*) from worker_rounds where worker in ('seat-allocator', 'fare-quoter', 'boarding-sync')
            and at > clock_timestamp() - interval '3 seconds' and at > started + interval '4 seconds'),
        (select count(*) from w where application_name not in ('seat-allocator', 'fare-quoter', 'boarding-sync', ''))"
calm=0 most=0 all=0 waiting=0 open=0 working=0 others=0
for _ in {1..16}; do
    if ! read -r most all waiting open working others < <(ask "$look"); then
        echo "The database did not answer while its sessions were to be counted."
        exit 1
    fi
    if [ "$most" -le 6 ] && [ "$all" -le 15 ] && [ "$waiting" = 0 ] && [ "$open" = 0 ] && [ "$working" = 3 ] && [ "$others" = 0 ]; then
        calm=$((calm + 1))
        if [ "$calm" -ge 4 ]; then
            echo "The sessions are calm: $all in all, at most $most of one worker."
            exit 0
        fi
    else
        calm=0
    fi
    sleep 0.6
done
if [ "$most" -gt 6 ]; then
    echo "One worker's account holds $most connections by itself. Which program opens them, and what tells it to keep so many?"
elif [ "$others" -gt 0 ]; then
    echo "A worker's account is used by a second program as well. The runbook says how often each worker runs."
elif [ "$open" -gt 0 ]; then
    echo "A worker's transaction has been open for a while and does not end. What does it hold, and why is it not committed?"
elif [ "$waiting" -gt 0 ]; then
    echo "$waiting sessions wait for a lock. PostgreSQL can say which session holds it."
elif [ "$working" -lt 3 ]; then
    echo "Not all three workers have been doing their rounds for some seconds. Do they run, and what do they log?"
else
    echo "$all connections are open, which leaves too few for a busy morning. Who has them?"
fi
exit 1
