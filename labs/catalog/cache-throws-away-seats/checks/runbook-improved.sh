#!/bin/bash
# Beside the box: the image still has the runbook as it was.
new=/box/srv/runbooks/redis.md old=/srv/runbooks/redis.md
if [ ! -s "$new" ] || [ "$(stat -c %s "$new")" -lt $(($(stat -c %s "$old") * 6 / 10)) ]; then
    echo "The runbook is gone, or most of it is."
    exit 1
fi
# A step may go on over several lines.
steps=$(awk '/^([0-9]+\.|[-*#|]|[[:space:]]*$)/ { print step; step = "" } { step = step " " $0 } END { print step }' "$new")
bad=$(grep -iE 'flush(all|db)|maxmemory 0' <<<"$steps" | grep -viE "\b(not|never|no|don't|avoid|without|instead|would|danger(ous)?|forbidden)\b" | head -n 1)
if [ -n "$bad" ]; then
    echo "The runbook still tells whoever comes next to do this: ${bad:0:100}"
    exit 1
fi
if cmp -s "$old" "$new"; then
    echo "The runbook is as it was."
    exit 1
fi
echo "The runbook no longer advises to empty the cache."
