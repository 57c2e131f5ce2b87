#!/usr/bin/python3 -I
"""Beside the box. What the job's page says of it stands in the policy's tags."""

import json
import os
import sys

WANTED = {"service": "ticket-pdf", "env": "prod", "owner": "Bookings", "cost-centre": f"CC-{os.environ['CENTRE']}"}
try:
    with open("/box/srv/iam/policies/ticket-pdf-job.json", encoding="utf-8") as file:
        tags = json.load(file).get("Tags")
except (OSError, ValueError, AttributeError):
    tags = None
if not isinstance(tags, dict) or not tags:
    print("The policy has no tags. The others show where they stand, and the job's own page what is in them.")
    sys.exit(1)
wrong = [key for key, value in WANTED.items() if tags.get(key) != value]
if wrong:
    print(f"The tag `{wrong[0]}` does not say what the job's own page says.")
    sys.exit(1)
print("The tags say whose it is.")
