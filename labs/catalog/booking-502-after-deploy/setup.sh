#!/bin/bash
set -euo pipefail
readonly etc=/etc/harbourline
readonly site=/etc/nginx/sites-available/harbourline.conf
readonly unit=/etc/systemd/system/booking.service
readonly news=/usr/share/doc/harbourline-booking/NEWS
readonly path=/run/booking/$SOCKET_NAME

systemctl stop booking.service nginx.service 2>/dev/null || true
rm -rf /run/booking /var/lib/booking /var/log/nginx/*

# The site, as it has been for weeks.
install -d $etc /srv/www/site /var/log/harbourline /usr/share/doc/harbourline-booking
cat >/srv/www/site/index.html <<HTML
<!doctype html>
<title>Harbourline</title>
<h1>Harbourline: eleven ferries, four harbours</h1>
<p>The next boat from $HARBOUR: <a href="/booking/">book your crossing</a>.</p>
HTML
cat >$site <<CONF
# The public site of Harbourline. Owner: Platform.

upstream booking {
    server unix:$path;
}

server {
    listen 80 default_server;
    server_name www.harbourline.example;
    root /srv/www/site;

    location / {
        try_files \$uri \$uri/ =404;
    }

    # The booking app. It believes what it is told from here.
    location /booking/ {
        proxy_pass http://booking;
        proxy_set_header Host \$host;
        proxy_set_header X-Forwarded-For \$remote_addr;
    }
}
CONF
ln -sf $site /etc/nginx/sites-enabled/harbourline.conf

# The release as it was deployed, with one thing wrong in it.
socket=$path mode=0660 group=www-data minutes=$HOLD_MINUTES home=$HARBOUR directory=yes
case $SLIP in
'a socket of another name') socket=/run/booking/booking-$RELEASE.sock ;;
'a socket for its owner only') mode=0600 ;;
'a socket of the wrong group') group=booking ;;
'no directory for the socket') directory=no ;;
'a hold time that is no number') minutes="$HOLD_MINUTES min" ;;
'a harbour that nobody knows') home=${HARBOUR%?} ;;
esac
cat >$etc/booking.env <<ENV
# Where the booking app listens. Read when booking.service starts.
SOCKET=$socket
SOCKET_MODE=$mode
ENV
cat >$etc/booking.conf <<CONF
# What the booking app does. Read when booking.service starts.
release = $RELEASE
home_harbour = $home
hold_minutes = $minutes
most_seats = 9
CONF
cat >$unit <<UNIT
[Unit]
Description=Booking app of the site (Bookings)
After=network.target

[Service]
Type=notify
User=booking
Group=$group
EnvironmentFile=$etc/booking.env
RuntimeDirectory=booking
RuntimeDirectoryMode=0750
StateDirectory=booking
StateDirectoryMode=0750
ExecStart=/usr/lib/harbourline/booking
Restart=on-failure
RestartSec=1
# 78: what it was told can't be done. Trying again would not help.
RestartPreventExitStatus=78

[Install]
WantedBy=multi-user.target
UNIT
[ $directory = yes ] || sed -i '/^RuntimeDirectory/d' $unit

cat >$news <<NEWS
harbourline-booking, release $RELEASE

  * Harbour dues are part of the fare, as the finance department asks from today.
  * Seats are held for $HOLD_MINUTES minutes. The home harbour of this site is $HARBOUR.
  * Settings have moved out of the unit: where it listens is in $etc/booking.env, what it does in $etc/booking.conf.
    Settings that are not sound end the program, with the reason in its log. \`/usr/lib/harbourline/booking --check\` tries them.
  * What the program needs in order to listen comes with the unit.

harbourline-booking, release $((RELEASE - 1))

  * Last release with its settings in the unit.

harbourline-booking, release $((RELEASE - 3))

  * The program listens on a unix socket, and no longer on port 8095.
NEWS
then=$(date -u -d '-14 min' +'%Y-%m-%dT%H:%M')
cat >/var/log/harbourline/deploy.log <<LOG
$then:04Z release $RELEASE: begun
$then:06Z release $RELEASE: $etc/booking.env written
$then:06Z release $RELEASE: $etc/booking.conf written
$then:07Z release $RELEASE: $unit written
$then:09Z release $RELEASE: booking.service started
$then:09Z release $RELEASE: done
LOG
touch -d "$then:06Z" $etc/booking.env $etc/booking.conf $unit $news
touch -d "$then:09Z" /var/log/harbourline/deploy.log
touch -d '-41 days' $site /srv/www/site/index.html

systemctl daemon-reload
if [ "$AT_BOOT" = enabled ]; then
    systemctl enable --quiet booking.service
else
    systemctl disable --quiet booking.service
fi
systemctl enable --quiet nginx.service
systemctl restart nginx.service
systemctl start --no-block booking.service

until_true() {
    for _ in {1..200}; do
        if "$@"; then return; fi
        sleep 0.05
    done
    echo "still not so after ten seconds: $*" >&2
    exit 1
}
fails_or_runs() { [[ $(systemctl is-active booking.service) =~ ^(active|failed)$ ]]; }
until_true fails_or_runs
answers_502() { [ "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1/booking/)" = 502 ]; }
until_true answers_502
