#!/bin/bash
set -euo pipefail
readonly all=(seat-allocator fare-quoter boarding-sync)
readonly secrets=/etc/harbourline/secrets

systemctl stop booking-desk.service payments.service "${all[@]/%/.service}" "$WORKER-old.service" 2>/dev/null || true

# What the vault hands out, each for one account.
install -d -m 0755 /etc/harbourline
install -d -m 0751 $secrets
secret() { # account, group of who may read it, password
    printf '%s\n' "$3" >"$secrets/$1"
    chown "root:$2" "$secrets/$1"
    chmod 0640 "$secrets/$1"
}
secret desk desk foam-and-fender-71
secret payments payments ledger-of-crowns-94
secret seat_allocator worker mooring-line-38
secret fare_quoter worker tariff-by-tide-52
secret boarding_sync worker gangway-two-16

cat >/etc/default/booking-desk <<'ENV'
PORT=8060
DB_HOST=db1
PASSWORD_FILE=/etc/harbourline/secrets/desk
ENV
cat >/etc/default/payments <<'ENV'
DB_HOST=db1
PASSWORD_FILE=/etc/harbourline/secrets/payments
ENV
install -d -o payments -g payments /var/lib/payments
echo "$BATCH" >/var/lib/payments/next-batch
chown payments:payments /var/lib/payments/next-batch

worker() { # name, account, pool_size, idle_close, commit_every, what systemd calls it
    cat >"/etc/harbourline/$1.conf" <<CONF
# $1

database = db1
account = $2
password_file = $secrets/$2

# connections that it keeps for its work
pool_size = $3
# what comes in a rush gets connections of its own; seconds until such a one is closed when it rests (0: never)
idle_close = $4
# rounds in one transaction (0: all of them)
commit_every = $5
CONF
    cat >"/etc/systemd/system/$1.service" <<UNIT
[Unit]
Description=$6
After=network.target

[Service]
Type=notify
User=worker
ExecStart=/usr/bin/python3 /usr/lib/harbourline/worker $1
ExecReload=/bin/kill -HUP \$MAINPID
Restart=on-failure
RestartSec=2

[Install]
WantedBy=multi-user.target
UNIT
}

last=$WORKER
for name in "${all[@]}"; do
    pool_size=2 idle_close=0.2 commit_every=1
    if [ "$name" = "$WORKER" ]; then
        case $CAUSE in
        'a pool that is too large') pool_size=28 ;;
        'connections that are never given back') idle_close=0 ;;
        'a transaction that is left open') commit_every=0 ;;
        'a second copy of the worker')
            worker "$name-old" "${name//-/_}" 20 0.2 1 "$name as it ran on app2, until the move is done"
            last="$name $name-old"
            ;;
        esac
    fi
    worker "$name" "${name//-/_}" "$pool_size" "$idle_close" "$commit_every" "$name: a worker of the booking system"
done
systemctl daemon-reload

until_true() { # seconds, what
    for ((n = 0; n < $1 * 5; n++)); do
        if "${@:2}"; then return; fi
        sleep 0.2
    done
    echo "still not so after $1 seconds: ${*:2}" >&2
    exit 1
}
connections() { [ "$(ss -Htn state established dport = :5432 | wc -l)" -ge "$1" ]; }
batch_begun() { grep -q "batch $BATCH begun" < <(journalctl -q -u payments --no-pager); }
desk_fails() { grep -q FAILING < <(curl -s --max-time 5 http://127.0.0.1:8060/health); }

# First those that are in order, so that they have what they need.
innocent=()
for name in "${all[@]}"; do [ "$name" = "$WORKER" ] || innocent+=("$name.service"); done
systemctl enable --quiet --now payments.service
until_true 10 batch_begun
systemctl enable --quiet --now "${innocent[@]}"
until_true 10 connections 5
for name in $last; do systemctl enable --quiet --now "$name.service"; done
systemctl enable --quiet --now booking-desk.service
# It may fail by chance in the rush of the start: it must fail for a while without a break, with none of the 21 connections left for
# anybody. Who waits for a lock fails whatever is left.
least=21 long=2500
[ "$CAUSE" != 'a transaction that is left open' ] || least=1 long=1500
since=
for _ in {1..100}; do
    now=$(date +%s%3N)
    if desk_fails && connections $least; then since=${since:-$now}; else since=; fi
    if [ -n "$since" ] && [ $(($(date +%s%3N) - since)) -ge "$long" ]; then exit 0; fi
    sleep 0.3
done
echo "the booking desk does not fail" >&2
exit 1
