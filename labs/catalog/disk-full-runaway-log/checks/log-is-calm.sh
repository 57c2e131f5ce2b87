#!/bin/bash
# Beside the box. In good health the service writes a line every two seconds; gone wild, some hundred kilobytes a second.
log=/box/var/log/harbourline/$SERVICE/$SERVICE.log
used() { df --output=used -B1 /box | tail -n 1; }
size() { stat -c %s "$log" 2>/dev/null || echo 0; }

if [ -L "$log" ] || { [ -e "$log" ] && [ ! -f "$log" ]; }; then
    echo "The log is no file any more. Whoever looks for the next fault will want one."
    exit 1
fi
size_before=$(size) used_before=$(used)
sleep 4
growth=$(($(size) - size_before)) taken=$(($(used) - used_before))
if [ "$growth" -gt 65536 ] || [ "$taken" -gt 262144 ]; then
    echo "The disk is filling up again: $(((growth > taken ? growth : taken) / 4096)) KiB a second. What does the service write, and why so much of it?"
    exit 1
elif [ "$growth" -le 0 ]; then
    echo "The service wrote nothing to its log for four seconds. Healthy, it logs a line every two: at its usual level, to its usual file."
    exit 1
elif tail -n 3 "$log" | grep -q ' ERROR '; then
    echo "The log is calm, but all that it says is an error. Read what the service fails at."
    exit 1
fi
echo "The log grows by a line every now and then."
