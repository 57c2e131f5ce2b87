#!/usr/bin/python3
"""In the box: asks apt itself what it would take next."""

import os, re, subprocess, sys

RING2 = {
    "harbour-seal": f"2.4.1-{os.environ['SEAL_PATCH']}", "booking-desk": "5.1.0-2", "fare-quoter": "3.0.6-2", "seat-allocator": "1.9.3-2",
    "boarding-sync": "4.4.0-1", "berth-relay": "4.4.0-1",
    "receipt-printers": "1.3.0-1", "card-terminals": "1.3.0-1", "gate-readers": "1.3.0-1",
}


def end(code, words):
    print(words)
    sys.exit(code)


run = subprocess.run(["apt-cache", "policy", *RING2], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
parts = re.split(r"(?m)^(\S+):$", run.stdout)
said = dict(zip(parts[1::2], parts[2::2]))
for name, version in RING2.items():
    text = said.get(name, "")
    candidate = re.search(r"Candidate: (\S+)", text)
    if "ring2/main" not in text:
        end(1, f"apt no longer knows ring2's {name}. This machine follows ring2: where does its next patch come from?")
    if not candidate or candidate[1] != version:
        end(1, f"The next upgrade would still take {name} {candidate[1] if candidate else '-'}, which ring2 does not hold. `apt policy` says why.")
end(0, "The next upgrade stays in ring2 as well.")
