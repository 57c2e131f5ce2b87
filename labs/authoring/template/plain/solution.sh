#!/bin/bash
# The reference solution, as the learner would work: the lab's own test. It must show each expected signal and no forbidden one.
set -euo pipefail

ls -l /srv/lists
sudo chmod 0644 "/srv/lists/$HARBOUR.txt" # key
cat "/srv/lists/$HARBOUR.txt"
