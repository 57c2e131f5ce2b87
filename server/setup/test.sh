#!/usr/bin/env bash
# test.sh         `make test`: everything that must hold before a change is taken. Starts what it needs (PostgreSQL, the
#                 Docker engine) and stops what it started. Goes on after a failure, so that one run shows all of them.
# test.sh lint    `make lint`: format and lints alone
#
#   BELAY_TEST_FULL=1   `make test-full`: also what is long, and no lab's proof is taken from the cache
#
# The tests are told where things are by
#   BELAY_PROGRAM, BELAY_AGENT, BELAY_SITE   what build.sh built
#   BELAY_TEST_POSTGRES                      a PostgreSQL server on which they may create databases
#   CHROMEDRIVER, CHROMIUM                   these programs, where they are not Debian's
#   DOCKER_HOST                              the engine

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

readonly LOGS=$TARGET/test-logs
# The same selection in every call, so that nothing is built twice. The client is for the browser only.
readonly SELECT=(--workspace --exclude client)
full=${BELAY_TEST_FULL:-}

stages=() times=() results=()
work='' started_docker=${BELAY_STARTED_DOCKER:-}

# stage NAME command…: runs it with its output in view and in a file, and goes on if it fails.
stage() {
    local name=$1 started rc=0
    shift
    started=$(now_ms)
    say "${_bold}==> $name${_off}"
    "$@" 2>&1 | tee "$LOGS/$(printf '%02d' ${#stages[@]})-${name//[^a-z0-9]/-}.log" >&2 || rc=$?
    stages+=("$name") times+=($(($(now_ms) - started))) results+=("$rc")
    [ "$rc" -eq 0 ] || say "${_red}    failed: $name${_off}"
    return 0
}

tests() { cargo test "${SELECT[@]}" --no-fail-fast "$@" -- ${full:+--include-ignored}; }

# --- what the tests need -------------------------------------------------------------------------------------------

prepare() {
    "$SETUP/packages.sh" test || die "These are needed to test Belay."
    "$SETUP/docker.sh" check || export BELAY_STARTED_DOCKER=yes started_docker=yes
    DOCKER_HOST=$("$SETUP/docker.sh") || die "The labs are tested on real Docker."
    export DOCKER_HOST
    enter_docker_group "$0" "$@"
    "$SETUP/kernel.sh"
    "$SETUP/base-image.sh"
}

start_services() {
    export BELAY_TEST_POSTGRES
    BELAY_TEST_POSTGRES=$("$SETUP/postgres.sh" start "$work/postgres")
}

stop_postgres() { [ ! -d "$work/postgres" ] || "$SETUP/postgres.sh" stop "$work/postgres"; }

stop_services() {
    stop_postgres
    [ -z "$started_docker" ] || "$SETUP/docker.sh" stop
    rm -rf "$work"
}

# --- stages --------------------------------------------------------------------------------------------------------

clippy() { cargo clippy "${SELECT[@]}" --all-targets -- -D warnings; }

# With the toolchain's own clippy where it has the target. Where the wasm is built with another toolchain, whose metadata
# this clippy can't read, the browser's code is checked as if it were for this machine.
clippy_browser() {
    if [ "$wasm_cargo" = cargo ]; then
        cargo clippy -p client --profile wasm --target wasm32-unknown-unknown --target-dir "$TARGET/front" -- -D warnings
    else
        cargo clippy -p client -- -D warnings
    fi
}

# The judgement runs wherever its words are read, a browser included.
judgement_for_wasm() {
    "$wasm_cargo" check -p scorecards --profile wasm --target wasm32-unknown-unknown --target-dir "$TARGET/front"
}

images() { "$BELAY_PROGRAM" image build; }

# The names of the test files beside the crates (each is a program of its own), the browser's last: it needs all the rest.
test_files() {
    cargo metadata --no-deps --format-version 1 | node -e '
        const { packages } = JSON.parse(require("fs").readFileSync(0));
        const names = packages.flatMap((p) => p.targets).filter((t) => t.kind.includes("test")).map((t) => t.name);
        const last = (name) => name === "browser";
        console.log([...new Set(names)].sort((a, b) => last(a) - last(b) || a.localeCompare(b)).join("\n"));'
}

# Each lab's proof is remembered by a hash of all that it rests on, in the data directory.
prove_labs() { BELAY_DATA=$TARGET/test-data "$BELAY_PROGRAM" lab test ${full:+--again}; }

deny() { cargo deny --workspace check bans licenses sources; }

docs() { RUSTDOCFLAGS="-D warnings" cargo doc "${SELECT[@]}" --no-deps --document-private-items; }

scripts() { shellcheck -x "$SETUP"/*.sh .ci/run; }

# --- the account ---------------------------------------------------------------------------------------------------

# Sums a column of cargo's "test result: ok. 12 passed; 0 failed; 3 ignored; …" over all logs.
count() { cat "$LOGS"/[0-9][0-9]-*.log | sed -n "s/^test result: .* \([0-9]*\) $1;.*/\1/p" | awk '{ n += $1 } END { print n + 0 }'; }

account() {
    local i bad=0 passed word
    say ""
    for i in "${!stages[@]}"; do
        word=ok
        [ "${results[i]}" -eq 0 ] || { word=FAILED bad=$((bad + 1)); }
        printf '%-7s %13s  %s\n' "$word" "$(duration "${times[i]}")" "${stages[i]}" >&2
    done
    printf '%-7s %13s\n\n' total "$(duration $(($(now_ms) - began)))" >&2
    passed=$(count passed)
    [ "$passed" -eq 0 ] || say "${_bold}$passed tests passed, $(count failed) failed, $(count ignored) left to \`make test-full\`${_off}"
    if [ "$bad" -gt 0 ]; then die "$bad of ${#stages[@]} stages failed; their output is in target/test-logs"; fi
    say "${_bold}All ${#stages[@]} stages passed.${_off}"
}

# -------------------------------------------------------------------------------------------------------------------

lint() {
    wasm_cargo=$("$SETUP/wasm-toolchain.sh")
    stage "format" cargo fmt --all -- --check
    stage "clippy, server" clippy
    stage "clippy, browser" clippy_browser
    have shellcheck && stage "shellcheck" scripts
    have cargo-deny && stage "licences and sources" deny
    return 0
}

everything() {
    local name names
    export BELAY_PROGRAM=$TARGET/debug/belay BELAY_AGENT=$TARGET/dist/agent BELAY_SITE=$TARGET/site
    export PROFILE=dev
    prepare "$@"
    work=$(mktemp -d)
    chmod 711 "$work" # PostgreSQL runs as another user below it
    trap stop_services EXIT
    trap 'exit 130' INT TERM

    "$SETUP/leftovers.sh" list >"$work/before"
    lint
    stage "build the program" "$SETUP/build.sh"
    stage "build the tests" cargo test "${SELECT[@]}" --no-run
    if [ "${results[-1]}" -ne 0 ] || [ "${results[-2]}" -ne 0 ]; then return; fi
    stage "the judgement for wasm" judgement_for_wasm
    start_services
    stage "lab images" images
    stage "unit tests" tests --lib --bins
    stage "documentation's examples" tests --doc
    names=$(test_files)
    for name in $names; do stage "tests: $name" tests --test "$name"; done
    stage "lab proofs" prove_labs
    [ -z "$full" ] || stage "documentation" docs
    stop_postgres
    stage "nothing is left behind" "$SETUP/leftovers.sh" since "$work/before"
}

began=$(now_ms)
have cargo || die "Rust is missing: https://rustup.rs"
rm -rf "$LOGS"
mkdir -p "$LOGS"
[ ! -t 2 ] || export CARGO_TERM_COLOR=always

case ${1:-} in
    '') everything "$@" ;;
    lint) lint ;;
    *) die "usage: test.sh [lint]" ;;
esac
account
