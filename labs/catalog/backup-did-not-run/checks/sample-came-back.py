#!/usr/bin/python3
# Beside the box: the image's copy of what was pulled, the box's sample. Wherever below the directory it was restored to.
import os
import sys

DIRECTORY = f"/srv/drills/HL-{os.environ['TICKET']}"
PULLED = "/srv/pull/files1/crews/rota.csv"
OTHERS = {"bookings.dump", "payments.log", "harbour-photos.tar"}


def over(text):
    print(text)
    sys.exit(1)


files = {name: os.path.join(folder, name) for folder, _, names in os.walk("/box" + DIRECTORY) for name in names}
more = sorted(OTHERS & files.keys())
if more:
    over(f"More than the sample lies in {DIRECTORY}: {', '.join(more)}. Only what is asked for is brought back; the rest is copies nobody needs.")
sample = files.get("rota.csv")
if sample is None or os.path.islink(sample) or not os.path.isfile(sample):
    over(f"There is no rota.csv in {DIRECTORY} that came back out of the repository.")
with open(sample, "rb") as came_back, open(PULLED, "rb") as pulled:
    if came_back.read() != pulled.read():
        over("The rota.csv that came back is not the one that was pulled. Whoever restores holds the two against each other.")
print("The sample lies where it was asked for, as it was pulled.")
