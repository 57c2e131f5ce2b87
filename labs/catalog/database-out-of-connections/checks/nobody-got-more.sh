#!/bin/bash
# Beside the box. Superusers get the reserved connections, and whoever comes in without a password is nobody we know.
more=$(timeout 5 setpriv --reuid=postgres --regid=postgres --clear-groups \
    psql -h /box/run/postgresql -U postgres -d bookings -AtqX -c "
    select string_agg(rolname, ' and ') from pg_roles
    where rolcanlogin and rolname <> 'postgres' and (rolsuper or rolcreaterole or rolreplication or rolbypassrls)" 2>/dev/null) || {
    echo "The database did not answer."
    exit 1
}
if [ -n "$more" ]; then
    echo "Who is a superuser takes the connections that are kept for repairs. This account has become too strong: $more"
    exit 1
fi
if sed -e 's/#.*//' /box/etc/postgresql/15/main/pg_hba.conf | awk '$1 ~ /^host/' | grep -qE '[[:space:]](trust|password|ident)([[:space:]]|$)'; then
    echo "A rule of pg_hba.conf now lets somebody in over the network without a well kept password."
    exit 1
fi
open=$(find /box/etc/postgresql /box/var/lib/postgresql ! -type l -perm -0002 -print -quit 2>/dev/null)
if [ -n "$open" ]; then
    echo "Everybody may now write to ${open#/box}. Nothing here needed wider rights to work."
    exit 1
fi
echo "Every account has the rights it had."
