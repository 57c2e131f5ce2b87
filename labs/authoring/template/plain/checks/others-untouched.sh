#!/bin/bash
# Beside the box, as root, with the image's own programs: nothing the learner has replaced can fool it.
for harbour in Sandvik Norhaven Kelpness Ostrand; do
    list=$BOX/srv/lists/$harbour.txt
    if [ "$(stat -c %a:%U "$list" 2>/dev/null)" != 644:root ] || ! grep -q "^Sailings from $harbour$" "$list"; then
        echo "The list of $harbour is not as it was. Only one of them was out of order."
        exit 1
    fi
done
echo "All lists are there, with their rights."
