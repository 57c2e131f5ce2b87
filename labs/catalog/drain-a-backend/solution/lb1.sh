#!/bin/bash
# First what shall last, which is the configuration; then the drain, which is for the moment. The other way round the reload
# would forget the drain.
set -uo pipefail
readonly config=/etc/haproxy/haproxy.cfg
runtime() { sudo socat stdio /run/haproxy/admin.sock <<<"$1"; }
# Of a server: sessions, status, weight, how its last check went.
balance() { runtime 'show stat' | awk -F, -v server="$1" '$1 == "web" && $2 == server { print $5, $18, $19, $37 }'; }

# How it stands: the configuration, what HAProxy makes of it, whether the page to be asked for is there, what visitors see.
cat $config
for server in web1 web2; do
    balance $server
    curl -s "http://$server/health"
done
tail -n 2 /var/log/harbourline/site-prober.log

# A copy, the change, checked, and read by a reload: no connection is dropped.
sudo cp -a $config /var/backups/haproxy.cfg.before
sudo sed -i -E \
    -e '/^ *option httpchk/d' \
    -e 's|^( *)balance .*|&\n\1option httpchk GET /health\n\1http-check expect status 200|' \
    -e 's|^( *server web[12] .*) check.*|\1|' \
    -e 's|^ *server web[12] .*|& check inter 2s|' \
    -e "s|^( *server $TARGET .*weight )[0-9]+|\1$WEIGHT|" $config # key
diff -u /var/backups/haproxy.cfg.before $config
sudo haproxy -c -f $config || exit 1
sudo systemctl reload haproxy || exit 1 # key
for _ in {1..40}; do
    [[ "$(balance web1) $(balance web2)" =~ L7OK.*L7OK ]] && break
    sleep 0.5
done
balance web1
balance web2
tail -n 2 /var/log/harbourline/site-prober.log

# No new visitors for the machine; those that are there may finish.
runtime "set server web/$TARGET state drain" # key
for _ in {1..40}; do
    read -r sessions _ < <(balance "$TARGET")
    [ "$sessions" != 0 ] || break
    sleep 0.5
done
balance "$TARGET"

# The work on the machine itself is done at its own terminal. This one waits for it, and puts the machine back only when it
# has said by itself that it serves the new release.
(
    for _ in {1..240}; do
        if curl -fs --max-time 2 "http://$TARGET/health" | grep -q "release $RELEASE"; then
            runtime "set server web/$TARGET state ready" # key
            sleep 2
            runtime 'show stat'
            tail -n 3 /var/log/harbourline/site-prober.log
            break
        fi
        sleep 0.5
    done
) >/dev/null 2>&1 </dev/null &
exit 0
