#!/bin/bash
# In the box. Ingrid's check must have come to its end, or be at work still; who broke it off may have started it again.
if [ "$MEANWHILE" = "nobody else" ] ||
    grep -q 'verify: done' /var/log/harbourline/backup-verify.log ||
    [ "$(systemctl show --property=ActiveState --value backup-verify.service)" = activating ]; then
    echo "Nobody else's work in the repository was broken off."
else
    echo "Ingrid's check of the repository never came to its end. Its lock was not left behind: its owner was alive."
    exit 1
fi
