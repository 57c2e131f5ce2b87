#!/usr/bin/python3
# Beside the box: people are still logged in, and the cache still writes down what it holds.
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "/usr/lib/harbourline")
from resp import Cache, Refused

# A session takes some 1750 bytes; a quarter of what has room is far less than ever goes by itself, and far more than comes in an hour.
enough = (int(os.environ["LIMIT"]) << 20) // 1750 // 4
try:
    cache = Cache("127.0.0.1:6379")
    append = cache.ask("CONFIG", "GET", "appendonly")[1]
    sessions, cursor = 0, "0"
    while True:
        cursor, some = cache.ask("SCAN", cursor, "MATCH", "session:*", "COUNT", 2000)
        sessions += len(some)
        if cursor == "0":
            break
except (OSError, Refused) as error:
    print(f"The cache could not be asked: {error}")
    sys.exit(1)
if sessions < enough:
    print(f"Only {sessions} people are still logged in. The cache was emptied, or it came back without what was in it.")
    sys.exit(1)
if append != "yes":
    print("The cache no longer writes down what it holds. After the next restart it would be empty.")
    sys.exit(1)
print(f"{sessions} people are logged in, and the cache writes down what it holds.")
