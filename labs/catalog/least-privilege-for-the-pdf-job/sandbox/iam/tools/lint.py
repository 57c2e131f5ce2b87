#!/usr/bin/python3
"""The house's rules for policies. Without a name it looks at all of them."""

import json
import pathlib
import re
import sys

REGION = "eu-north-1"
KNOWN = {"Sid", "Effect", "Action", "Resource", "Condition"}
OPERATORS = {"StringEquals", "StringLike", "IpAddress", "Bool"}
TAGS = {
    "service": r"[a-z0-9-]+",
    "env": r"prod",
    "owner": r"Platform|Bookings|Security|Harbour Systems",
    "cost-centre": r"CC-[0-9]{4}",
}


def as_list(value):
    return value if isinstance(value, list) else [value]


def of_resource(resource):
    if not isinstance(resource, str) or len(resource.split(":", 5)) != 6 or not resource.startswith("arn:aws:"):
        yield f"`{resource}` is no ARN"
        return
    if "?" in resource or "*" in resource[:-1]:
        yield f"`{resource}`: a wildcard may stand at the very end and nowhere else"
    elif resource.endswith("*") and not re.search(r"[^/:*]/\*$", resource):
        yield f"`{resource}`: before the wildcard stands the name of what it is below, and a slash"
    elif re.fullmatch(r"arn:aws:s3:::[^/]*/\*", resource):
        yield f"`{resource}`: that is a whole bucket"


def of_statement(statement):
    for key in sorted(set(statement) - KNOWN):
        yield f"`{key}` is not used here"
    if not re.fullmatch(r"[A-Za-z0-9]+", str(statement.get("Sid", ""))):
        yield "it has no `Sid` of letters and digits"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield "its `Effect` is neither Allow nor Deny"
    actions, resources = as_list(statement.get("Action", [])), as_list(statement.get("Resource", []))
    if not actions or not resources:
        yield "it names no action, or no resource"
    condition = statement.get("Condition", {})
    for operator in sorted(set(condition) - OPERATORS):
        yield f"the operator `{operator}` is not used here"
    if statement.get("Effect") != "Allow":
        return
    for action in actions:
        if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", str(action)):
            yield f"`{action}`: an action is written out, without wildcards"
    for resource in resources:
        yield from of_resource(resource)
    if as_list(condition.get("StringEquals", {}).get("aws:RequestedRegion")) != [REGION]:
        yield f"it does not ask for the region (StringEquals, aws:RequestedRegion, {REGION})"
    if "s3:ListBucket" in actions and not any("s3:prefix" in keys for keys in condition.values()):
        yield "s3:ListBucket without a condition on s3:prefix lists the whole bucket"


def problems(path):
    try:
        policy = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        return [f"no JSON: {error}"]
    if not isinstance(policy, dict):
        return ["no policy"]
    found = []
    if policy.get("Version") != "2012-10-17":
        found.append('`Version` is not "2012-10-17"')
    for key in sorted(set(policy) - {"Version", "Statement", "Tags"}):
        found.append(f"`{key}` is not used here")
    tags = policy.get("Tags")
    tags = tags if isinstance(tags, dict) else {}
    for key, expression in TAGS.items():
        if not re.fullmatch(expression, str(tags.get(key, ""))):
            found.append(f"the tag `{key}` is missing, or not as it should be")
    statements = as_list(policy.get("Statement", []))
    if not statements:
        found.append("it has no statement")
    seen = set()
    for number, statement in enumerate(statements, 1):
        if not isinstance(statement, dict):
            found.append(f"statement {number}: no statement")
            continue
        named = statement.get("Sid", number)
        if named in seen:
            found.append(f"statement {named}: the `Sid` is there twice")
        seen.add(named)
        try:
            found.extend(f"statement {named}: {what}" for what in of_statement(statement))
        except (AttributeError, TypeError):
            found.append(f"statement {named}: its parts are not what they should be")
    return found


def main():
    root = pathlib.Path(__file__).resolve().parent.parent / "policies"
    paths = [pathlib.Path(name) for name in sys.argv[1:]] or sorted(root.glob("*.json"))
    wrong = 0
    for path in paths:
        try:
            found = problems(path)
        except OSError as error:
            found = [error.strerror]
        for what in found:
            print(f"{path.name}: {what}", file=sys.stderr)
        wrong += len(found)
    if wrong:
        sys.exit(1)
    print(f"lint: {len(paths)} policies, nothing to complain about")


if __name__ == "__main__":
    main()
