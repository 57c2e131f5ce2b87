#!/bin/bash
# In the box: asks as programs do, by the machine's files first and then by the name server.
for name in "$MOVED" "$MOVED-$ALIAS"; do
    whole=$name.harbourline.internal
    for asked in "$whole" "$name"; do
        seen=$(getent ahostsv4 "$asked" | awk '{ print $1 }' | sort -u | xargs)
        if [ "$seen" != "10.40.7.$NEW_HOST" ]; then
            echo "A program on app1 that asks for $asked gets ${seen:-no answer}. Who answered: the name server, or something nearer?"
            exit 1
        fi
    done
done
echo "On app1 both names lead to the new machine."
