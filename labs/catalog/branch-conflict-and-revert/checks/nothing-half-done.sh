#!/bin/bash
# Beside the box. A rebase, a merge or a revert that was begun and neither finished nor given up leaves these behind.
for trace in rebase-merge rebase-apply MERGE_HEAD REVERT_HEAD CHERRY_PICK_HEAD sequencer; do
    if [ -e "/box/home/engineer/infra/.git/$trace" ]; then
        echo "In the clone something is still under way (.git/$trace). \`git status\` says what, and how to end it."
        exit 1
    fi
done
echo "Nothing is half done."
