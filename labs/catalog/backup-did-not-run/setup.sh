#!/bin/bash
set -euo pipefail
readonly repository=/srv/restic/nightly
readonly password_file=/var/lib/vault-agent/restic
readonly log=/var/log/harbourline/backup-nightly.log
readonly verify_log=/var/log/harbourline/backup-verify.log
readonly ticket=/srv/tickets/HL-$TICKET.md

until_true() {
    for _ in {1..200}; do
        if "$@"; then return; fi
        sleep 0.1
    done
    echo "still not so after twenty seconds: $*" >&2
    exit 1
}
as_restic() { setpriv --reuid=restic --regid=restic --clear-groups env HOME=/var/lib/restic RESTIC_CACHE_DIR=/var/cache/restic "$@"; }
resting() { grep -qx T < <(ps -C restic -o state=); }
locked() { grep -qE '^[0-9a-f]{64}$' < <(ls "$repository/locks"); }

systemctl stop backup-verify.service backup-nightly.service 2>/dev/null || true
install -d -m 0755 /etc/harbourline /var/log/harbourline /srv/tickets
install -d -o restic -g restic -m 0755 /var/cache/restic
cat >/etc/harbourline/backup.conf <<CONF
# The nightly backup. Read at each run.
REPOSITORY=$repository
PASSWORD_FILE=$password_file
SOURCES=/etc/harbourline/backup-sources
CONF
cat >/etc/harbourline/backup-sources <<'CONF'
# What the nightly backup saves, a path in each line.
/srv/pull/db1
/srv/pull/files1
/srv/pull/app1
CONF

# The last night when all was well.
night=$(date -u -d '25 hours ago' +%F)
saved=$(as_restic restic --repo $repository --password-file $password_file backup --host backup1 --tag nightly \
    --time "$night 01:30:03" /srv/pull/db1 /srv/pull/files1 /srv/pull/app1 2>&1 | sed -n 's/^snapshot \([0-9a-f]*\) saved$/\1/p')
cat >$log <<LOG
${night}T01:30:02Z nightly: begins, repository $repository
${night}T01:30:09Z nightly: restic: snapshot $saved saved
${night}T01:30:09Z nightly: done, 3 sources saved
LOG
: >$verify_log
chown restic:adm $log $verify_log
chmod 0640 $log $verify_log

# What happened since.
stale=
case $CAUSE in
'a lock left behind')
    # Somebody's check lost its machine in the middle.
    setpriv --reuid=restic --regid=restic --clear-groups env HOME=/var/lib/restic \
        restic --no-cache --repo $repository --password-file $password_file --limit-download 4 check --read-data >/dev/null 2>&1 &
    check=$!
    until_true locked
    kill -KILL "$check"
    wait "$check" 2>/dev/null || true
    stale=$(ls $repository/locks | grep -E '^[0-9a-f]{64}$')
    ;;
'an old password')
    # The password was rotated last week; the vault's agent has the new one, the configuration the old file.
    install -d -m 0751 /etc/harbourline/secrets
    echo slack-water-2204-eider >/etc/harbourline/secrets/restic
    chown restic:restic /etc/harbourline/secrets/restic
    chmod 0400 /etc/harbourline/secrets/restic
    sed -i 's|^PASSWORD_FILE=.*|PASSWORD_FILE=/etc/harbourline/secrets/restic|' /etc/harbourline/backup.conf
    ;;
'directories that belong to root')
    # Somebody put the repository in its place by hand, as root.
    chown root:root $repository/index $repository/snapshots
    chmod 0755 $repository/index $repository/snapshots
    ;;
'a source that moved')
    # The pulls were put in order by service.
    install -d -o root -g restic -m 0750 /srv/pull/by-service
    case $MOVED in
    app1) mv /srv/pull/app1 /srv/pull/by-service/payments ;;
    files1) mv /srv/pull/files1 /srv/pull/by-service/crews-and-rotas ;;
    esac
    ;;
esac

systemctl start backup-nightly.service 2>/dev/null || true
if ! systemctl is-failed --quiet backup-nightly.service; then
    echo "the nightly backup does not fail" >&2
    exit 1
fi

# Somebody else is at work in the same repository, in strokes. A lock that is left behind must not keep her out.
if [ "$MEANWHILE" = "a check that is really running" ]; then
    [ -z "$stale" ] || mv "$repository/locks/$stale" /run/lock-left-behind
    systemctl start --no-block backup-verify.service
    until_true resting
    locked
    [ -z "$stale" ] || mv /run/lock-left-behind "$repository/locks/$stale"
fi

cat >"$ticket" <<NOTE
# HL-$TICKET: the nightly backup of backup1 failed

Opened by the monitoring. Team: Platform.

## Triage

Cause:
Evidence:
Done:
Snapshot:
Verified:
Next:
NOTE
chown -R engineer:engineer /srv/tickets

# For the restore test.
install -d -m 0755 /srv/drills
install -d -o restic -g engineer -m 2770 "/srv/drills/HL-$TICKET"
