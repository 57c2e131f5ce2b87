#!/bin/bash
set -euo pipefail
readonly conf=/etc/harbourline/booking-desk.conf

# Keys: see setup/ctl1.sh.
rm -f /etc/ssh/ssh_host_*
ssh-keygen -q -t ed25519 -N "" -C "$(hostname)" -f /etc/ssh/ssh_host_ed25519_key
install -d -o engineer -g engineer -m 0700 /home/engineer/.ssh
curl -fsS --noproxy "*" --max-time 10 --retry 5 --retry-connrefused --retry-delay 1 http://ctl1:8022/key >/home/engineer/.ssh/authorized_keys
chown engineer:engineer /home/engineer/.ssh/authorized_keys
chmod 0600 /home/engineer/.ssh/authorized_keys
grep -q "^ssh-ed25519 " /home/engineer/.ssh/authorized_keys
curl -fsS --noproxy "*" --max-time 10 --data-binary @/etc/ssh/ssh_host_ed25519_key.pub "http://ctl1:8022/$(hostname)"
# As `systemctl enable` does it, without its detour by way of init scripts, which takes a second.
ln -sf /lib/systemd/system/ssh.service /etc/systemd/system/multi-user.target.wants/ssh.service
ln -sf /lib/systemd/system/ssh.service /etc/systemd/system/sshd.service
systemctl daemon-reload
systemctl start ssh.service

# What somebody has changed by hand here.
sed -i "s/^15 3 /15 $HOUR /" /etc/cron.d/booking-desk-cleanup
useradd --create-home --shell /bin/bash --comment 'Audit' --groups ops "$ACCOUNT"
chmod 0666 "$conf"
changed=("$conf" /etc/cron.d/booking-desk-cleanup)

# Nothing of it was done today.
touch -d "13 days ago 16:42" "${changed[@]}"
systemctl restart booking-desk.service
for _ in {1..200}; do
    if [ -n "$(ss -Htln "sport = :22")" ] && curl -fs --noproxy "*" http://127.0.0.1:8061/health >/dev/null; then exit 0; fi
    sleep 0.05
done
echo "sshd or the booking desk does not answer" >&2
exit 1
