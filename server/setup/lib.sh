# shellcheck shell=bash
# What the set-up scripts share. Sourced, never run by itself.
#
# Everything meant for a person goes to stderr, so that a script may print a result on stdout.

set -euo pipefail

if [ "$(uname -s)" != Linux ] || [ "${BASH_VERSINFO[0]}" -lt 5 ]; then
    echo "Belay's set-up runs on Linux with bash 5; Debian 12 is what it is tried on." >&2
    exit 1
fi

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SETUP=$ROOT/server/setup
TARGET=$ROOT/target
# What is slow to make and independent of this clone is kept here, so that a second clone need not make it again.
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/belay
export ROOT SETUP TARGET CACHE
export CARGO_TARGET_DIR=$TARGET

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
    _bold=$'\e[1m' _dim=$'\e[2m' _red=$'\e[31m' _yellow=$'\e[33m' _off=$'\e[0m'
else
    _bold='' _dim='' _red='' _yellow='' _off=''
fi

say() { printf '%s\n' "$*" >&2; }
warn() { printf '%s%s%s\n' "$_yellow" "$*" "$_off" >&2; }
die() {
    printf '%s%s%s\n' "$_red" "$*" "$_off" >&2
    exit 1
}

# Milliseconds, for timing.
now_ms() { local t=${EPOCHREALTIME/[.,]/}; printf '%s' "${t%???}"; }

# 83512 -> 1 min 24 s; 1234 -> 1.2 s
duration() {
    local ms=$1
    if [ "$ms" -ge 60000 ]; then
        printf '%d min %02d s' $((ms / 60000)) $((ms % 60000 / 1000))
    else
        printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
    fi
}

# step "What it does" command…: says what it does, runs it with its output in view, says how long it took.
#
# Bash switches `set -e` off inside a function whose failure is caught, as it is here and in every condition: functions
# that are run so chain their commands with `&&` or `|| return`.
step() {
    local what=$1 started took rc=0
    shift
    say "${_bold}==>${_off} $what"
    started=$(now_ms)
    "$@" || rc=$?
    took=$(duration $(($(now_ms) - started)))
    if [ "$rc" -ne 0 ]; then
        printf '%s    failed after %s: %s%s\n' "$_red" "$took" "$what" "$_off" >&2
        return "$rc"
    fi
    say "${_dim}    done in $took${_off}"
}

# The same for commands whose output interests nobody unless they fail.
quiet_step() {
    local what=$1 log rc=0
    shift
    log=$(mktemp)
    step "$what" _logged "$log" "$@" || rc=$?
    rm -f "$log"
    return "$rc"
}

_logged() {
    local log=$1 rc=0
    shift
    "$@" >"$log" 2>&1 || rc=$?
    [ "$rc" -eq 0 ] || cat "$log" >&2
    return "$rc"
}

have() { command -v "$1" >/dev/null 2>&1; }

# Whether we may act as root: we are, or sudo lets us. On a terminal sudo may ask for the password, once.
can_root() {
    [ "$(id -u)" -ne 0 ] || return 0
    have sudo || return 1
    sudo -n true 2>/dev/null && return 0
    [ -t 0 ] && [ -z "${_sudo_refused:-}" ] || return 1
    say "Belay's set-up needs root for packages, Docker and a kernel setting; sudo asks once."
    sudo -v && return 0
    _sudo_refused=1
    export _sudo_refused
    return 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# The triple this machine's own programs are built for, such as x86_64-unknown-linux-gnu.
host_triple() { rustc -vV | sed -n 's/^host: //p'; }

# A hash over the names and contents of files and directories: what a stamp compares.
tree_hash() {
    (cd "$ROOT" && find "$@" -type f -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0r sha256sum) | sha256sum | cut -c1-32
}

# Runs a command without the descriptors this script holds: a lock or make's job server kept open by something that
# outlives us would hang whoever waits for it.
without_descriptors() {
    (
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            [ "$fd" -le 2 ] || eval "exec $fd>&-" 2>/dev/null || true
        done
        exec "$@"
    )
}

# Group docker may have got us as a member only just now: starts the calling script over with the membership in force,
# which a new login would do too.
enter_docker_group() {
    [ "$(id -u)" -ne 0 ] && [ -z "${_BELAY_IN_GROUP:-}" ] && have sg || return 0
    if ! id -nG | grep -qw docker && id -nG "$(id -un)" | grep -qw docker; then
        export _BELAY_IN_GROUP=1
        exec sg docker -c "$(printf '%q ' "$@")"
    fi
}
