#!/bin/bash
# What is it for, what does it do, what may it do? Then the narrowest policy, and the proof in both directions.
set -uo pipefail
readonly log=/var/log/harbourline/iam/access.jsonl policy=policies/ticket-pdf-job.json
cd /srv/iam || exit 1

cat README.md docs/actions.md docs/ticket-pdf-job.md
cat roles.json $policy policies/backup.json policies/log-shipper.json
git log --oneline -- $policy

# Who uses the role, and from where? Not everything that a role was used for is what its job needs.
jq -r 'select(.role == "ticket-pdf-job") | "\(.session) \(.sourceIp)"' $log | sort | uniq -c
jq -r 'select(.role == "ticket-pdf-job" and (.session | startswith("ticket-pdf-") | not)) | "\(.time) \(.session) \(.action) \(.resource)"' $log

# What the job itself has asked for, the rare things too: names of objects cut down to their folder.
jq -r 'select(.session | startswith("ticket-pdf-"))
    | "\(.action) \(.resource | sub("/[0-9]{4}/[0-9]{2}/[^/]*$"; "/…") | sub("/[^/]*\\.svg$"; "/…")) \(.prefix // "") \(.resourceTags // "")"' $log \
    | sed -E 's| ([^ /]+)/[0-9]{4}/[0-9]{2}/| \1/… |' | sort | uniq -c

only() { jq -r --arg action "$1" 'select((.session | startswith("ticket-pdf-")) and .action == $action) | .resource' $log | sort -u; }
queue=$(only sqs:ReceiveMessage)
topic=$(only sns:Publish)
key=$(only kms:Decrypt)
folder=$(only s3:PutObject | sed -E 's|/[0-9]{4}/.*||' | sort -u)
bucket=$(only s3:ListBucket)
templates=$(only s3:GetObject | grep templates | sed 's|/[^/]*$||' | sort -u)
centre=$(grep -oP 'cost centre `\K[^`]+' docs/ticket-pdf-job.md)

# What happens once a year is in no log of thirty days; the ticket says it.
place=$(grep -oP '`\K[a-z]+/(?=`)' <<<"$YEARLY")
name=$(grep -oP '`\Kharbourline-[a-z-]+(?=`)' <<<"$YEARLY")
case $YEARLY in
deletes*) sid=DeleteWhatWasCancelled action=s3:DeleteObject ;;
puts*) sid=PutTheYearsCounts action=s3:PutObject ;;
reads*) sid=ReadLastYearsIndex action=s3:GetObject ;;
esac

python3 - "$queue" "$topic" "$key" "$folder" "$bucket" "$templates" "$centre" "$sid" "$action" "arn:aws:s3:::$name/$place*" >/tmp/policy.json <<'PYTHON'
import json
import sys

queue, topic, key, folder, bucket, templates, centre, sid, action, place = sys.argv[1:]


def allow(name, actions, resources, **condition):
    condition.setdefault("StringEquals", {})["aws:RequestedRegion"] = "eu-north-1"
    return {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resources, "Condition": condition}


policy = {
    "Version": "2012-10-17",
    "Tags": {"service": "ticket-pdf", "env": "prod", "owner": "Bookings", "cost-centre": centre},
    "Statement": [
        allow("TakeOrders", ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"], queue),
        allow("ReadTemplates", "s3:GetObject", f"{templates}/*"),
        allow("KeepTickets", ["s3:GetObject", "s3:PutObject"], f"{folder}/*"),
        allow("SeeYesterdaysTickets", "s3:ListBucket", bucket, StringLike={"s3:prefix": f"{folder.partition('/')[2]}/*"}),
        allow("EncryptThem", ["kms:GenerateDataKey", "kms:Decrypt"], key),
        allow("SayThatTheyAreReady", "sns:Publish", topic),
        allow(sid, action, place),
    ],
}
print(json.dumps(policy, indent=2))
PYTHON
cat /tmp/policy.json
cp /tmp/policy.json $policy # key

make lint || exit 1
git diff --stat

# In both directions. Of the log only what somebody did by hand may be refused now.
iam-sim replay --role ticket-pdf-job --session ticket-pdf-1 $log || exit 1
iam-sim replay --role ticket-pdf-job --session ticket-pdf-2 $log || exit 1
iam-sim replay --role ticket-pdf-job $log
iam-sim replay $log
iam-sim ask --role ticket-pdf-job --action s3:PutObject --resource "$folder/2031/01/x.pdf" || exit 1
iam-sim ask --role ticket-pdf-job --action "$action" --resource "arn:aws:s3:::$name/${place}x" || exit 1
iam-sim ask --role ticket-pdf-job --action s3:PutObject --resource "$folder/2031/01/x.pdf" --region eu-west-1 && exit 1
iam-sim ask --role ticket-pdf-job --action s3:PutObject --resource "$folder-old/x.pdf" && exit 1
iam-sim ask --role ticket-pdf-job --action s3:ListBucket --resource "$bucket" --prefix '' && exit 1
iam-sim ask --role ticket-pdf-job --action s3:DeleteObject --resource "$folder/2031/01/x.pdf" && exit 1
iam-sim ask --role ticket-pdf-job --action sqs:PurgeQueue --resource "$queue" && exit 1

git diff
git add $policy
git commit --quiet --message 'ticket-pdf-job: only what it needs' \
    --message "From thirty days of its own requests, and what it does once a year. What was done by hand with its role is left out."
git status --short
