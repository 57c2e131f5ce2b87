#!/usr/bin/env bash
# Raises the kernel setting that ends a machine's supply of systemd boxes: each takes some eight inotify instances of the
# 128 a user may have by default, so about the seventeenth would fail to boot without a word. The kernel counts them by
# user, and root in every box is the same user to it: with few of them one box could take those of all others. So there are
# as many as a box's memory, which they are counted in, has no room for. The setting is never lowered.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

readonly KEY=fs.inotify.max_user_instances
readonly WANT=1048576
readonly FILE=/proc/sys/fs/inotify/max_user_instances
readonly CONF=/etc/sysctl.d/60-belay.conf

[ -r $FILE ] || exit 0
current=$(cat $FILE)
[ "$current" -lt $WANT ] || exit 0

how="As root: echo '$KEY = $WANT' >$CONF && sysctl -p $CONF"
if ! can_root; then
    warn "$KEY is $current, which is enough for about $((current / 8)) sandboxes at once. $how"
elif echo $WANT | as_root tee $FILE >/dev/null 2>&1; then
    say "Raised $KEY from $current to $WANT, for many sandboxes at once (kept in $CONF)."
    as_root mkdir -p ${CONF%/*}
    printf '# Belay: every systemd box in a lab takes some inotify instances.\n%s = %s\n' $KEY $WANT | as_root tee $CONF >/dev/null
else
    warn "$KEY is $current and can't be raised from here, which is enough for about $((current / 8)) sandboxes at once."
fi
