#!/usr/bin/python3
# Beside the box.
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "/usr/lib/harbourline")
from resp import Cache, Refused

limit = int(os.environ["LIMIT"]) << 20
try:
    cache = Cache("127.0.0.1:6379")
    most = int(cache.ask("CONFIG", "GET", "maxmemory")[1])
    memory = {key: value for key, _, value in (line.partition(":") for line in cache.ask("INFO", "memory").splitlines())}
except (OSError, Refused) as error:
    print(f"The cache could not be asked: {error}")
    sys.exit(1)
used = int(memory["used_memory"])
if most == 0:
    print("The cache has no limit any more. The machine has one, and ends whatever comes to it first.")
    sys.exit(1)
if most > limit or used > limit * 1.1:
    print(f"The cache may take {max(most, used) >> 20} MB; {limit >> 20} were agreed on. More room only puts the question off.")
    sys.exit(1)
if most < limit // 2:
    print(f"The cache has only {most >> 20} of its {limit >> 20} MB left. That logs out more people than there is need for.")
    sys.exit(1)
print(f"The cache keeps within {most >> 20} MB.")
