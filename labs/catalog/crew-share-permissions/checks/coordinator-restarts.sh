#!/bin/bash
# In the box. The coordinator types what she has always typed.
pid() { systemctl show --property=MainPID --value "$BOARD.service"; }
before=$(pid)
if ! su -l tora -s /bin/bash -c "sudo -n systemctl restart $BOARD" >/dev/null 2>&1 </dev/null; then
    echo "tora types \`sudo systemctl restart $BOARD\` and is still asked for a password. Which of its files does sudo read, and what does it think of them?"
    exit 1
fi
if [ "$(systemctl is-active "$BOARD.service")" != active ] || [ "$(pid)" = "$before" ]; then
    echo "tora may type it, but $BOARD was not restarted by it."
    exit 1
fi
echo "tora restarts $BOARD by herself."
