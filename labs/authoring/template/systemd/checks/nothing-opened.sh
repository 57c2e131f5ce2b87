#!/bin/bash
# Beside the box, as root, with the image's own programs: nothing the learner has replaced can fool it.
open=$(find "$BOX/srv" "$BOX/etc/systemd" ! -type l -perm -0002 -print -quit)
if [ -n "$open" ]; then
    echo "Everybody may now write to ${open#"$BOX"}. Nothing here needs wider rights to work."
    exit 1
fi
echo "Rights are as narrow as they were."
