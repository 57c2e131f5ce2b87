#!/usr/bin/env bash
# A PostgreSQL server for tests: its own data in a temporary directory, on a free port of the loopback, with a password.
#
#   postgres.sh start DIR    sets up and starts one in DIR (must not exist) and prints its URL
#   postgres.sh stop DIR     stops it and removes DIR
#   postgres.sh down DIR     stops it and keeps its data; in order, for as it is set up a crash may lose what was committed
#   postgres.sh up DIR       starts it again, at the same address
#
# It trades all durability for speed. PostgreSQL refuses to run as root, so root runs it as user postgres.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

bin_dir() {
    local newest
    newest=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -1)
    newest=${newest:-$(command -v initdb)} || return 1
    dirname "$newest"
}

# PostgreSQL wants to be somewhere it may read, which the caller's directory need not be.
as_owner() {
    cd /
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

initialise() {
    local dir=$1 password=$2
    mkdir -m 700 "$dir"
    printf '%s\n' "$password" >"$dir/password"
    [ "$(id -u)" -ne 0 ] || chown postgres "$dir" "$dir/password"
    as_owner "$BIN/initdb" --pgdata "$dir/data" --username belay --pwfile "$dir/password" \
        --auth password --encoding UTF8 --locale C.UTF-8 --no-sync >/dev/null
    rm "$dir/password"
    as_owner tee -a "$dir/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
jit = off
CONF
}

start() {
    local dir=$1 password port attempt
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    initialise "$dir" "$password"
    # A port can be taken between looking and binding, so binding is how we look.
    for attempt in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        if as_owner "$BIN/pg_ctl" --silent --wait --pgdata "$dir/data" --log "$dir/log" --options "-p $port" start >/dev/null; then
            echo "$port" >"$dir/port"
            echo "postgres://belay:$password@127.0.0.1:$port/postgres"
            return
        fi
        say "PostgreSQL did not start on port $port (attempt $attempt)"
    done
    cat "$dir/log" >&2
    return 1
}

stop() {
    [ ! -f "$1/data/postmaster.pid" ] || as_owner "$BIN/pg_ctl" --silent --mode immediate --pgdata "$1/data" stop >/dev/null
    rm -rf "$1"
}

down() { as_owner "$BIN/pg_ctl" --silent --mode fast --pgdata "$1/data" stop >/dev/null; }

up() {
    as_owner "$BIN/pg_ctl" --silent --wait --pgdata "$1/data" --log "$1/log" --options "-p $(cat "$1/port")" start >/dev/null
}

BIN=$(bin_dir) || die "PostgreSQL's programs are missing: apt-get install postgresql"
case ${1:-} in
    start) start "${2:?directory}" ;;
    stop) stop "${2:?directory}" ;;
    down) down "${2:?directory}" ;;
    up) up "${2:?directory}" ;;
    *) die "usage: postgres.sh start | stop | down | up DIR" ;;
esac
