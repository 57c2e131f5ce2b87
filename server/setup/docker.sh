#!/usr/bin/env bash
# Makes sure that a Docker engine answers, and prints its address for DOCKER_HOST.
#
#   docker.sh          uses the engine that is there, or installs Debian's and starts it
#   docker.sh check    only says whether one answers
#   docker.sh stop     stops the engine if an earlier docker.sh started it by hand
#
# An engine named by DOCKER_HOST or by the docker command's context is used as it is, never installed or started.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

readonly SOCKET=/var/run/docker.sock
readonly PID_FILE=$CACHE/dockerd.pid
readonly LOG=$CACHE/dockerd.log

# The address the docker command would use; programs know DOCKER_HOST but not contexts.
endpoint() {
    if [ -n "${DOCKER_HOST:-}" ]; then
        echo "$DOCKER_HOST"
    else
        docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null || echo "unix://$SOCKET"
    fi
}

answers() { have docker && timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

is_default() { [ "$(endpoint)" = "unix://$SOCKET" ]; }

running_for_root() { [ -S $SOCKET ] && can_root && as_root timeout 10 docker version >/dev/null 2>&1; }

install_engine() {
    "$SETUP/packages.sh" install docker.io iptables ca-certificates || return 1
    # From Debian 13 on the command is a package of its own.
    have docker || "$SETUP/packages.sh" install docker-cli
}

# An engine that was killed leaves its pid files behind, and the next one believes them: whoever has the number now is
# taken for the engine.
forget_the_dead() {
    local file name
    for file in /run/docker.pid /run/docker/containerd/containerd.pid; do
        name=$(cat "/proc/$(cat "$file" 2>/dev/null || echo none)/comm" 2>/dev/null || true)
        case $name in dockerd | containerd) ;; *) as_root rm -f "$file" ;; esac
    done
}

# In a session of its own, so that it survives this script, the make above it and their terminal.
start_by_hand() {
    mkdir -p "$CACHE"
    forget_the_dead
    # shellcheck disable=SC2016 # expanded by the shell that becomes dockerd, whose pid is wanted
    without_descriptors "$(as_root_command)" setsid --fork \
        sh -c 'echo $$ >"$1"; exec dockerd </dev/null >>"$2" 2>&1' sh "$PID_FILE" "$LOG"
}

as_root_command() { if [ "$(id -u)" -eq 0 ]; then echo env; else echo sudo; fi; }

start_engine() {
    if [ -d /run/systemd/system ]; then
        as_root systemctl start docker || return
    else
        start_by_hand || return
    fi
    local tries=120
    until running_for_root || answers; do
        tries=$((tries - 1))
        if [ $tries -eq 0 ]; then
            [ ! -f "$LOG" ] || tail -n 5 "$LOG" >&2
            say "The Docker engine did not come up within a minute. In a container it needs --privileged."
            return 1
        fi
        sleep 0.5
    done
}

join_group() {
    can_root || {
        say "You may not use Docker. As root: usermod -aG docker $(id -un), then log in again."
        return 1
    }
    say "Adding you to group docker, whose members may use the Docker engine (as good as root on this machine)."
    as_root usermod -aG docker "$(id -un)"
}

in_group_by_now() { id -nG "$(id -un)" | grep -qw docker; }

ensure() {
    answers && return
    if ! is_default; then
        say "The Docker engine at $(endpoint) does not answer."
        return 1
    fi
    if ! have dockerd && ! [ -S $SOCKET ]; then install_engine || return 1; fi
    if ! running_for_root; then
        can_root || {
            say "Docker is not running. As root: systemctl start docker (or: service docker start)."
            return 1
        }
        step "Starting the Docker engine" start_engine || return 1
    fi
    answers || in_group_by_now || join_group
}

stop() {
    [ -f "$PID_FILE" ] || return 0
    local pid
    pid=$(cat "$PID_FILE")
    if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ]; then as_root kill "$pid"; fi
    as_root rm -f "$PID_FILE"
}

case ${1:-} in
    '') ensure && endpoint ;;
    check) answers ;;
    stop) stop ;;
    *) die "usage: docker.sh [check | stop]" ;;
esac
