#!/bin/bash
# In the box. The notes of before must hold what they held (more may have been added), and members of both crews may write in them.
share=/srv/crews/handover
declare -A note=(
    [lifejackets.txt]="Lifejackets: two lights to replace, row 7. Job $TICKET-1."
    [deck/paint.txt]="Paint: starboard rail, second coat open. Job $TICKET-2."
    [bow-thruster.txt]="Bow thruster: vibrates above 60 percent. Job $TICKET-3."
    [engine/oil.txt]="Oil: 40 litres taken on at Norhaven. Job $TICKET-4."
)
if [ "$SHARE_FAULT" != 'wrong group' ]; then
    note[galley.txt]="Galley: the left oven trips its fuse. Job $TICKET-5."
    note[deck/lashing.txt]="Lashing: 6 chains short on deck 2. Job $TICKET-6."
fi
for file in "${!note[@]}"; do
    if [ "$(head -n 1 "$share/$file" 2>/dev/null)" != "${note[$file]}" ]; then
        echo "The note $file does not hold any more what was written in it. Rights can be changed without touching the content."
        exit 1
    fi
done
cd "$share" || exit 1
for who in oskar signe runa henrik; do
    # shellcheck disable=SC2016 # for the other shell
    shut=$(su -l "$who" -s /bin/bash -c 'cd /srv/crews/handover 2>/dev/null || { echo /srv/crews/handover; exit; }
        for file; do [ -r "$file" ] && [ -w "$file" ] || { echo "$file"; exit; }; done' sh "${!note[@]}" 2>/dev/null </dev/null)
    if [ -n "$shut" ]; then
        echo "$who still can't read and write $shut, which is $(stat -c '%A %U %G' "$shut"). What is mended for new notes does not mend those that are there."
        exit 1
    fi
done
for file in "${!note[@]}"; do
    if [ -x "$file" ]; then
        echo "The note $file is now a program, by its rights: $(stat -c '%A' "$file"). Folders need x, notes don't."
        exit 1
    fi
done
echo "The notes are complete, and both crews can write in them."
