#!/bin/bash
# Beside the box. Reads the repository's last commit by no setting of its own.
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME=/tmp
policy=policies/ticket-pdf-job.json
if git -c safe.directory='*' --git-dir /box/srv/iam/.git show "HEAD:$policy" 2>/dev/null | cmp -s - "/box/srv/iam/$policy"; then
    echo "What is committed is what stands there."
    exit 0
fi
echo "The policy differs from what is committed. At 20:00 only what is committed is rolled out."
exit 1
