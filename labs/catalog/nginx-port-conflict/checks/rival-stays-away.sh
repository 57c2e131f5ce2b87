#!/bin/bash
# In the box, after its restart. The preview may be gone, switched off, or live on another port; it may not fight for port 80.
sleep 1.5 # a server that finds its port taken needs a moment to fail
declare -A unit
while IFS='=' read -r key value; do unit[$key]=$value; done < <(
    systemctl show --property=LoadState,ActiveState,SubState,NRestarts "$PREVIEW.service"
)
if [ "${unit[LoadState]}" = not-found ] || [ "${unit[ActiveState]}" = inactive ]; then
    echo "The preview does not start by itself any more."
elif [ "${unit[SubState]}" = running ] && [ "${unit[NRestarts]}" = 0 ] && ! ss -Htlnp 'sport = :80' | grep -qv nginx; then
    echo "The preview runs on a port of its own."
else
    echo "After the restart a service still went for port 80. Stopping a process once does not undo what starts it at boot."
    exit 1
fi
