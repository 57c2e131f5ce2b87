#!/usr/bin/env bash
# Prints the cargo command that can build for the browser (wasm32-unknown-unknown), after making one where need be:
#
#   1. the active toolchain has the target: `cargo`
#   2. rustup can fetch the target:         `cargo`
#   3. Debian's newer Rust, kept for its browsers (rustc-web), with a standard library for wasm32 compiled from its
#      sources: a cargo of our own under ~/.cache/belay. This needs Debian's packages and crates.io, nothing else.
#
# BELAY_WASM_CARGO overrides all of it.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

readonly TRIPLE=wasm32-unknown-unknown
readonly SYSROOT=$CACHE/wasm
readonly RECIPE=1 # raised when what is built below changes

target_present() {
    local dir
    dir=$(rustc --print target-libdir --target $TRIPLE 2>/dev/null) && compgen -G "$dir/libstd-*.rlib" >/dev/null
}

# Where the server can't be reached rustup retries for minutes, so ask first, briefly.
rustup_server_answers() {
    local server=${RUSTUP_DIST_SERVER:-https://static.rust-lang.org}
    ! have curl || curl --silent --fail --head --max-time 10 --output /dev/null "$server/dist/channel-rust-stable.toml.sha256"
}

add_with_rustup() {
    have rustup && rustup_server_answers || return 1
    # The active toolchain by name: without one rustup would install whatever it takes for the default.
    local toolchain
    toolchain=$(rustup show active-toolchain 2>/dev/null | cut -d' ' -f1) && [ -n "$toolchain" ] || return 1
    RUST_BACKTRACE=0 quiet_step "Adding the target $TRIPLE to Rust toolchain $toolchain" \
        timeout 60 rustup target add --toolchain "$toolchain" $TRIPLE && target_present
}

# What the built sysroot depends on: an upgraded rustc-web can't read the old one's libraries.
identity() { printf 'recipe %s\n' $RECIPE; /usr/bin/rustc -vV; }

sysroot_current() {
    [ -x /usr/bin/rustc ] && [ -f "$SYSROOT/identity" ] && [ "$(identity)" = "$(cat "$SYSROOT/identity")" ]
}

debian_rust_present() {
    [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -x /usr/bin/lld ] && [ -d /usr/lib/rustlib/src/rust/library/std ]
}

new_enough() {
    local need have
    need=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml")
    have=$(/usr/bin/rustc -V | cut -d' ' -f2)
    [ "$(printf '%s\n%s\n' "$need" "$have" | sort -V | head -1)" = "$need" ] && return
    say "Debian's Rust here is $have, Belay needs $need or newer."
    return 1
}

wrapper() { printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod +x "$1"; }

build_sysroot() {
    local host work=$SYSROOT.work new=$SYSROOT.new lib
    host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
    rm -rf "$work" "$new"
    mkdir -p "$work/src" && : >"$work/src/lib.rs" || return
    printf '[package]\nname = "sysroot"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[profile.release]\nopt-level = "z"\n' \
        >"$work/Cargo.toml"
    # RUSTC_BOOTSTRAP lets a stable compiler build its own standard library, which is all it is used for. Cargo would
    # leave the bitcode out, without which what is built on this could not use LTO.
    (cd "$work" && env -u RUSTC RUSTFLAGS="-C embed-bitcode=yes" PATH="/usr/bin:$PATH" RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=target \
        /usr/bin/cargo build --quiet --release -Zbuild-std=std,panic_abort,test,proc_macro --target $TRIPLE) || return
    mkdir -p "$new/bin" "$new/lib/rustlib/$TRIPLE/lib" "$new/lib/rustlib/$host/bin" || return
    for lib in "$work/target/$TRIPLE/release/deps/"*.rlib; do
        case $lib in */libsysroot-*) ;; *) cp "$lib" "$new/lib/rustlib/$TRIPLE/lib/" || return ;; esac
    done
    # rustc looks for its linker in there and stops with "linker `rust-lld` not found" otherwise.
    ln -s "/usr/lib/rustlib/$host/lib" "$new/lib/rustlib/$host/lib" &&
        ln -s /usr/bin/lld "$new/lib/rustlib/$host/bin/rust-lld" &&
        wrapper "$new/bin/rustc" "exec /usr/bin/rustc --sysroot '$SYSROOT' \"\$@\"" &&
        wrapper "$new/bin/cargo" "RUSTC='$SYSROOT/bin/rustc' RUSTDOC=/usr/bin/rustdoc exec /usr/bin/cargo \"\$@\"" &&
        identity >"$new/identity" &&
        rm -rf "$SYSROOT" "$work" &&
        mv "$new" "$SYSROOT"
}

use_debians() {
    if ! debian_rust_present; then
        "$SETUP/packages.sh" install rustc-web cargo-web rust-web-src lld || return 1
    fi
    new_enough || return 1
    mkdir -p "$CACHE"
    exec 9>"$CACHE/wasm.lock" && flock 9
    sysroot_current || step "Compiling Rust's standard library for the browser with Debian's $(/usr/bin/rustc -V | cut -d' ' -f1,2), once" build_sysroot
}

if [ -n "${BELAY_WASM_CARGO:-}" ]; then
    echo "$BELAY_WASM_CARGO"
elif target_present; then
    echo cargo
elif sysroot_current; then
    echo "$SYSROOT/bin/cargo"
elif add_with_rustup; then
    echo cargo
elif use_debians; then
    echo "$SYSROOT/bin/cargo"
else
    die "No way to build for the browser was found. Either of these is one:
  rustup target add $TRIPLE          (Rust from https://rustup.rs)
  apt-get install rustc-web cargo-web rust-web-src lld   (Debian 12 with its security updates)"
fi
