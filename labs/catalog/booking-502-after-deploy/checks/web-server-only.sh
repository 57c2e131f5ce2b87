#!/bin/bash
# In the box: tries as an account without rights whether the app can be reached past the web server.
app_answers() {
    setpriv --reuid=nobody --regid=nogroup --clear-groups curl -s --max-time 3 "$@" | grep -q '<title>Booking</title>'
}
while read -r address; do
    port=${address##*:} host=${address%:*}
    case $host in '*' | 0.0.0.0 | '[::]') host=127.0.0.1 ;; esac
    if [ "$port" != 80 ] && app_answers "http://$host:$port/booking/"; then
        echo "The app answers on port $port, too, past the web server. It believes whoever reaches it, so it stays on a socket."
        exit 1
    fi
done < <(ss -Htln | awk '{print $4}')
sockets=0
while read -r path; do
    sockets=$((sockets + 1))
    if app_answers --unix-socket "$path" http://localhost/booking/; then
        echo "Any account of this machine can now talk to the app at $path. Only the web server needs to."
        exit 1
    fi
done < <(ss -Hxl | awk '{print $5}' | grep -E '^/' | grep -Ev '^/run/(systemd|dbus)/')
if [ "$sockets" = 0 ]; then
    echo "Nothing listens on a socket any more, and yet somebody answers in the app's place."
    exit 1
fi
echo "Of the accounts without rights none can reach the app past the web server."
