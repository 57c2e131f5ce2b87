#!/usr/bin/env bash
# Installs the JavaScript packages of app/, exactly as locked, when the lock has changed.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

readonly STAMP=$ROOT/app/node_modules/.belay-lock
lock=$(tree_hash app/package-lock.json)
[ "$(cat "$STAMP" 2>/dev/null)" != "$lock" ] || exit 0
have npm || die "npm is missing: apt-get install npm, or Node.js from https://nodejs.org"

# None of these packages needs its install script, and a package that does can't run one here.
quiet_step "Installing the JavaScript packages" npm ci --prefix "$ROOT/app" --ignore-scripts --no-audit --no-fund --no-update-notifier
echo "$lock" >"$STAMP"
