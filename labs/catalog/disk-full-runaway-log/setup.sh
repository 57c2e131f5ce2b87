#!/bin/bash
set -euo pipefail
readonly logs=/var/log/harbourline
readonly log=$logs/$SERVICE/$SERVICE.log
readonly config=/etc/harbourline/$SERVICE.conf

systemctl stop "$SERVICE.service" booking-desk.service 2>/dev/null || true
id "$ACCOUNT" >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin "$ACCOUNT"
install -d /etc/harbourline "$logs"
install -d -o desk -g desk -m 0750 /var/lib/harbourline
rm -rf "${logs:?}/$SERVICE"
install -d -o "$ACCOUNT" -g adm -m 0755 "$logs/$SERVICE"

# The service whose customers feel it.
cat >/etc/default/booking-desk <<ENV
PORT=$DESK_PORT
STORE=/var/lib/harbourline
ENV
cat >/etc/systemd/system/booking-desk.service <<'UNIT'
[Unit]
Description=Booking desk: takes and saves bookings
After=network.target

[Service]
Type=notify
User=desk
EnvironmentFile=/etc/default/booking-desk
ExecStart=/usr/bin/python3 /usr/lib/harbourline/desk
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT

# The service that floods its log, for one of two reasons.
level=info note='' peer=$DESK_PORT
case $CAUSE in
'trace logging') level=trace note='   # raised for HL-2231, Tuesday' ;;
'unreachable peer') peer=$((DESK_PORT + 20)) ;;
esac
cat >"$config" <<CONF
# $SERVICE

# trace, debug, info, warning, error
log_level = $level$note
log_file = $log

# where the booking desk listens
peer = 127.0.0.1:$peer
CONF
cat >"/etc/systemd/system/$SERVICE.service" <<UNIT
[Unit]
Description=$SERVICE: a worker of the booking system
After=network.target booking-desk.service

[Service]
Type=notify
User=$ACCOUNT
Group=adm
ExecStart=/usr/bin/python3 /usr/lib/harbourline/worker $SERVICE
ExecReload=/bin/kill -HUP \$MAINPID
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT

# The rotation that was meant for it and misses it by one directory.
cat >/etc/logrotate.d/harbourline <<'CONF'
/var/log/harbourline/*.log {
    daily
    maxsize 8M
    rotate 14
    compress
    delaycompress
    missingok
    notifempty
}
CONF

# Logs that must stay: large, and not the fault.
seq -f "payment %.0f settled, card, EUR 41.50, receipt kept" "$FIRST_PAYMENT" $((FIRST_PAYMENT + 199999)) >$logs/payments.log
chown desk:adm $logs/payments.log
chmod 0640 $logs/payments.log

systemctl daemon-reload
systemctl enable --quiet --now booking-desk.service

# The log as it ran away, until hardly anything is free; the worker opens it, somebody deletes it, the worker goes on.
now=$(date -u +%Y-%m-%dT%H:%M:%S)
for n in {1..60}; do
    case $CAUSE in
    'trace logging') echo "$now.$((100 + n))+00:00 TRACE $SERVICE: slot=4711.$n deck=$((n % 7)) row=$((n % 31)) seat=A looked at, free, cost $n, kept" ;;
    'unreachable peer')
        echo "$now.$((100 + n))+00:00 ERROR $SERVICE: can't reach the booking desk at 127.0.0.1:$peer: [Errno 111] Connection refused"
        echo "$now.$((100 + n))+00:00 ERROR $SERVICE:   trying again at once, $n of this round, nothing taken, nothing lost, backlog unknown, peer=127.0.0.1:$peer"
        ;;
    esac
done >/tmp/lines
for _ in {1..64}; do cat /tmp/lines; done >/tmp/block
blocks=$((($(df --output=avail -B1 / | tail -n 1) - 256 * 1024) / $(stat -c %s /tmp/block)))
for ((n = 0; n < blocks; n++)); do cat /tmp/block; done >"$log"
head -c $(($(df --output=avail -B1 / | tail -n 1) - 256 * 1024)) /tmp/block >>"$log"
rm /tmp/lines /tmp/block
chown "$ACCOUNT:adm" "$log"
chmod 0640 "$log"
systemctl enable --quiet --now "$SERVICE.service"
rm "$log"
for _ in {1..200}; do
    [ "$(df --output=avail / | tail -n 1)" -gt 16 ] || exit 0
    sleep 0.1
done
echo "the disk did not fill up" >&2
exit 1
