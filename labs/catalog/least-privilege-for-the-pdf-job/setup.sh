#!/bin/bash
set -euo pipefail
readonly iam=/srv/iam logs=/var/log/harbourline/iam
umask 022

as_engineer() { runuser -u engineer -- env HOME=/home/engineer "$@"; }
record() {
    local who=$1 when mail
    when=$(date -u -d "$2 days ago $3" +%Y-%m-%dT%H:%M:%S+00:00)
    mail=$(tr 'A-Z ' 'a-z.' <<<"$who")@harbourline.example
    as_engineer env GIT_AUTHOR_NAME="$who" GIT_AUTHOR_EMAIL="$mail" GIT_AUTHOR_DATE="$when" \
        GIT_COMMITTER_NAME="$who" GIT_COMMITTER_EMAIL="$mail" GIT_COMMITTER_DATE="$when" \
        git -C $iam commit --quiet --message "$4"
}

rm -rf $iam/.git "$logs" $iam/policies/ticket-pdf-job.json $iam/docs/ticket-pdf-job.md
chown -R engineer:engineer $iam
as_engineer git config --global user.name 'New Engineer'
as_engineer git config --global user.email engineer@harbourline.example
as_engineer git config --global init.defaultBranch main
as_engineer git config --global core.editor nano
as_engineer git config --global gc.auto 0
as_engineer git init --quiet $iam
as_engineer git -C $iam add --all
record 'Adaeze Obi' 320 08:31 'Who may do what, as it is in the account today'

# The policy that was to be for a week.
case $WIDE in
'every action on everything') actions='"*"' ;;
'every action of five services, on everything') actions='["s3:*", "sqs:*", "sns:*", "kms:*", "secretsmanager:*"]' ;;
*)
    actions='[
        "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket",
        "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:PurgeQueue",
        "kms:GenerateDataKey", "kms:Decrypt", "sns:Publish", "ses:SendEmail", "secretsmanager:GetSecretValue"
      ]'
    ;;
esac
cat >$iam/policies/ticket-pdf-job.json <<JSON
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": $actions,
      "Resource": "*"
    }
  ]
}
JSON
cat >$iam/docs/ticket-pdf-job.md <<DOC
# The job that makes tickets

*Service \`ticket-pdf\`, owner Bookings (Lena Holm), cost centre \`CC-$CENTRE\`. Written when it was new.*

It runs on app1 and app2 beside the booking desk, as the role \`ticket-pdf-job\`, in sessions named \`ticket-pdf-1\` and
\`ticket-pdf-2\`.

1. It takes an order from the queue \`ticket-pdf-orders\`.
2. It reads a template, from below \`ticket/\` in the bucket \`harbourline-prod-templates\`.
3. It makes the ticket and puts it into the bucket \`harbourline-prod-tickets\`, below \`$PREFIX/<year>/<month>/\`.
4. It tells the booking desk by the topic \`ticket-ready\`, and the passenger by mail.

At night it looks whether all of yesterday's tickets are there. Everything that is kept is encrypted with a key of its own.

Invoices are made by another program, which has a role of its own. The two share a bucket of templates and nothing else.
DOC
chown engineer:engineer $iam/policies/ticket-pdf-job.json $iam/docs/ticket-pdf-job.md
as_engineer git -C $iam add --all
record 'Jonas Lind' 204 17:48 'ticket-pdf-job: for the start next week, to be narrowed when we know what it needs'

# What the last thirty days have seen.
install -d -m 0755 "$logs"
python3 - >"$logs/access.jsonl" <<'PYTHON'
import datetime
import json
import os
import random

chance = random.Random(os.environ["CENTRE"] + os.environ["KEY"])
prefix, key, stray = os.environ["PREFIX"], os.environ["KEY"], os.environ["STRAY"]
region, account = "eu-north-1", "111122223333"
queue = f"arn:aws:sqs:{region}:{account}:ticket-pdf-orders"
topic = f"arn:aws:sns:{region}:{account}:ticket-ready"
own_key = f"arn:aws:kms:{region}:{account}:key/0b7d2c5e-4f1a-4d3b-9e66-{key}{key[::-1]}"
logs_key = f"arn:aws:kms:{region}:{account}:key/51e0aa43-77d8-4c0e-8b1f-c3a9{key}52"
today = datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
ferries = ["aurora", "kittiwake", "skerryvore", "petrel", "fulmar", "gannet", "eider", "tern"]
entries = []


def seen(at, role, session, ip, action, resource, **more):
    entry = {"time": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "role": role, "session": session, "action": action, "resource": resource}
    entry.update(region=region, sourceIp=ip, secureTransport=True, **more)
    entries.append((at, entry))


for ago in range(30, 0, -1):
    day = today - datetime.timedelta(days=ago)
    after = lambda seconds: day + datetime.timedelta(seconds=seconds)
    for order in range(chance.randint(11, 17)):
        at, box = chance.randint(5 * 3600, 22 * 3600), chance.randint(1, 2)
        who = ("ticket-pdf-job", f"ticket-pdf-{box}", f"10.40.1.{20 + box}")
        name = f"{chance.choice(ferries)}-{chance.randint(100000, 999999)}"
        template = chance.choice(["adult", "child", "car", "bicycle", "islander"])
        seen(after(at), *who, "sqs:ReceiveMessage", queue)
        seen(after(at + 1), *who, "s3:GetObject", f"arn:aws:s3:::harbourline-prod-templates/ticket/{template}.svg")
        seen(after(at + 1), *who, "kms:Decrypt", own_key, resourceTags={"service": "ticket-pdf"})
        if ago in (6, 19, 23) and order == 4:
            seen(after(at + 20), *who, "sqs:ChangeMessageVisibility", queue)
        seen(after(at + 3), *who, "kms:GenerateDataKey", own_key, resourceTags={"service": "ticket-pdf"})
        seen(after(at + 3), *who, "s3:PutObject", f"arn:aws:s3:::harbourline-prod-tickets/{prefix}/{day:%Y/%m}/{name}.pdf")
        seen(after(at + 4), *who, "sns:Publish", topic)
        seen(after(at + 4), *who, "sqs:DeleteMessage", queue)
        seen(after(at - 9), "booking-desk", f"desk-{box}", f"10.40.1.{20 + box}", "sqs:SendMessage", queue)
    who = ("ticket-pdf-job", "ticket-pdf-1", "10.40.1.21")
    before = day - datetime.timedelta(days=1)
    seen(after(8400), *who, "s3:ListBucket", "arn:aws:s3:::harbourline-prod-tickets", prefix=f"{prefix}/{before:%Y/%m}/")
    for _ in range(2):
        name = f"{chance.choice(ferries)}-{chance.randint(100000, 999999)}"
        seen(after(8402), *who, "s3:GetObject", f"arn:aws:s3:::harbourline-prod-tickets/{prefix}/{before:%Y/%m}/{name}.pdf")
        seen(after(8402), *who, "kms:Decrypt", own_key, resourceTags={"service": "ticket-pdf"})
    for box in ("db1", "files1"):
        who = ("backup", "backup1", "10.40.4.12")
        seen(after(5500), *who, "s3:ListBucket", "arn:aws:s3:::harbourline-prod-backup", prefix=f"{box}/")
        for part in range(3):
            seen(after(5600 + part), *who, "s3:PutObject", f"arn:aws:s3:::harbourline-prod-backup/{box}/{day:%Y%m%d}-{part}")
    for box in ("app1", "web1"):
        for hour in range(0, 24, 6):
            who = ("log-shipper", "log1", "10.40.5.12")
            seen(after(hour * 3600 + 61), *who, "kms:GenerateDataKey", logs_key, resourceTags={"service": "logs"})
            seen(after(hour * 3600 + 62), *who, "s3:PutObject", f"arn:aws:s3:::harbourline-prod-logs/{box}/{day:%Y/%m/%d}-{hour:02}.gz")
    # Somebody at a keyboard, with the role of the job.
    if ago == 12:
        who = ("ticket-pdf-job", "jonas.lind", "10.40.0.11")
        at = 15 * 3600 + 714
        seen(after(at), *who, "sqs:ReceiveMessage", queue)
        action, resource = {
            "read the password of the database": ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{region}:{account}:secret:db1/bookings"),
            "read a log of payments": ("s3:GetObject", f"arn:aws:s3:::harbourline-prod-logs/payments/{day:%Y/%m/%d}.gz"),
            "emptied the queue of orders": ("sqs:PurgeQueue", queue),
        }[stray]
        for again in (31, 52, 95):
            seen(after(at + again), *who, action, resource)
entries.sort(key=lambda entry: entry[0])
for _, entry in entries:
    print(json.dumps(entry))
PYTHON
chmod 0644 "$logs/access.jsonl"
