#!/bin/bash
set -euo pipefail
readonly site=/etc/nginx/sites-available/harbourline.conf

# The site as it was when it last worked.
mkdir -p /srv/www/booking
cat >/srv/www/booking/index.html <<HTML
<!doctype html>
<title>Harbourline</title>
<h1>Harbourline: book your crossing</h1>
<p>Next sailings from $HARBOUR: 14:45, 17:10, 20:30.</p>
<!-- Build $RELEASE -->
HTML
cat >$site <<CONF
# The public site of Harbourline. Owner: Platform.

upstream board {
    server 127.0.0.1:$BOARD_PORT;
}

server {
    listen 80 default_server;
    server_name www.harbourline.example;
    root /srv/www/booking;

    location / {
        try_files \$uri \$uri/ =404;
    }

    # What harbour staff put on the screens at the quay.
    location /berths/ {
        proxy_pass http://board/;
        proxy_set_header Host \$host;
        proxy_set_header X-Forwarded-For \$remote_addr;
    }
}
CONF
ln -sf $site /etc/nginx/sites-enabled/harbourline.conf

# The neighbour that has to go on working.
cat >"/etc/default/$BOARD" <<ENV
PORT=$BOARD_PORT
HARBOUR=$HARBOUR
ENV
cat >"/etc/systemd/system/$BOARD.service" <<UNIT
[Unit]
Description=Berth board of $HARBOUR (Harbour Systems)
After=network.target

[Service]
Type=notify
User=harbour
EnvironmentFile=/etc/default/$BOARD
ExecStart=/usr/bin/python3 /usr/lib/harbourline/board
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT

# What took the port.
id "$COLLEAGUE" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$COLLEAGUE"
work=/home/$COLLEAGUE/$PREVIEW
mkdir -p "$work"
cat >"$work/index.html" <<HTML
<!doctype html>
<title>$PREVIEW</title>
<h1>Draft of the new pages, not for the public</h1>
<p>Comments to $COLLEAGUE, please.</p>
HTML
case $SERVER in
python3) command="/usr/bin/python3 -m http.server 80 --directory $work" ;;
busybox) command="/usr/bin/busybox httpd -f -p 80 -h $work" ;;
perl)
    command="/usr/bin/perl $work/serve.pl 80"
    cat >"$work/serve.pl" <<'PERL'
use strict;
use warnings;
use IO::Socket::INET;

my $port = shift // 8600;
(my $dir = $0) =~ s{/[^/]*$}{};
my $server = IO::Socket::INET->new(LocalPort => $port, Listen => 16, ReuseAddr => 1) or die "port $port: $!\n";
open(my $file, '<', "$dir/index.html") or die "index.html: $!\n";
my $page = do { local $/; <$file> };
while (my $client = $server->accept) {
    my $request = <$client> // '';
    while (defined(my $line = <$client>)) { last if $line =~ /^\r?$/ }
    my $status = $request =~ m{^GET / } ? '200 OK' : '404 Not Found';
    print $client "HTTP/1.0 $status\r\nContent-Type: text/html\r\n\r\n", $status =~ /^200/ ? $page : '';
    close $client;
}
PERL
    ;;
esac
chown -R "$COLLEAGUE:" "$work"
cat >"/etc/systemd/system/$PREVIEW.service" <<UNIT
[Unit]
Description=Preview of the new pages ($COLLEAGUE)

[Service]
User=$COLLEAGUE
AmbientCapabilities=CAP_NET_BIND_SERVICE
ExecStart=$command
Restart=always
RestartSec=3

[Install]
WantedBy=multi-user.target
UNIT

systemctl daemon-reload
systemctl stop nginx.service
systemctl reset-failed nginx.service
rm -f /var/log/nginx/error.log
systemctl enable --quiet --now "$BOARD.service" "$PREVIEW.service"
until_true() {
    for _ in {1..200}; do
        if "$@"; then return; fi
        sleep 0.05
    done
    echo "still not so after ten seconds: $*" >&2
    exit 1
}
port_is_taken() { [ -n "$(ss -Htln 'sport = :80')" ]; }
until_true port_is_taken

# nginx finds the port taken, says so, and tries for two more seconds: nobody needs to wait for that. Then comes the hurried edit.
systemctl start --no-block nginx.service
until_true grep -qs 'bind() to' /var/log/nginx/error.log
case $SLIP in
'missing semicolon') sed -i "s|server 127.0.0.1:$BOARD_PORT;|server 127.0.0.1:$BOARD_PORT|" $site ;;
'misspelt directive') sed -i 's|proxy_set_header Host|proxy_set_headers Host|' $site ;;
'wrong upstream name') sed -i 's|proxy_pass http://board/;|proxy_pass http://boards/;|' $site ;;
'wrong upstream port') sed -i "s|server 127.0.0.1:$BOARD_PORT;|server 127.0.0.1:$((BOARD_PORT + 100));|" $site ;;
esac
