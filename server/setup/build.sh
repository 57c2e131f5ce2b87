#!/usr/bin/env bash
# Builds what runs. Cargo and the stamps below decide what is out of date, so that a second call takes a moment.
#
#   build.sh [server] [agent] [site]     these, or all
#
#   target/{debug,release}/belay    the server                     PROFILE=release for the second
#   target/dist/agent               PID 1 of every sandbox, static
#   target/site/                    what the browser gets: pkg/ and the files of app/public

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

# Leptos compiled with this set asks for another name of the wasm than the bindings have.
unset LEPTOS_OUTPUT_NAME

readonly PROFILE=${PROFILE:-dev}
BIN_DIR=$TARGET/$([ "$PROFILE" = dev ] && echo debug || echo "$PROFILE")
readonly BIN_DIR
readonly WASM=$TARGET/front/wasm32-unknown-unknown/wasm/client.wasm
readonly SITE=$TARGET/site

# The whole workspace is selected, though one program is all that is built, because the selection decides the features
# of shared dependencies: this way tests and clippy use the same build of them.
cargo_host() { cargo build --profile "$PROFILE" --workspace --exclude client "$@"; }

cargo_agent() {
    # Naming the target, even though it is this machine's, keeps the flags away from build scripts and macros.
    env -u CARGO_ENCODED_RUSTFLAGS RUSTFLAGS="-C target-feature=+crt-static" \
        cargo build -p agent --profile agent --target "$1" --target-dir "$TARGET/agent"
}

build_agent() {
    local triple built
    triple=$(host_triple) &&
        cargo_agent "$triple" || return
    built=$TARGET/agent/$triple/agent/agent
    is_static "$built" || die "The agent is not static: it would not start in a box without this machine's libraries."
    install -C -D -m 755 "$built" "$TARGET/dist/agent"
}

# A program that needs a loader names it in its interpreter segment.
is_static() {
    local headers
    headers=$(readelf --program-headers "$1") && [[ $headers != *INTERP* ]]
}

cargo_wasm() {
    local cargo=$1
    # Libraries compiled against a standard library that has been replaced since would not be found stale.
    local of=$TARGET/front/.toolchain identity
    identity=$(cat "$(dirname "$cargo")/../identity" 2>/dev/null || echo "$cargo")
    if [ -e "$of" ] && [ "$(cat "$of")" != "$identity" ]; then rm -rf "$TARGET/front"; fi
    mkdir -p "$TARGET/front" &&
        echo "$identity" >"$of" &&
        "$cargo" build -p client --profile wasm --target wasm32-unknown-unknown --target-dir "$TARGET/front"
}

# Made beside the old one and swapped in, so that a running server never serves half of it.
assemble_site() {
    local new=$SITE.new
    rm -rf "$new" "$SITE.old"
    mkdir -p "$new/pkg" &&
        cp -R app/public/. "$new/" || return
    # Each is fetched by itself, when its tab is opened.
    app/node_modules/.bin/esbuild app/terminal.js app/editor.js app/preview.js app/answers.js --bundle --minify --format=esm \
        --target=es2022 --log-level=warning --outdir="$new/pkg" || return
    cp app/node_modules/@xterm/xterm/css/xterm.css "$new/pkg/xterm.css" || return
    # One file, in the order of the names: layers are declared in the first.
    find app/style -name '*.css' -print0 | LC_ALL=C sort -z | xargs -0r cat >"$new/pkg/app.css" || return
    "$BIN_DIR/bundle" "$WASM" "$new/pkg" >&2 &&
        echo "$1" >"$new/.inputs" || return
    if [ -d "$SITE" ]; then mv "$SITE" "$SITE.old" || return; fi
    mv "$new" "$SITE" || return
    rm -rf "$SITE.old"
}

site_inputs() { tree_hash "${WASM#"$ROOT"/}" "${BIN_DIR#"$ROOT"/}/bundle" app/terminal.js app/editor.js app/editor app/preview.js app/answers.js app/package-lock.json app/style app/public server/setup/build.sh; }

build_site() {
    local cargo inputs
    cargo=$("$SETUP/wasm-toolchain.sh")
    "$SETUP/js.sh"
    step "Building the browser's part (wasm)" cargo_wasm "$cargo"
    [ "$bundler" = built ] || step "Building the bundler" cargo_host --bin bundle
    inputs=$(site_inputs)
    [ "$(cat "$SITE/.inputs" 2>/dev/null)" = "$inputs" ] || step "Assembling the site" assemble_site "$inputs"
}

bundler=unknown
[ $# -gt 0 ] || set -- server agent site
for part in "$@"; do
    case $part in
        server)
            step "Building the server ($PROFILE)" cargo_host --bin belay --bin bundle
            bundler=built
            ;;
        agent) step "Building the agent" build_agent ;;
        site) build_site ;;
        *) die "usage: build.sh [server] [agent] [site]" ;;
    esac
done
