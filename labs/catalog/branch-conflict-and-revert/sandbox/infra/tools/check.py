#!/usr/bin/python3
"""What the pipeline asks of the values before it rolls them out."""

import datetime
import pathlib
import re
import sys

TEAMS = {"Platform", "Bookings", "Security"}
HARBOURS = {"Sandvik", "Norhaven", "Kelpness", "Ostrand"}
NEEDED = {
    "network": {"region", "admin_ranges", "flow_logs", "private_endpoints", "tags"},
    "push": {"region", "instances", "queue_depth", "timeout_seconds", "harbours", "tags"},
    "storage": {"region", "bucket_prefix", "pdf_retention_days", "versioning", "harbours", "log_retention_days", "tags"},
}
COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|#[^\n]*')
TOKEN = re.compile(r'\s*(?:("(?:[^"\\\n]|\\.)*")|([A-Za-z_][A-Za-z0-9_-]*)|(-?[0-9]+)|([=\[\]{},]))')


class Wrong(Exception):
    pass


def tokens(text):
    text = COMMENT.sub(lambda found: found[1] or "", text).rstrip()
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            line = text.count("\n", 0, len(text) - len(text[at:].lstrip())) + 1
            raise Wrong(f"line {line}: can't be read")
        at = found.end()
        string, word, number, sign = found.groups()
        yield string[1:-1] if string is not None else word or sign or int(number), sign is not None


def parse(text):
    """The values of a .tfvars file."""
    found = list(tokens(text))

    def value(at):
        what, sign = found[at]
        if sign and what == "[":
            items, at = [], at + 1
            while found[at] != ("]", True):
                item, at = value(at)
                items.append(item)
                if found[at] == (",", True):
                    at += 1
                elif found[at] != ("]", True):
                    raise Wrong(f"a comma is missing before {found[at][0]!r}")
            return items, at + 1
        if sign and what == "{":
            return block(at + 1, True)
        if sign:
            raise Wrong(f"{what!r} where a value should be")
        return {"true": True, "false": False}.get(what, what) if isinstance(what, str) else what, at + 1

    def block(at, inner):
        values = {}
        while at < len(found) and found[at] != ("}", True):
            if found[at] == (",", True) and inner:
                at += 1
                continue
            key, sign = found[at]
            if sign or not isinstance(key, str) or found[at + 1] != ("=", True):
                raise Wrong(f"{key!r} where `name = value` should be")
            if key in values:
                raise Wrong(f"`{key}` is there twice")
            values[key], at = value(at + 2)
        if inner:
            if at >= len(found):
                raise Wrong("a } is missing")
            return values, at + 1
        if at < len(found):
            raise Wrong("a } too many")
        return values

    try:
        return block(0, False)
    except IndexError:
        raise Wrong("it ends in the middle of something") from None


def problems(path):
    text = path.read_text(encoding="utf-8")
    if re.search(r"(?m)^(<{7}|>{7}|={7}$)", text):
        yield "markers of a conflict are left in it"
        return
    try:
        values = parse(text)
    except Wrong as wrong:
        yield str(wrong)
        return
    needed = NEEDED.get(path.stem, set())
    for key in sorted(needed - values.keys()):
        yield f"`{key}` is missing"
    for key in sorted(values.keys() - needed):
        yield f"`{key}` is not known"
    if values.get("region") != "eu-north-1":
        yield "`region` is not eu-north-1"
    harbours = values.get("harbours", [])
    if not isinstance(harbours, list) or len(set(harbours)) != len(harbours) or not set(harbours) <= HARBOURS:
        yield f"`harbours` names one twice, or one that there is not: {harbours}"
    tags = values.get("tags")
    if not isinstance(tags, dict):
        yield "`tags` is no map"
        return
    for key in sorted({"service", "env", "owner", "cost-centre"} - tags.keys()):
        yield f"the tag `{key}` is missing"
    if tags.get("env") != path.parent.name:
        yield f"the tag `env` is not {path.parent.name}"
    if tags.get("owner") not in TEAMS:
        yield f"the tag `owner` is no team: {tags.get('owner')}"
    if not re.fullmatch(r"CC-[0-9]{4}", str(tags.get("cost-centre"))):
        yield f"the tag `cost-centre` is not CC- and four digits: {tags.get('cost-centre')}"
    if "expires" in tags:
        try:
            datetime.date.fromisoformat(str(tags["expires"]))
        except ValueError:
            yield f"the tag `expires` is no date: {tags['expires']}"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    found = [(path, what) for path in sorted(root.glob("envs/*/*.tfvars")) for what in problems(path)]
    for env in ("stage", "prod"):
        for area in NEEDED:
            if not (root / "envs" / env / f"{area}.tfvars").is_file():
                found.append((root / "envs" / env / f"{area}.tfvars", "it is missing"))
    for path in sorted(root.glob("docs/*.md")) + sorted(root.glob("*.md")):
        if re.search(r"(?m)^(<{7} |>{7} )", path.read_text(encoding="utf-8")):
            found.append((path, "markers of a conflict are left in it"))
    for path, what in found:
        print(f"{path.relative_to(root)}: {what}", file=sys.stderr)
    if found:
        sys.exit(1)
    print("check: all values are sound")


if __name__ == "__main__":
    main()
