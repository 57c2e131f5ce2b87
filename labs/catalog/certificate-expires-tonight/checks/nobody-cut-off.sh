#!/bin/bash
# In the box. Both services are started together, by the set-up as at a boot; a reload leaves the time of the start as it is.
since() { systemctl show --property=ActiveEnterTimestampMonotonic --value "$1"; }
nginx=$(since nginx.service) desk=$(since ca-desk.service)
if [ "$nginx" = 0 ] || [ "$((nginx - desk))" -gt 20000000 ]; then
    echo "nginx was stopped and started since the machine came up, and each time all connections were cut. It reads certificates at a reload, too."
    exit 1
fi
echo "nginx runs as it ran before: it was reloaded, and nobody was cut off."
