#!/bin/bash
# Looks, and changes nothing.
set -uo pipefail
readonly notes=/tmp/notes.txt
unit_of() { ps -o unit= -p "$1" | sed 's/\.service *$//'; }

# Who listens, who is connected, what runs, whose is it?
sudo ss -tlnp
sudo ss -tnp
systemctl list-units --type=service --state=running --no-pager
cat /etc/harbourline/tags

{
    sudo ss -Htlnp | while read -r _ _ _ here _ users; do
        pid=$(grep -oP 'pid=\K[0-9]+' <<<"$users" | head -n 1)
        # The network's own resolver has no process here.
        [ -z "$pid" ] || echo "listens $(unit_of "$pid") ${here%:*} ${here##*:}"
    done
    sudo ss -Htnp state established | while read -r _ _ _ there users; do
        pid=$(grep -oP 'pid=\K[0-9]+' <<<"$users" | head -n 1)
        name=$(getent hosts "${there%:*}" | awk '{ print $2 }')
        [ -z "$pid" ] || echo "talks $(unit_of "$pid") ${name:-${there%:*}}:${there##*:}"
    done
    sed -n 's/^\([a-z][^ ]*\) /tags \1 /p' /etc/harbourline/tags
    # A greeting says that SSH answers; a connection that is closed at once says that it does not want us.
    for other in bastion1 app1 db1 log1; do
        [ "$other" != "$(hostname)" ] || continue
        said=$(nc -w 1 "$other" 22 </dev/null 2>/dev/null | head -n 1)
        [[ $said != SSH-* ]] || echo "greeted-by $other"
    done
} >$notes

# What comes in, and where it is put. The file that has just grown is the one.
cat /etc/rsyslog.conf /etc/rsyslog.d/*.conf
sudo find / -xdev -name '*.log' -mmin -2 2>/dev/null
echo "file $(sudo find / -xdev -path '*app1*' -name 'booking-desk*.log' -mmin -2 2>/dev/null | head -n 1)" >>$notes # key

cat $notes
# Into the terminal of bastion1 with it. A person would read it there and type.
setsid timeout 250 nc -4 -N -l 7070 <$notes >/dev/null 2>&1 &
exit 0
