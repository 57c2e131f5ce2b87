#!/bin/bash
# In the box: as whom the two run.
pid=$(systemctl show --property=MainPID --value booking.service)
user=$(ps -o user:32= -p "${pid:-0}" 2>/dev/null | tr -d ' ')
if [ "$user" != booking ]; then
    echo "The app runs as ${user:-nobody at all}, and not as its own user. What it can't reach is a question of the socket, not of more rights."
    exit 1
fi
workers=$(ps -e -o user:32=,args= | awk '/nginx: worker process/ && !/awk/ {print $1}' | sort -u)
if [ "$workers" != www-data ]; then
    echo "nginx's workers run as ${workers//$'\n'/, }. A web server should not have more rights than it needs."
    exit 1
fi
echo "The app runs as booking, the web server as www-data."
