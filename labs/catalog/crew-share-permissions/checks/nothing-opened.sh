#!/bin/bash
# In the box: what lies there, and what the next login of each would make.
open=$(find /srv /etc /home /usr/lib/harbourline ! -type l -perm -0002 -print -quit 2>/dev/null)
if [ -n "$open" ]; then
    echo "Everybody may now write to $open. Two crews are not everybody."
    exit 1
fi
if [ -n "$(find /srv /home -type f \( -perm -4000 -o -perm -2000 \) -print -quit 2>/dev/null)" ]; then
    echo "A note now runs with somebody else's rights, if it is run: setgid belongs on folders, not on files."
    exit 1
fi
for who in oskar signe runa henrik tora gitte engineer; do
    own=$(su -l "$who" -s /bin/bash -c "exec bash -lic umask" 2>/dev/null </dev/null | tail -n 1)
    if ! [[ $own =~ ^[0-7]+$ ]]; then
        echo "$who logs in, and no shell says with which rights new files are made."
        exit 1
    fi
    if (((8#$own & 8#2) == 0)); then
        echo "$who's login now has the umask $own: what $who makes from now on, anywhere, everybody may write to. Two crews are not everybody."
        exit 1
    fi
done
echo "Nothing is open to everyone, and new files won't be."
