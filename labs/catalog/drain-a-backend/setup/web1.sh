#!/bin/bash
set -euo pipefail
readonly own=web1
readonly www=/srv/www

release() { # NUMBER WORDS
    install -d "$www/releases/$1"
    cat >"$www/releases/$1/index.html" <<HTML
<!doctype html>
<title>Harbourline</title>
<h1>Harbourline: book your crossing</h1>
<p>$2</p>
<!-- Release $1 -->
HTML
    echo "ok, release $1" >"$www/releases/$1/health.txt"
}
release "$OLD_RELEASE" "Next sailings from $HARBOUR: 14:45, 17:10, 20:30."
release "$RELEASE" "Next sailings from $HARBOUR: 14:45, 17:10, 20:30. Bicycles travel free from May to September."
now=$RELEASE
if [ "$TARGET" = $own ]; then
    now=$OLD_RELEASE
fi
touch -d '-8 days' "$www/releases/$OLD_RELEASE"/* "$www/releases/$RELEASE"/*
# From one to the other without a moment in between: the site is being asked already.
ln -sfn "releases/$now" $www/current.new
mv -T $www/current.new $www/current
rm -rf $www/releases/first
for _ in {1..100}; do
    if curl -s --max-time 2 http://127.0.0.1/health | grep -q "release $now"; then exit 0; fi
    sleep 0.1
done
echo "nginx does not serve release $now" >&2
exit 1
