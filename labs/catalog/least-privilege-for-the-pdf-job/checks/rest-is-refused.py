#!/usr/bin/python3 -I
"""Beside the box. Asks the policy for what the job has no business with: its neighbours, its own things in another way, and the great levers."""

import ipaddress
import json
import os
import re
import sys

IAM = "/box/srv/iam"
PREFIX, KEY, YEARLY, STRAY = (os.environ[name] for name in ("PREFIX", "KEY", "YEARLY", "STRAY"))
REGION, ACCOUNT = "eu-north-1", "111122223333"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:ticket-pdf-orders"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:ticket-ready"
OWN_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0b7d2c5e-4f1a-4d3b-9e66-{KEY}{KEY[::-1]}"
OTHER_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/51e0aa43-77d8-4c0e-8b1f-c3a9{KEY}52"
TICKETS, TEMPLATES = "arn:aws:s3:::harbourline-prod-tickets", "arn:aws:s3:::harbourline-prod-templates"
ONCE_A_YEAR = {
    "deletes": ("s3:DeleteObject", f"{TICKETS}/cancelled/2026/tern-402117.pdf"),
    "puts": ("s3:PutObject", "arn:aws:s3:::harbourline-prod-reports/counts/2026.csv"),
    "reads": ("s3:GetObject", "arn:aws:s3:::harbourline-prod-archive/index/2026.json"),
}
OPERATORS = {
    "StringEquals": lambda wanted, got: str(wanted) == got,
    "StringLike": lambda wanted, got: like(wanted, got),
    "IpAddress": lambda wanted, got: ipaddress.ip_address(got) in ipaddress.ip_network(wanted, strict=False),
    "Bool": lambda wanted, got: str(wanted).lower() == got,
}


def end(code, text):
    print(text)
    sys.exit(code)


def like(pattern, text):
    parts = re.split(r"([*?])", str(pattern))
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts), text, re.S) is not None


def as_list(value):
    return value if isinstance(value, list) else [value]


def holds(condition, context):
    for operator, keys in condition.items():
        for key, wanted in keys.items():
            got = context.get(key.lower())
            if got is None or not any(OPERATORS[operator](one, got) for one in as_list(wanted)):
                return False
    return True


def allowed(policies, action, resource, region=REGION, ip="10.40.1.21", prefix=None, tags=None):
    """As the cloud decides: a Deny wins, and what nothing allows is refused."""
    context = {"aws:requestedregion": region, "aws:sourceip": ip, "aws:securetransport": "true"}
    if prefix is not None:
        context["s3:prefix"] = prefix
    context.update({f"aws:resourcetag/{key}": value for key, value in (tags or {}).items()})
    answer = False
    for policy in policies:
        for statement in as_list(policy["Statement"]):
            if not any(like(str(one).lower(), action.lower()) for one in as_list(statement.get("Action", []))):
                continue
            if not any(like(one, resource) for one in as_list(statement.get("Resource", []))):
                continue
            if not holds(statement.get("Condition", {}), context):
                continue
            if statement.get("Effect") == "Deny":
                return False
            answer = True
    return answer


def the_policy():
    try:
        with open(f"{IAM}/policies/ticket-pdf-job.json", encoding="utf-8") as file:
            policy = json.load(file)
        if not isinstance(policy["Statement"], (list, dict)):
            raise ValueError
        return policy
    except (OSError, ValueError, KeyError, TypeError):
        end(1, "policies/ticket-pdf-job.json is missing, or is no policy any more. `make lint` says where it breaks off.")


POLICY = the_policy()
STRAYED = {
    "read the password of the database": ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db1/bookings"),
    "read a log of payments": ("s3:GetObject", "arn:aws:s3:::harbourline-prod-logs/payments/2026/11/02.gz"),
    "emptied the queue of orders": ("sqs:PurgeQueue", QUEUE),
}
MINE, THEIRS = {"tags": {"service": "ticket-pdf"}}, {"tags": {"service": "logs"}}
FAR = {"region": "eu-west-1"}
OBJECT = f"{TICKETS}/{PREFIX}/2026/11/petrel-204417.pdf"
PROBES = [
    ("give rights away", "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin", {}),
    ("make itself a key that does not expire", "iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/anybody", {}),
    ("become another role", "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/backup", {}),
    ("read secrets", "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db1/bookings", {}),
    ("change who may reach a bucket", "s3:PutBucketPolicy", TICKETS, {}),
    ("read another service's objects", "s3:GetObject", "arn:aws:s3:::harbourline-prod-logs/app1/2026/11/02-06.gz", {}),
    ("put things into another service's bucket", "s3:PutObject", "arn:aws:s3:::harbourline-prod-backup/db1/x", {}),
    ("reach what belongs to stage", "s3:PutObject", f"arn:aws:s3:::harbourline-stage-tickets/{PREFIX}/x.pdf", {}),
    ("read templates that are not for tickets", "s3:GetObject", f"{TEMPLATES}/invoice/adult.svg", {}),
    ("change the templates that it reads", "s3:PutObject", f"{TEMPLATES}/ticket/adult.svg", {}),
    ("delete tickets", "s3:DeleteObject", OBJECT, {}),
    ("put objects outside of its folder", "s3:PutObject", f"{TICKETS}/manual/x.pdf", {}),
    ("put objects into a folder whose name only begins like its own", "s3:PutObject", f"{TICKETS}/{PREFIX}-old/x.pdf", {}),
    ("read objects outside of its folder", "s3:GetObject", f"{TICKETS}/manual/x.pdf", {}),
    ("list the whole bucket", "s3:ListBucket", TICKETS, {}),
    ("list what is outside of its folder", "s3:ListBucket", TICKETS, {"prefix": "manual/"}),
    ("list a folder whose name only begins like its own", "s3:ListBucket", TICKETS, {"prefix": f"{PREFIX}-old/"}),
    ("list the whole bucket by an empty prefix", "s3:ListBucket", TICKETS, {"prefix": ""}),
    ("list another bucket", "s3:ListBucket", "arn:aws:s3:::harbourline-prod-logs", {"prefix": f"{PREFIX}/"}),
    ("put tickets from another region", "s3:PutObject", OBJECT, FAR),
    ("take orders from another region", "sqs:ReceiveMessage", QUEUE, FAR),
    ("use a key from another region", "kms:Decrypt", OWN_KEY, {**FAR, **MINE}),
    ("take another service's messages", "sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:invoice-orders", {}),
    ("place orders itself", "sqs:SendMessage", QUEUE, {}),
    ("empty its queue", "sqs:PurgeQueue", QUEUE, {}),
    ("use another service's key", "kms:Decrypt", OTHER_KEY, THEIRS),
    ("use a key that nobody has tagged", "kms:GenerateDataKey", OTHER_KEY, {}),
    ("have its key deleted", "kms:ScheduleKeyDeletion", OWN_KEY, MINE),
    ("tell others than the booking desk", "sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT}:on-call", {}),
    ("send mails, which it has not done for long", "ses:SendEmail", f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/harbourline.example", {}),
    ("do what somebody did with its role by hand", *STRAYED[STRAY], {}),
    ("delete what was cancelled, from outside of the region", "s3:DeleteObject", f"{TICKETS}/cancelled/x.pdf", FAR),
    ("put other things into the bucket of reports", "s3:PutObject", "arn:aws:s3:::harbourline-prod-reports/monthly/x.csv", {}),
    ("read other things from the archive", "s3:GetObject", "arn:aws:s3:::harbourline-prod-archive/payments/2026.gz", {}),
]
for first, (action, resource) in ONCE_A_YEAR.items():
    if first != YEARLY.split()[0]:
        PROBES.append(("do once a year what nobody has asked for", action, resource, {}))
granted = []
for what, action, resource, more in PROBES:
    try:
        if allowed([POLICY], action, resource, **more):
            granted.append(what)
    except (KeyError, ValueError, AttributeError, TypeError):
        end(1, "A condition of the policy can't be evaluated. Which operators there are is in README.md.")
if granted:
    end(1, f"With this policy the job could {granted[0]}. {len(granted)} of {len(PROBES)} things that it should not do are allowed.")
end(0, f"All of {len(PROBES)} things that the job has no business with are refused.")
