#!/bin/bash
# Look, understand, then change one thing at a time, each one checked.
set -uo pipefail
readonly site=/etc/nginx/sites-available/harbourline.conf

# What is wrong, in nginx's own words? "Address already in use."
systemctl status nginx --no-pager
sudo journalctl -u nginx -n 20 --no-pager

# Who has the port, what is it, who started it, does anybody need it?
sudo ss -tlnp
pid=$(sudo ss -Htlnp 'sport = :80' | grep -oP 'pid=\K[0-9]+' | head -n 1)
ps -o pid,ppid,user,lstart,args -p "$pid"
systemctl status "$pid" --no-pager
unit=$(ps -o unit= -p "$pid")
systemctl cat "$unit" --no-pager
curl -s http://127.0.0.1/ | head -n 5

# It is a preview of the timetable team. Its service would bring it back: stop that, and keep it from starting at boot.
sudo systemctl disable --now "$unit" # key
sudo ss -Htln 'sport = :80'

# Is nginx's configuration sound? And does what it passes on to answer where it is said to?
sudo nginx -t
grep -n 127.0.0.1 $site
systemctl cat "$BOARD" --no-pager
port=$(sudo sed -n 's/^PORT=//p' "/etc/default/$BOARD")

# A copy first, then the smallest change.
sudo cp -a $site /var/backups/harbourline.conf.before
sudo sed -i -E \
    -e "s|^( *server 127\.0\.0\.1:)[0-9]+;?\$|\1$port;|" \
    -e 's|proxy_set_headers |proxy_set_header |' \
    -e 's|proxy_pass http://boards/;|proxy_pass http://board/;|' $site
diff -u /var/backups/harbourline.conf.before $site
sudo nginx -t || exit 1

sudo systemctl restart nginx # key
systemctl is-enabled nginx

# The site, the page behind it and the neighbour, from outside.
curl -fsS -o /dev/null -w '%{http_code} %{url_effective}\n' http://127.0.0.1/ || exit 1
curl -fsS -o /dev/null -w '%{http_code} %{url_effective}\n' http://127.0.0.1/berths/ || exit 1
curl -fsS -o /dev/null -w '%{http_code} %{url_effective}\n' "http://127.0.0.1:$port/"
