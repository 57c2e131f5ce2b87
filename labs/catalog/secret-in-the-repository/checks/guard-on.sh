#!/bin/bash
# In the box: pushes to a copy of the repository, with its hooks, what must not get in, and what may.
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export HOME=$work GIT_CONFIG_NOSYSTEM=1
printf '[safe]\n\tdirectory = *\n[user]\n\tname = guard\n\temail = guard@harbourline.example\n' >"$work/.gitconfig"
cd "$work" || exit 1
cp -a /srv/git/quay-boards.git bare.git && git clone --quiet bare.git clone 2>/dev/null && cd clone || {
    echo "The repository can't be cloned."
    exit 1
}
token=hlt_$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')
put() { mkdir -p "$(dirname "$1")" && printf '%s\n' "$2" >"$1" && git add "$1" && git commit --quiet --message "$3"; }

git checkout --quiet -b with-token origin/main
put docs/note.md "Bearer $token" "Add a note"
if git push --quiet origin with-token:main >/dev/null 2>&1; then
    echo "A push with a token in it still gets into the repository. Where do its hooks lie, what are they called, and may they be run?"
    exit 1
fi
# Taken out again in the next commit: it would be in the history all the same.
put docs/note.md "see the vault" "Take it out"
if git push --quiet origin with-token:refs/heads/try/later >/dev/null 2>&1; then
    echo "A push gets in whose first commit holds a token and whose second takes it out. In the history it stays."
    exit 1
fi
git checkout --quiet -b harmless origin/main
put docs/hours.md "22-05" "Write down the hours of the night"
if ! git push --quiet origin harmless:main >/dev/null 2>&1; then
    echo "Now nothing gets into the repository, not even what is harmless. The others want to work, too."
    exit 1
fi
echo "What holds a token is refused, and everything else gets in."
