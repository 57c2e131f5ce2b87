#!/usr/bin/python3 -I
"""Beside the box. Asks the policy for everything that the job does, also for what it does next year."""

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
GUARD = json.load(open("/srv/iam/policies/guard-rails.json", encoding="utf-8"))
MINE = {"tags": {"service": "ticket-pdf"}}
YEAR = ONCE_A_YEAR[YEARLY.split()[0]]
PROBES = [
    ("taking an order from its queue", "sqs:ReceiveMessage", QUEUE, {}),
    ("confirming an order", "sqs:DeleteMessage", QUEUE, {}),
    ("reading a template for tickets", "s3:GetObject", f"{TEMPLATES}/ticket/adult.svg", {}),
    ("reading a template for tickets that is new", "s3:GetObject", f"{TEMPLATES}/ticket/winter/dog.svg", {}),
    ("decrypting what it reads", "kms:Decrypt", OWN_KEY, MINE),
    ("encrypting what it puts", "kms:GenerateDataKey", OWN_KEY, MINE),
    ("putting a ticket where it belongs", "s3:PutObject", f"{TICKETS}/{PREFIX}/2026/11/petrel-204417.pdf", {}),
    ("putting a ticket where it belongs next year", "s3:PutObject", f"{TICKETS}/{PREFIX}/2031/02/gannet-990143.pdf", {}),
    ("telling the booking desk", "sns:Publish", TOPIC, {}),
    ("its look at yesterday's tickets, at night", "s3:ListBucket", TICKETS, {"prefix": f"{PREFIX}/2026/11/"}),
    ("its look at the first tickets of a year, at night", "s3:ListBucket", TICKETS, {"prefix": f"{PREFIX}/2031/01/"}),
    ("reading one of yesterday's tickets", "s3:GetObject", f"{TICKETS}/{PREFIX}/2026/11/eider-118230.pdf", {}),
    ("asking for more time for an order, which it does now and then", "sqs:ChangeMessageVisibility", QUEUE, {}),
    ("what it does once a year", *YEAR, {}),
]
for what, action, resource, more in PROBES:
    for ip in ("10.40.1.21", "10.40.1.22"):
        try:
            good = allowed([POLICY, GUARD], action, resource, ip=ip, **more)
        except (KeyError, ValueError, AttributeError, TypeError):
            end(1, "A condition of the policy can't be evaluated. Which operators there are is in README.md.")
        if not good:
            end(1, f"The job would fail at {what}.")
end(0, "All that the job does is allowed, the rare things too.")
