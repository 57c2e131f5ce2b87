#!/usr/bin/python3
# Beside the box: the image's own client, the box's cache. Looks what could be thrown away, and what is, when memory is full.
import json
import secrets
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, "/usr/lib/harbourline")
from resp import Cache, Refused


def over(text):
    print(text)
    sys.exit(1)


def ledger():
    for _ in range(5):
        try:
            with open("/box/var/lib/seat-holds/ledger.json", encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            time.sleep(0.2)
    over("The ledger of seat-holds can't be read any more.")


def info(cache, section):
    return {key: value for key, _, value in (line.partition(":") for line in cache.ask("INFO", section).splitlines())}


def refused(cache):
    return info(cache, "errorstats").get("errorstat_OOM", "count=0")


def look(cache):
    policy = cache.ask("CONFIG", "GET", "maxmemory-policy")[1]
    holds = list(ledger())
    with_end = sum(ttl > 0 for ttl in cache.ask_all([("PTTL", key) for key in holds]))
    if with_end:
        over(f"{with_end} of {len(holds)} seat holds have an end of their own, as sessions do. What tells the two apart when memory is full?")
    sessions, cursor = [], "0"
    while True:
        cursor, some = cache.ask("SCAN", cursor, "MATCH", "session:*", "COUNT", 2000)
        sessions += some
        if cursor == "0":
            break
    endless = sum(ttl == -1 for ttl in cache.ask_all([("PTTL", key) for key in sessions]))
    if endless:
        over(f"{endless} of {len(sessions)} sessions have no end, so they stay when memory is full, as holds do.")
    if not policy.startswith("volatile-"):
        over("When memory is full the cache may take any key, or none at all. Only what has an end should go.")

    # The sessions of the night fill the memory by themselves; where they have not done so yet, they are helped a little.
    evicted, out_of_memory = int(info(cache, "stats")["evicted_keys"]), refused(cache)
    time.sleep(2)
    rush = []
    if int(info(cache, "stats")["evicted_keys"]) == evicted:
        memory = info(cache, "memory")
        room = int(memory["maxmemory"]) - int(memory["used_memory"])
        rush = [f"session:rush-{secrets.token_hex(8)}" for _ in range(max(0, room + 300_000) // 8_000)]
        answers = cache.ask_all([("SET", key, "x" * 8_000, "EX", 60) for key in rush])
        cache.ask_all([("UNLINK", key) for key in rush])
        if any(isinstance(answer, Refused) for answer in answers):
            over("A rush of sessions filled the memory, and then nothing more could be written: no login and no seat.")
    if refused(cache) != out_of_memory:
        over("Something was refused for want of memory while this was looked at.")
    now = ledger()
    gone = [key for key in holds if key in now and cache.ask("EXISTS", key) == 0]
    lost = [key for key in holds if key not in now and cache.ask("EXISTS", key) == 0]
    # A few of them come to their end in these seconds.
    if gone or len(lost) > 5:
        over(f"{len(gone) + len(lost)} seat holds were thrown away while this was looked at.")
    if not holds or not set(now) - set(holds) and len(now) < 5:
        over("seat-holds holds no seats. It has to go on working.")


try:
    look(Cache("127.0.0.1:6379"))
except (OSError, Refused) as error:
    over(f"The cache could not be asked: {error}")
print("Seat holds stay, sessions make room.")
