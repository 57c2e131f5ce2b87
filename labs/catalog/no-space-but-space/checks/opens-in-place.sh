#!/bin/bash
# In the box: opens a session as a kiosk does, looks for its file, and closes it again.
sessions=/var/lib/harbourline/$DESK/sessions
session=$(curl -fsS -m 5 -X POST "http://127.0.0.1:$PORT/sessions" 2>/dev/null)
file=$sessions/$session.session
if [ -z "$session" ] || [ ! -f "$file" ]; then
    echo "A session that is opened now does not lie in $sessions. Sessions have their place, and other programs look for them there."
    exit 1
fi
at=$(stat -c %d "$file") disk=$(stat -c %d /var/lib/harbourline)
rm -f "$file"
if [ "$at" != "$disk" ]; then
    echo "Sessions now lie on another filesystem, $(df --output=target "$sessions" | tail -n 1). Not all of those outlive a restart."
    exit 1
fi
echo "New sessions lie where they belong."
