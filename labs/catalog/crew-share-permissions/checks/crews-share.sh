#!/bin/bash
# In the box. One of each crew logs in and makes a note and a folder where both crews write; one of the other crew goes on with
# them. How the folder comes to allow it (setgid and umask, an access list, …) is not asked.
share=/srv/crews/handover
trial=.check-$BASHPID
trap 'rm -rf "$share/$trial"*' EXIT

# As at a terminal: a login, interactive, in the common folder.
# shellcheck disable=SC2016 # for the other shell
as() { su -l "$1" -s /bin/bash -c 'exec bash -lic "$1"' sh "cd $share && { $2; }" >/dev/null 2>&1 </dev/null; }
shown() { stat -c '%A %U %G' "$share/$1" 2>/dev/null || echo 'not there'; }
fail() {
    echo "$*"
    exit 1
}

for pair in 'oskar runa' 'henrik signe'; do
    read -r one other <<<"$pair"
    note=$trial-$one
    as "$one" "echo one >$note" || fail "$one can't make a note in $share. Who may write into the folder ($(stat -c '%A %U %G' $share)), and is $one one of them?"
    as "$other" "cat $note && echo two >>$note" ||
        fail "$other can't go on with a note that $one has just made: it is $(shown "$note"). Where does a new file get its group from, and where its rights?"
    as "$one" "mkdir $note-folder" || fail "$one can't make a folder in $share."
    as "$other" "echo three >$note-folder/note" ||
        fail "$other can't write into a folder that $one has just made: it is $(shown "$note-folder"). A new folder has to pass on what its parent has."
    as "$one" "cat $note-folder/note && echo four >>$note-folder/note" ||
        fail "$one can't go on with what $other has put into $one's folder: it is $(shown "$note-folder/note")."
    [ "$(cat "$share/$note" "$share/$note-folder/note" 2>/dev/null | tr '\n' ' ')" = 'one two three four ' ] ||
        fail "A note that both crews wrote in does not hold what both wrote."
done
for folder in deck engine; do
    as oskar "echo one >$folder/$trial" && as runa "echo two >>$folder/$trial"
    shared=$? seen=$(shown "$folder/$trial")
    rm -f "$share/$folder/$trial"
    [ $shared = 0 ] || fail "In $share/$folder it does not work yet: what oskar makes there is $seen. A folder inside a folder has rights of its own."
done
echo "Both crews go on with each other's new notes."
