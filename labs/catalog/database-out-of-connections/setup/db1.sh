#!/bin/bash
set -euo pipefail

# The database itself is sound: what is wrong comes from app1, which is set up after it.
systemctl start postgresql@15-main.service
for _ in {1..200}; do
    if runuser -u postgres -- pg_isready --quiet --host /run/postgresql; then exit 0; fi
    sleep 0.05
done
echo "PostgreSQL is not up after ten seconds" >&2
exit 1
