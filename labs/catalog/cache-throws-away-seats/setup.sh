#!/bin/bash
set -euo pipefail
systemctl stop session-keeper.service seat-holds.service redis-server.service 2>/dev/null || true

policy=volatile-lru session_ttl=604800 hold_ttl=0
case $CAUSE in
'a policy that throws away anything') policy=allkeys-lru ;;
'a policy that throws away nothing') policy=noeviction ;;
'sessions without an end') session_ttl=0 ;;
'holds with an end') hold_ttl=600 ;;
esac

cat >/etc/redis/redis.conf <<CONF
# Redis on cache1: sessions and seat holds. Runbook: /srv/runbooks/redis.md

bind 127.0.0.1
port 6379
protected-mode yes
databases 1
dir /var/lib/redis
logfile /var/log/redis/redis-server.log

# Everything is written down as it comes.
save ""
appendonly yes
appendfsync everysec
auto-aof-rewrite-percentage 60
auto-aof-rewrite-min-size 24mb

# Agreed on with Platform: the machine has no more to give.
maxmemory ${LIMIT}mb
maxmemory-policy $policy
maxmemory-samples 10
CONF
chown redis:redis /etc/redis/redis.conf
chmod 0640 /etc/redis/redis.conf

install -d -m 0755 /etc/harbourline
cat >/etc/harbourline/seat-holds.conf <<CONF
# seat-holds

cache = 127.0.0.1:6379
port = 8070
ferry = $FERRY
leaves = 05:40

# seconds after which the cache forgets a hold by itself (0: never, the program takes it back)
hold_ttl = $hold_ttl
CONF
cat >/etc/harbourline/session-keeper.conf <<CONF
# session-keeper

cache = 127.0.0.1:6379

# seconds after which the cache forgets a session by itself (0: never)
session_ttl = $session_ttl
CONF

install -d -o cacher -g cacher /var/lib/seat-holds
systemctl enable --quiet --now redis-server.service

# What is in the cache at this hour: holds of the last ten minutes, and sessions until hardly any room is left. Sessions are looked
# at all the time, a hold is not.
fill() { # up to which share of the limit, in percent
    PYTHONDONTWRITEBYTECODE=1 python3 - "$1" "$session_ttl" "$hold_ttl" "$FERRY" <<'PYTHON'
import json, random, secrets, sys, time

sys.path.insert(0, "/usr/lib/harbourline")
from resp import Cache, Refused

share, session_ttl, hold_ttl, ferry = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
cache = Cache("127.0.0.1:6379")
info = lambda section: {k: v for k, _, v in (line.partition(":") for line in cache.ask("INFO", section).splitlines())}
memory = lambda: info("memory")
if share < 100:
    seats = random.sample([f"{row}{letter}" for row in range(1, 61) for letter in "ABCDEF"], 240)
    ledger = {}
    for n, seat in enumerate(seats):
        age = 5 + n * 2
        key = f"hold:{ferry}:05.40:{seat}"
        ledger[key] = time.time() - age
        cache.ask("SET", key, f"held for a passenger, since {int(time.time()) - age}")
        again = "return redis.call('RESTORE', KEYS[1], ARGV[1], redis.call('DUMP', KEYS[1]), 'REPLACE', 'IDLETIME', ARGV[2])"
        cache.ask("EVAL", again, 1, key, (hold_ttl - age) * 1000 if hold_ttl else 0, age)
    with open("/var/lib/seat-holds/ledger.json", "w", encoding="utf-8") as file:
        json.dump(ledger, file)


def session():
    # Who is here by now has come in the last hours.
    end = ("EX", session_ttl - random.randrange(4 * 3600)) if session_ttl else ()
    return ("SET", f"session:{secrets.token_hex(8)}", secrets.token_hex(750), *end)


# In small parts: what is sent at once takes memory itself as long as it is on its way.
most = int(memory()["maxmemory"]) * share // 100 - 60_000
while (room := most - int(memory()["used_memory"])) > 0:
    cache.ask_all([session() for _ in range(min(20, room // 1800 + 1))])
if share == 100:
    # A little more than there is room for, as all night long, and so much that it is still too much when this program has hung up.
    # A script may begin while there is room.
    more = """
        for n = 1, 100 do
            local word = {}
            for part = 1, 37 do word[part] = redis.sha1hex(ARGV[1] .. n .. '/' .. part) end
            local key = 'session:' .. string.sub(redis.sha1hex(ARGV[1] .. n), 1, 16)
            redis.call('SET', key, table.concat(word))
            if ARGV[2] ~= '0' then redis.call('EXPIRE', key, ARGV[2]) end
        end"""
    evicted = int(info("stats")["evicted_keys"])
    for _ in range(10):
        try:
            cache.ask("EVAL", more, 0, secrets.token_hex(8), session_ttl)
        except Refused:
            break
        if int(info("stats")["evicted_keys"]) - evicted >= 120:
            break
PYTHON
}
fill 97
chown cacher:cacher /var/lib/seat-holds/ledger.json
systemctl enable --quiet --now session-keeper.service seat-holds.service
fill 100

# It must fail, and go on failing.
in_a_row=0
for _ in {1..120}; do
    if grep -q FAILING < <(curl -s --max-time 3 http://127.0.0.1:8070/health); then in_a_row=$((in_a_row + 1)); else in_a_row=0; fi
    [ "$in_a_row" -lt 4 ] || exit 0
    sleep 0.25
done
echo "no seat hold was lost or refused" >&2
exit 1
