#!/usr/bin/env bash
# `make bench`: measures a release build on this machine and fails if a limit is broken. The machine should have nothing
# else to do. The report is a table on the terminal and target/bench/report.json.
#
#   BELAY_BENCH_ONLY=echo,throughput   these parts alone: kpi, start, echo, throughput, checks, terminals
#   BELAY_BENCH_SIZE=0.1               a part of all counts, for a quick try
#                                      with either, the JSON is target/bench/part.json

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

# The selection of build.sh, so that nothing is built twice.
readonly SELECT=(--workspace --exclude client)

wants() { [[ -z ${BELAY_BENCH_ONLY:-} || ,$BELAY_BENCH_ONLY, == *,$1,* ]]; }

bench() { cargo bench "${SELECT[@]}" --bench "$@"; }

kpi() { bench kpi | tee "$BELAY_BENCH_KPI"; }

have cargo || die "Rust is missing: https://rustup.rs"
"$SETUP/packages.sh" run || die "These are needed to build Belay."
"$SETUP/docker.sh" check || started_docker=yes
DOCKER_HOST=$("$SETUP/docker.sh") || die "Belay is measured on real Docker."
export DOCKER_HOST
enter_docker_group "$0" "$@"
"$SETUP/kernel.sh"
"$SETUP/base-image.sh"

stop_services() { [ -z "${started_docker:-}" ] || "$SETUP/docker.sh" stop; }
trap stop_services EXIT
trap 'exit 130' INT TERM

PROFILE=release "$SETUP/build.sh"
export BELAY_PROGRAM=$TARGET/release/belay BELAY_AGENT=$TARGET/dist/agent BELAY_SITE=$TARGET/site
export BELAY_BENCH_KPI=$TARGET/bench/kpi.txt
mkdir -p "$TARGET/bench"
step "Building the images that have changed" "$BELAY_PROGRAM" image build
step "Building the bench" bench report --no-run
# Before the rest, and its build as well: nothing else may run while something is measured.
if wants kpi; then
    step "Building the judgement's bench" bench kpi --no-run
    step "Measuring the judgement" kpi
fi
step "Measuring" bench report
