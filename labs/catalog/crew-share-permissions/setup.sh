#!/bin/bash
set -euo pipefail
readonly share=/srv/crews
readonly handover=$share/handover

# Who belongs to what. This part of the move went well.
for group in crews officers "$CREW_A" "$CREW_B"; do groupadd "$group"; done
usermod --append --groups "crews,officers,$CREW_A" signe
usermod --append --groups "crews,$CREW_A" oskar
usermod --append --groups "crews,officers,$CREW_B" henrik
usermod --append --groups "crews,$CREW_B" runa

# What crews make can be written by their group.
narrow=007
[ "$SHARE_FAULT" != 'umask too narrow' ] || narrow=027
cat >/etc/profile.d/crews.sh <<PROFILE
# Members of a crew share what they make with its group.
case " \$(id -nG) " in
*' crews '*) umask $narrow ;;
esac
PROFILE

# The folders as they should be.
install -d -m 0755 "$share"
install -d -g crews -m 2770 "$handover" "$handover/deck" "$handover/engine"
install -d -g "$CREW_A" -m 2770 "$share/$CREW_A"
install -d -g "$CREW_B" -m 2770 "$share/$CREW_B"
install -d -g officers -m 2750 "$share/confidential"

write() { # file, owner, group, mode, age, text
    printf '%s\n' "$6" >"$share/$1"
    chown "$2:$3" "$share/$1"
    chmod "$4" "$share/$1"
    touch -d "$5" "$share/$1"
}
write "$CREW_A/birthdays.txt" oskar "$CREW_A" 0660 '40 days ago' "Signe: 3 May. Oskar: 19 October. Cake is Oskar's."
write "$CREW_B/birthdays.txt" runa "$CREW_B" 0660 '35 days ago' "Runa: 11 June. Henrik: he does not say."
write "confidential/report-$TICKET.txt" root officers 0640 '20 days ago' "Report $TICKET: for officers, names inside."

# Notes from before the move, and from after it.
write handover/lifejackets.txt runa crews 0660 '30 days ago' "Lifejackets: two lights to replace, row 7. Job $TICKET-1."
write handover/deck/paint.txt henrik crews 0660 '26 days ago' "Paint: starboard rail, second coat open. Job $TICKET-2."
group_of() { echo crews; }
mode=0660
case $SHARE_FAULT in
'setgid missing') group_of() { echo "$1"; } ;;
'umask too narrow') mode=0640 ;;
esac
write handover/bow-thruster.txt oskar "$(group_of oskar)" $mode '2 days ago' "Bow thruster: vibrates above 60 percent. Job $TICKET-3."
write handover/engine/oil.txt signe "$(group_of signe)" $mode '2 days ago' "Oil: 40 litres taken on at Norhaven. Job $TICKET-4."
if [ "$SHARE_FAULT" != 'wrong group' ]; then
    write handover/galley.txt runa "$(group_of runa)" $mode '1 day ago' "Galley: the left oven trips its fuse. Job $TICKET-5."
    write handover/deck/lashing.txt henrik "$(group_of henrik)" $mode '1 day ago' "Lashing: 6 chains short on deck 2. Job $TICKET-6."
fi

# The move.
case $SHARE_FAULT in
'setgid missing') chmod 00770 "$handover" "$handover/deck" "$handover/engine" ;;
'wrong group') chgrp -R "$CREW_A" "$handover" ;;
esac
touch -d '3 days ago' "$share" "$share"/* "$handover/deck" "$handover/engine" /etc/profile.d/crews.sh

# The screens show what was on the roster when their service started.
install -d -o tora -g roster -m 2750 /srv/roster
cat >/etc/default/"$BOARD" <<ENV
PORT=8071
ROSTER=/srv/roster/roster.txt
ENV
cat >"/etc/systemd/system/$BOARD.service" <<UNIT
[Unit]
Description=Roster on the screens in the crews' room
After=network.target
StartLimitIntervalSec=0

[Service]
Type=notify
User=roster
EnvironmentFile=/etc/default/$BOARD
ExecStart=/usr/bin/python3 /usr/lib/harbourline/roster
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT
roster() {
    printf '%s\n' "$1" "Morning watch begins $2" "${CREW_A^}: Moe, Lunde" "${CREW_B^}: Falk, Solheim" >/srv/roster/roster.txt
    chown tora:roster /srv/roster/roster.txt
    chmod 0640 /srv/roster/roster.txt
}
roster 'Last week' 05:05
systemctl daemon-reload
systemctl enable --quiet --now "$BOARD.service"
roster 'This week' "05:$MINUTE"
touch -d '1 day ago' /srv/roster/roster.txt

# The rule for the coordinator.
rule=/etc/sudoers.d/50-$BOARD
colon=:
[ "$SUDO_FAULT" != 'syntax error' ] || colon=
[ "$SUDO_FAULT" != 'dot in the name' ] || rule=$rule.conf
cat >"$rule" <<RULE
# HL-2087: the crew coordinator restarts the roster, and nothing else.
tora ALL=(root) NOPASSWD$colon /usr/bin/systemctl restart $BOARD
RULE
chmod 0440 "$rule"
if [ "$SUDO_FAULT" = 'rights of the file' ]; then
    chgrp crews "$rule"
    chmod 0664 "$rule"
fi
touch -d '3 days ago' "$rule" "/etc/systemd/system/$BOARD.service" "/etc/default/$BOARD"

for _ in {1..100}; do
    if curl -fs http://127.0.0.1:8071/ | grep -q 'Last week'; then exit 0; fi
    sleep 0.05
done
echo "the roster is not on the screens" >&2
exit 1
