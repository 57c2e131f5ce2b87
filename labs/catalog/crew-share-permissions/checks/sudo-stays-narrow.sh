#!/bin/bash
# In the box: asks sudo itself what it would allow. Nothing of it is run.
allows() { sudo -n -U "$1" -l "${@:2}" >/dev/null 2>&1; }

if ! visudo -cq >/dev/null 2>&1; then
    echo "sudo still finds fault with one of its files: $(visudo -c 2>&1 | grep -v 'parsed OK' | head -n 1)"
    exit 1
fi
for who in tora oskar signe runa henrik gitte roster; do
    # Most may nothing at all: no need to ask for each command.
    [[ $(sudo -n -U "$who" -l 2>/dev/null) != *'is not allowed to run sudo'* ]] || continue
    while read -ra command; do
        if allows "$who" "${command[@]}"; then
            echo "$who may now run \`${command[*]}\` as root. The rule is for one command of one person, and must not let through more."
            exit 1
        fi
    done <<COMMANDS
/bin/bash
/usr/bin/cat /etc/shadow
/usr/bin/systemctl stop $BOARD
/usr/bin/systemctl edit $BOARD
/usr/bin/systemctl restart cron
/usr/bin/systemctl restart $BOARD cron
/usr/bin/systemctl link /tmp/any.service
/usr/bin/tee /etc/sudoers
COMMANDS
done
for who in oskar runa gitte; do
    if allows "$who" /usr/bin/systemctl restart "$BOARD"; then
        echo "Not only the coordinator may now restart $BOARD: $who may, too."
        exit 1
    fi
done
if ! su -l engineer -s /bin/bash -c 'sudo -n true' >/dev/null 2>&1 </dev/null || ! allows engineer /bin/bash; then
    echo "You have lost your own sudo. Nobody could mend this machine now without its console."
    exit 1
fi
echo "sudo's rules are sound, and as narrow as they should be."
