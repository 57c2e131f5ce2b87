#!/bin/bash
# What fails, what is the cache told to do when it is full, and what can it take then? Change the one thing that is wrong.
set -uo pipefail
readonly runbook=/srv/runbooks/redis.md

# What do the programs say, and how full is the cache?
curl -s http://127.0.0.1:8070/health
journalctl -u seat-holds -n 5 --no-pager
redis-cli info memory | grep -E '^(used_memory|maxmemory|mem_fragmentation)'
redis-cli info stats | grep -E '^(evicted|expired)_keys'

# What is it told to do when it is full? And what has an end, so that it may go?
redis-cli config get 'maxmemory*'
cat $runbook
hold=$(redis-cli --scan --pattern 'hold:*' | head -n 1)
session=$(redis-cli --scan --pattern 'session:*' | head -n 1)
hold_ttl=$(redis-cli ttl "$hold")
session_ttl=$(redis-cli ttl "$session")
echo "a hold ends in: $hold_ttl, a session ends in: $session_ttl (-1: never)"
grep -H '_ttl' /etc/harbourline/*.conf

# Which of the three is not as the runbook has it: the policy, the end of sessions, or that of holds?
policy=$(redis-cli config get maxmemory-policy | tail -n 1)
if [[ $policy != volatile-* ]]; then
    file=/etc/redis/redis.conf edit='s/^maxmemory-policy .*/maxmemory-policy volatile-lru/'
elif [ "$session_ttl" = -1 ]; then
    file=/etc/harbourline/session-keeper.conf edit='s/^session_ttl *=.*/session_ttl = 604800/'
else
    file=/etc/harbourline/seat-holds.conf edit='s/^hold_ttl *=.*/hold_ttl = 0/'
fi
sudo cp -a "$file" $runbook /var/backups/
sudo sed -i -E "$edit" "$file" # key
sudo diff "/var/backups/${file##*/}" "$file"

# A file is for the next start. The running cache can be told without one; a program can't, and its setting is for the new keys only:
# those that are there are put right by hand.
now() {
    case $file in
    */redis.conf) redis-cli config set maxmemory-policy volatile-lru ;;
    */session-keeper.conf)
        sudo systemctl restart session-keeper
        redis-cli --scan --pattern 'session:*' | sed 's/.*/EXPIRE & 604800/' | redis-cli | sort | uniq -c
        ;;
    */seat-holds.conf)
        sudo systemctl restart seat-holds
        redis-cli --scan --pattern 'hold:*' | sed 's/.*/PERSIST &/' | redis-cli | sort | uniq -c
        ;;
    esac
}
now # key

# The runbook: its second and third step would have made it worse.
sudo sed -i \
    -e 's/^2\. .*/2. Ask what it does when it is full: `redis-cli config get maxmemory-policy` must say volatile-…; `redis-cli ttl` must say -1 for a hold and a number for a session. Put right what differs, in the file too./' \
    -e 's/^3\. .*/3. Do not empty the cache and do not take its limit off: the first sells seats twice, the second takes the machine down./' \
    $runbook
diff /var/backups/redis.md $runbook

# Is it over? A trouble is told of for ten seconds.
for _ in {1..30}; do
    curl -fs -o /dev/null http://127.0.0.1:8070/health && break
    sleep 1
done
redis-cli info stats | grep -E '^evicted_keys'
redis-cli config get 'maxmemory*'
curl -fsS http://127.0.0.1:8070/health || exit 1
