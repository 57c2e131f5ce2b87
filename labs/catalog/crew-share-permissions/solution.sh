#!/bin/bash
# See it as those see it who complain, compare it with the table of the runbook, and change only what differs.
set -uo pipefail
readonly share=/srv/crews/handover

# What is there, and who is who? The table: both crews write in `handover`, group crews.
ls -la /srv/crews
sudo ls -laR $share
getent group crews officers "$CREW_A" "$CREW_B"
id oskar
id runa

# As a member: log in as they do (a plain `sudo -u` would bring sudo's umask along, not theirs), make a note, go on with it.
sudo -iu oskar bash -c "umask; touch $share/try-oskar; ls -l $share"
sudo -iu runa bash -c "umask; cd $share && echo more >>try-oskar"
sudo rm -f $share/try-oskar

# What are the rights now? So that there is a way back.
sudo find /srv/crews -printf '%m %u %g %p\n' >"$HOME/crews-rights.before"
sudo cp -a /etc/profile.d /var/backups/profile.d.before

# The group of the folder is crews, new things inherit it, and both crews may write in what is there.
sudo chgrp -R crews $share
sudo find $share -type d -exec chmod 2770 {} +
sudo find $share -type f -exec chmod 0660 {} +

# What a member's login gives to new files. Nothing else than 007 lets the group write.
grep -n umask /etc/profile /etc/profile.d/* /etc/login.defs /etc/bash.bashrc
if [ "$(sudo -iu oskar bash -c umask)" != 0007 ]; then
    sudo sed -i -E 's/umask 0?[0-7]{3}/umask 007/' /etc/profile.d/crews.sh
    diff /var/backups/profile.d.before/crews.sh /etc/profile.d/crews.sh
fi

# The coordinator. What does sudo read, what does it think of it, and what may she do?
sudo ls -l /etc/sudoers.d
sudo visudo -c
sudo sudo -l -U tora
rule=$(sudo find /etc/sudoers.d -name "*$BOARD*")
sudo cat "$rule"
sudo cp -a "$rule" /var/backups/
# Written beside, checked, and only then put where sudo reads it: root's, 0440, no dot in the name.
draft=$(mktemp)
sudo sed -E 's/NOPASSWD:? +/NOPASSWD: /' "$rule" >"$draft"
visudo -cf "$draft" || exit 1
sudo install -o root -g root -m 0440 "$draft" "/etc/sudoers.d/50-$BOARD" # key
[ "$rule" = "/etc/sudoers.d/50-$BOARD" ] || sudo rm "$rule"
rm "$draft"
sudo visudo -c || exit 1
sudo sudo -l -U tora

# As they will do it tomorrow.
sudo -iu oskar bash -c "echo one >$share/try-oskar; ls -l $share/try-oskar" || exit 1
sudo -iu runa bash -c "echo two >>$share/try-oskar; cat $share/try-oskar" || exit 1
sudo rm $share/try-oskar
sudo -iu signe ls /srv/crews/confidential || exit 1
sudo -iu runa ls /srv/crews/confidential "/srv/crews/$CREW_A"
sudo -iu tora sudo -n systemctl restart "$BOARD" || exit 1 # key
sudo ls -laR $share
for _ in {1..20}; do
    curl -fsS http://127.0.0.1:8071/ && exit 0
    sleep 0.2
done
exit 1
