#!/bin/bash
# Let the job say what it has to say, in the surroundings in which it runs; mend the cause; see to it that the next fault is heard.
set -uo pipefail
readonly exports=/srv/exports/passengers
readonly bin=/usr/lib/harbourline/bin
readonly metrics=/var/lib/prometheus/node-exporter

# Which days are missing, and who starts the job? Not root's crontab, whatever the runbook says.
ls -l $exports
sudo crontab -l
systemctl list-timers --no-pager
grep -rs export-counts /etc/crontab /etc/cron.d
table=$(grep -rls export-counts /etc/cron.d)
cat "$table"
systemctl status cron --no-pager
journalctl -u cron -n 20 --no-pager
ls -l $bin
ls $metrics

# The line as cron runs it: as its user, with cron's few variables, cut at the first % that has no backslash. Without the end
# that throws away what it says.
line=$(grep export-counts "$table" | sed -E -e 's/^([^ ]+ +){6}//' -e 's| *>/dev/null.*||')
command=$(sed -E -e 's/([^\\])%.*/\1/' -e 's/\\%/%/g' <<<"$line")
path=$(sed -n 's/^PATH=//p' "$table")
sudo -u counts env -i HOME=/var/lib/harbourline LOGNAME=counts SHELL=/bin/sh PATH="${path:-/usr/bin:/bin}" sh -c "$command"
echo "exit code $?"

# What stands in its way? May it be run, and may its user write where it writes?
ls -ld $exports
sudo -u counts test -x $bin/export-counts || sudo chmod 0755 $bin/export-counts
if ! sudo -u counts test -w $exports; then
    sudo chown counts:finance $exports
    sudo chmod 2750 $exports
fi

# The line itself: whole paths, % with its backslash, and run-job in front instead of `|| true` behind.
sudo cp -a "$table" /var/backups/cron-harbourline.before
draft=$(mktemp)
grep -v export-counts "$table" >"$draft"
when=$(grep export-counts "$table" | cut -d ' ' -f 1-5)
echo "$when counts $bin/run-job $JOB $bin/export-counts --date \"\$(date -d yesterday +\\%F)\"" >>"$draft"
diff "$table" "$draft"
sudo install -o root -g root -m 0644 "$draft" "$table" # key
rm "$draft"

# Once as cron will do it tonight.
command=$(grep export-counts "$table" | sed -E -e 's/^([^ ]+ +){6}//' -e 's/\\%/%/g')
as_cron() { sudo -u counts env -i HOME=/var/lib/harbourline LOGNAME=counts SHELL=/bin/sh PATH=/usr/bin:/bin "$@"; }
as_cron sh -c "$command" || exit 1

# Would anybody hear of a failure? A day that has no manifest tells.
as_cron $bin/run-job "$JOB" $bin/export-counts --date 2001-01-01
echo "exit code $?"
tail -n 5 "/var/log/harbourline/jobs/$JOB.log"
cat "$metrics/$JOB.prom"

# The days in between: every day that is over, has a manifest and has no export.
today=$(date +%F)
for manifest in /var/lib/harbourline/manifests/*.csv; do
    day=$(basename "$manifest" .csv)
    [[ $day < $today ]] || continue
    [ -e "$exports/counts-$day.csv" ] || as_cron $bin/export-counts --date "$day" || exit 1 # key
done
ls -l $exports
as_cron sh -c "$command" || exit 1
cat "$metrics/$JOB.prom"
