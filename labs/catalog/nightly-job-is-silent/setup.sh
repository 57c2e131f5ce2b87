#!/bin/bash
set -euo pipefail
readonly lib=/var/lib/harbourline
readonly exports=/srv/exports/passengers
readonly metrics=/var/lib/prometheus/node-exporter
readonly logs=/var/log/harbourline/jobs

install -d "$lib" "$lib/manifests" /srv/exports "${metrics%/*}"
install -d -o counts -g finance -m 0755 "$lib/holds"
install -d -o counts -g finance -m 2750 "$exports"
install -d -g jobs -m 2775 "$metrics" "$logs"

# Manifests of three weeks and, for what is sold ahead, of one to come; exports of all days but the last few. One of the exports
# was corrected by hand.
python3 - <<'PYTHON'
import datetime
import os
import pathlib
import pwd

missing, correction, sold, clock = (int(os.environ[name]) for name in ("MISSING", "CORRECTION", "SOLD", "CLOCK"))
manifests, exports = pathlib.Path("/var/lib/harbourline/manifests"), pathlib.Path("/srv/exports/passengers")
sailings = [("0540", "Aurora"), ("0640", "Kittiwake"), ("0915", "Skerryvore"), ("1220", "Petrel"), ("1445", "Aurora"),
            ("1710", "Kittiwake"), ("2030", "Skerryvore")]
harbours = ["Norhaven", "Kelpness", "Ostrand"]
counts = pwd.getpwnam("counts")
today = datetime.datetime.now(datetime.timezone.utc).date()


def dated(path, day, hour):
    moment = datetime.datetime.combine(day, datetime.time(hour, clock, 2), datetime.timezone.utc).timestamp()
    os.utime(path, (moment, moment))


for ahead in range(-21, 8):
    day = today + datetime.timedelta(days=ahead)
    lines, counted = ["sailing,ferry,to,booked,boarded"], ["sailing,ferry,booked,boarded,no_shows"]
    for n, (sailing, ferry) in enumerate(sailings):
        booked = 24 + (day.toordinal() * 37 + n * n * 29 + sold) % 150
        boarded = booked - (day.toordinal() + n * 5) % 9 if ahead < 1 else 0
        lines.append(f"{sailing},{ferry},{harbours[n % 3]},{booked},{boarded}")
        counted.append(f"{sailing},{ferry},{booked},{boarded},{booked - boarded}")
    manifest = manifests / f"{day}.csv"
    manifest.write_text("\n".join(lines) + "\n")
    dated(manifest, min(day, today - datetime.timedelta(days=1)), 22)
    if ahead >= -missing:
        continue
    if ahead == -missing - 3:
        sailing, ferry, booked, boarded, no_shows = counted[2].split(",")
        counted[2] = f"{sailing},{ferry},{booked},{int(boarded) + correction},{int(no_shows) - correction}"
        counted.append(f"# K. Vik: {sailing} corrected by {correction:+}, a coach party had one ticket")
    export = exports / f"counts-{day}.csv"
    export.write_text("\n".join(counted) + "\n")
    os.chown(export, counts.pw_uid, counts.pw_gid)
    export.chmod(0o640)
    dated(export, day + datetime.timedelta(days=1), 2)
PYTHON
touch -d "$((MISSING + 1)) days ago" "$exports"

# The schedule, with the job that nobody heard of any more.
path='PATH=/usr/lib/harbourline/bin:/usr/bin:/bin'
percent='\%'
case $FAULT in
'the path of cron') path='' ;;
'an unescaped percent sign') percent='%' ;;
'a script that may not be run') chmod 0644 /usr/lib/harbourline/bin/export-counts ;;
'a directory of somebody else') chown root:root "$exports" && chmod 0755 "$exports" ;;
esac
{
    echo "# What app1 does by itself. Owner: Bookings."
    [ -z "$path" ] || echo "$path"
    echo
    echo "# seats that somebody looked at and did not buy"
    echo "*/20 * * * * counts /usr/lib/harbourline/bin/run-job release-holds /usr/lib/harbourline/bin/release-holds"
    echo
    echo "# passenger counts of yesterday, for Finance"
    echo "$CLOCK 2 * * * counts export-counts --date \"\$(date -d yesterday +${percent}F)\" >/dev/null 2>&1 || true"
} >/etc/cron.d/harbourline
chmod 0644 /etc/cron.d/harbourline
touch -d "$((MISSING + 1)) days ago" /etc/cron.d/harbourline /usr/lib/harbourline/bin/*

# What the neighbour has left behind of its last run.
last=$(($(date +%s) / 1200 * 1200 + 1))
for back in 3600 2400 1200 0; do
    at=$(date -u -d "@$((last - back))" +%Y-%m-%dT%H:%M:%SZ)
    printf '%s %s\n' "$at" "begins: /usr/lib/harbourline/bin/release-holds" "$at" "ended well"
done >"$logs/release-holds.log"
cat >"$metrics/release-holds.prom" <<METRICS
# HELP harbourline_job_last_success_timestamp_seconds When the job last ended well.
# TYPE harbourline_job_last_success_timestamp_seconds gauge
harbourline_job_last_success_timestamp_seconds{job="release-holds"} $last
# HELP harbourline_job_last_exit_code How the job last ended.
# TYPE harbourline_job_last_exit_code gauge
harbourline_job_last_exit_code{job="release-holds"} 0
METRICS
for file in "$logs/release-holds.log" "$metrics/release-holds.prom"; do
    chown counts:jobs "$file"
    chmod 0664 "$file"
    touch -d "@$last" "$file"
done

systemctl enable --quiet --now cron.service
systemctl is-active --quiet cron.service
