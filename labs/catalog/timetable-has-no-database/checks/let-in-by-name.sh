#!/bin/bash
# Beside the box. Reads the rules as PostgreSQL does, comments and blank lines left out.
rules=$(sed -e 's/#.*//' /box/etc/postgresql/15/main/pg_hba.conf | awk 'NF && $1 ~ /^host/')
if grep -qE '[[:space:]](trust|password|ident)([[:space:]]|$)' <<<"$rules"; then
    echo "A rule lets somebody in over the network without a well kept password. The page has one: ask for it by scram-sha-256."
    exit 1
fi
wide=$(awk '$4 !~ /^(127\.|::1|localhost|samehost)/ && ($2 == "all" || $3 == "all" || $4 == "all" || $4 ~ /\/[0-8]$/ || $4 == "0.0.0.0/0" || $4 == "::/0")' <<<"$rules")
if [ -n "$wide" ]; then
    echo "This rule opens the database wider than the page needs: $(head -n 1 <<<"$wide" | tr -s ' \t' ' ')"
    exit 1
fi
if ! awk '$2 == "timetable" && $3 == "timetable"' <<<"$rules" | grep -q .; then
    echo "No rule lets the account timetable into its database from another machine."
    exit 1
fi
echo "From outside only the page's account gets in, with its password."
