#!/usr/bin/env bash
# Debian's packages that Belay needs.
#
#   packages.sh run               what `make run` can't do without: a C compiler and Node's npm
#   packages.sh test              the same, and what the tests need: PostgreSQL, Chromium and its driver, asciinema
#   packages.sh test-v2           what the guest with control groups v2 needs: qemu and the making of its disk
#   packages.sh install NAME…     these
#
# Installs what is missing, as root or through sudo, on Debian and its relatives. Elsewhere it says what to install and
# fails. It never removes a package to make room for another.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

is_debian() { have apt-get && have dpkg-query; }

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

known() { apt-cache show --no-all-versions "$1" >/dev/null 2>&1; }

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends --no-remove "$@"
}

# The lists may be absent (containers) or too old to name files that still exist.
install_or_refresh() {
    apt_install "$@" && return
    as_root apt-get update -q
    apt_install "$@"
}

install() {
    local missing=() p
    if ! is_debian; then
        say "Please install what corresponds to Debian's packages: $*"
        return 1
    fi
    for p in "$@"; do installed "$p" || missing+=("$p"); done
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! can_root; then
        say "Please run, as root:  apt-get install --no-install-recommends ${missing[*]}"
        return 1
    fi
    quiet_step "Installing from Debian: ${missing[*]}" install_or_refresh "${missing[@]}"
}

# Prints what of the given "program package" pairs is missing.
packages_for() {
    local pair
    for pair in "$@"; do
        compgen -G "${pair%% *}" >/dev/null || have "${pair%% *}" || echo "${pair#* }"
    done
}

for_run() {
    # rustup names neither of these as its own dependency, and a first build without them ends in a linker's riddle.
    packages_for "cc gcc" "/usr/include/stdlib.h libc6-dev" "git git" "npm npm"
}

for_test() {
    for_run
    packages_for "/usr/lib/postgresql/*/bin/initdb postgresql" "asciinema asciinema"
    # A page without any font is a page of boxes, and its layout another one.
    [ -n "${CHROMEDRIVER:-}" ] || packages_for "chromium chromium" "chromedriver chromium-driver" "/usr/share/fonts/*/*/* fonts-dejavu-core"
}

for_test_v2() {
    packages_for "qemu-system-x86_64 qemu-system-x86" "mmdebstrap mmdebstrap" "/sbin/mke2fs e2fsprogs" "ssh-keygen openssh-client"
}

# PostgreSQL's packages set up and start a server of the machine's own as they are installed; the tests don't want it.
no_default_cluster() {
    local conf=/etc/postgresql-common/createcluster.conf
    if is_debian && can_root && ! installed postgresql-common && [ ! -e $conf ]; then
        as_root mkdir -p "${conf%/*}"
        echo "create_main_cluster = false" | as_root tee $conf >/dev/null
    fi
}

case ${1:-} in
    run) mapfile -t wanted < <(for_run) ;;
    test)
        mapfile -t wanted < <(for_test)
        case " ${wanted[*]} " in *" postgresql "*) no_default_cluster ;; esac
        ;;
    test-v2) mapfile -t wanted < <(for_test_v2) ;;
    install)
        shift
        wanted=("$@")
        ;;
    *) die "usage: packages.sh run | test | test-v2 | install NAME…" ;;
esac

[ ${#wanted[@]} -eq 0 ] || install "${wanted[@]}"
