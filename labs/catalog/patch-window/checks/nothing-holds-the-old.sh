#!/bin/bash
# In the box: no process has a file open or in its memory that a package has replaced.
shopt -s nullglob
seen=0
for process in /proc/[0-9]*; do
    open=$(readlink "$process"/fd/* 2>/dev/null)
    [[ $open == */usr/lib/harbourline/* ]] && seen=$((seen + 1))
    held=$(
        grep -m 1 '/harbourline/.*(deleted)$' <<<"$open"
        grep -m 1 -o '/[^ ]*/harbourline/.*(deleted)$' "$process/maps" 2>/dev/null
    )
    if [ -n "$held" ]; then
        name=$(ps -o unit= -p "${process#/proc/}" | tr -d ' ')
        echo "${name:-A process} still works with a file that is replaced on the disk: ${held%% *}"
        exit 1
    fi
done
if [ "$seen" -lt 4 ]; then
    echo "Of the four services that use the seal only $seen have it open. Which of them does not run, or not as it did?"
    exit 1
fi
echo "Nothing works with a replaced file any more."
