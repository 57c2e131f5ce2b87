#!/bin/bash
# From the symptom to the program that holds the connections, and to what tells it to. One change, through the service.
set -uo pipefail
readonly settings=/etc/harbourline

# Who suffers, and what does the database say to it?
curl -s http://127.0.0.1:8060/health
journalctl -u booking-desk -n 5 --no-pager

# Which programs of this machine hold connections to db1? And which workers are there at all?
sudo ss -Htnp state established 'dport = :5432' | grep -o 'users:(("[^"]*"' | sort | uniq -c | sort -rn
systemctl list-units --type=service --no-pager 'seat-allocator*' 'fare-quoter*' 'boarding-sync*' booking-desk.service payments.service
journalctl -u payments -n 3 --no-pager

# Three programs that do the same kind of work: how do their settings differ from each other and from the runbook's?
grep -HE '^(pool_size|idle_close|commit_every)' $settings/*.conf
sudo cp -a $settings/*.conf /var/backups/

# Either one runs that is not among the three, or one of the three departs from the usual settings.
for conf in "$settings"/*.conf; do
    name=$(basename "$conf" .conf)
    case $name in
    seat-allocator | fare-quoter | boarding-sync)
        usual=$(grep -cE '^(pool_size = 2|idle_close = 0\.2|commit_every = 1)$' "$conf")
        [ "$usual" = 3 ] && continue
        sudo sed -i -E -e 's/^(pool_size) *=.*/\1 = 2/' -e 's/^(idle_close) *=.*/\1 = 0.2/' -e 's/^(commit_every) *=.*/\1 = 1/' "$conf"
        diff "/var/backups/$name.conf" "$conf"
        # By the service's own restart: its sessions end with it.
        how=(restart)
        ;;
    *)
        systemctl cat "$name" --no-pager
        # What is no longer wanted is stopped, and kept from starting at boot.
        how=(disable --now)
        ;;
    esac
    sudo systemctl "${how[@]}" "$name" # key
done

# Is it over, and does it stay so?
for _ in {1..30}; do
    curl -fs http://127.0.0.1:8060/health && break
    sleep 0.5
done
sleep 5
sudo ss -Htnp state established 'dport = :5432' | grep -o 'users:(("[^"]*"' | sort | uniq -c | sort -rn
journalctl -u payments -n 1 --no-pager
curl -fsS http://127.0.0.1:8060/health || exit 1
