#!/usr/bin/env bash
# `make run`: sets up what is missing, builds what is out of date, starts Belay with its demo organisation.
#
#   BELAY_LISTEN, BELAY_DATA, BELAY_DATABASE_URL …   as in README.md; a belay.toml here is read too
#   PROFILE=release                                  an optimised server: a longer build

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

started=$(now_ms)
export PROFILE=${PROFILE:-dev}
belay=$TARGET/$([ "$PROFILE" = dev ] && echo debug || echo "$PROFILE")/belay
# Cargo may have left an agent beside the server that needs this machine's libraries.
export BELAY_AGENT=${BELAY_AGENT:-$TARGET/dist/agent}

have cargo || die "Rust is missing: https://rustup.rs"
"$SETUP/packages.sh" run || die "These are needed to build Belay."

# Without Docker everything but the labs works, so nothing about Docker is fatal.
labs=yes
if DOCKER_HOST=$("$SETUP/docker.sh"); then
    export DOCKER_HOST
    enter_docker_group "$0" "$@"
    "$SETUP/kernel.sh"
    "$SETUP/base-image.sh" || labs=no
else
    unset DOCKER_HOST
    labs=no
fi

"$SETUP/build.sh"

if [ $labs = yes ]; then
    step "Building the labs' images that have changed" "$belay" image build || labs=no
fi
[ $labs = yes ] || warn "Labs can't start on this machine for now; everything else works. \`belay doctor\` says why."

say ""
say "${_bold}Everything is ready after $(duration $(($(now_ms) - started))); starting Belay. Ctrl-C stops it.${_off}"
# The program becomes this process, so that Ctrl-C reaches it.
exec "$belay" serve --demo
