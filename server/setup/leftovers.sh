#!/usr/bin/env bash
# What a run of the tests could leave on a machine, as a list; and what of it was not there before.
#
#   leftovers.sh list            prints it: containers, networks, volumes, processes, mounts and directories of ours
#   leftovers.sh since FILE      prints what such a list has not, and fails if there is anything
#
# The agent's program stays in its volume on the engine, and so do images: they are made again only when they change.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# How long what is just ending has for it.
readonly PATIENCE=20

engine() {
    have docker || return 0
    docker ps --all --filter label=belay.sandbox --format 'container {{.ID}} {{.Names}} {{.Label "belay.instance"}}' 2>/dev/null || true
    docker network ls --filter label=belay.instance --format 'network {{.ID}} {{.Name}}' 2>/dev/null || true
    # The agent's volumes are named by their content; any other one of ours, or one without a name, is a leftover.
    docker volume ls --format 'volume {{.Name}}' 2>/dev/null | grep -E '^volume (belay-|[0-9a-f]{64}$)' | grep -v '^volume belay-agent-' || true
}

# Programs that tests start. A process is its number, for two may have the same name; one that has ended and waits to be
# taken notice of holds nothing.
processes() {
    local dir pid name command state
    for dir in /proc/[0-9]*; do
        pid=${dir#/proc/}
        name=$(cat "$dir/comm" 2>/dev/null) || continue
        case $name in
            belay | agent | chromedriver | chromium* | chrome | headless_shell | postgres | dockerd | qemu-system*) ;;
            *) continue ;;
        esac
        state=$(sed -n 's/^State:[[:space:]]*\([A-Z]\).*/\1/p' "$dir/status" 2>/dev/null) || continue
        [ "$state" != Z ] || continue
        command=$(tr '\0' ' ' <"$dir/cmdline" 2>/dev/null | cut -c1-120) || continue
        echo "process $pid $command"
    done
}

files() {
    local temp=${TMPDIR:-/tmp}
    find "$temp" -maxdepth 1 \( -name 'belay-*' -o -name '.tmp??????' -o -name '.org.chromium.*' -o -name 'scoped_dir*' \) \
        -printf 'directory %p\n' 2>/dev/null || true
    sed -n 's/^[^ ]* \([^ ]*belay[^ ]*\) .*/mount \1/p' /proc/self/mounts | grep -v /docker/ || true
}

list() { { engine && processes && files; } | LC_ALL=C sort; }

since() {
    local before=$1 new tries=$PATIENCE
    while :; do
        new=$(LC_ALL=C comm -13 "$before" <(list))
        [ -n "$new" ] || break
        tries=$((tries - 1))
        if [ $tries -eq 0 ]; then
            say "The tests have left this behind:"
            printf '%s\n' "$new"
            return 1
        fi
        sleep 1
    done
    echo "Nothing is left: no container, network, volume, process, mount or directory that was not there before."
}

case ${1:-} in
    list) list ;;
    since) since "${2:?the list from before}" ;;
    *) die "usage: leftovers.sh list | since FILE" ;;
esac
