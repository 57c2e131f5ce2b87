#!/bin/bash
# Who is connected, from where, since when, and does anybody wait for anybody? Nothing is changed here.
set -uo pipefail
cd /

# Three connections are kept for people like us: this works even now.
sudo -u postgres psql -c "show max_connections" -c "show superuser_reserved_connections"
sudo -u postgres psql -c "
    select usename, application_name, client_addr, count(*), count(*) filter (where wait_event_type = 'Lock') as waiting,
        min(backend_start)::time(0) as first_since, min(xact_start)::time(0) as oldest_transaction
    from pg_stat_activity where backend_type = 'client backend' group by 1, 2, 3 order by 4 desc" || exit 1

# Whose transaction do others wait for, that does not wait itself? Not every old transaction is in somebody's way.
sudo -u postgres psql -d bookings -c "
    select holder.pid, holder.usename, holder.application_name, holder.state, now() - holder.xact_start as open_for, count(*) as they_wait
    from pg_stat_activity waiting, unnest(pg_blocking_pids(waiting.pid)) blocker
    join pg_stat_activity holder on holder.pid = blocker and holder.wait_event_type is distinct from 'Lock'
    group by 1, 2, 3, 4, 5 order by 6 desc" || exit 1

sudo tail -n 5 /var/log/postgresql/postgresql-15-main.log
