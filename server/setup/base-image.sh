#!/usr/bin/env bash
# Makes sure that the image under all lab images, belay/debian:bookworm, exists on the Docker engine.
#
# Where a registry can be reached it is debian:bookworm-slim. Where not, the same thing is bootstrapped from Debian's
# packages with mmdebstrap. `--again` makes it anew.
#
#   BELAY_BASE_IMAGE     another image to take instead of debian:bookworm-slim
#   BELAY_DEBIAN_MIRROR  where packages come from, instead of http://deb.debian.org/debian

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

readonly NAME=belay/debian:bookworm
readonly SOURCE=${BELAY_BASE_IMAGE:-debian:bookworm-slim}
readonly MIRROR=${BELAY_DEBIAN_MIRROR:-http://deb.debian.org/debian}

exists() { docker image inspect "$1" >/dev/null 2>&1; }

# The engine itself gives up on a silent registry after 15 seconds; the limit is for one that trickles.
pull() {
    exists "$SOURCE" || timeout 300 docker pull --quiet "$SOURCE" >&2 || return 1
    docker tag "$SOURCE" "$NAME"
}

try_pull() {
    local answer
    say "${_bold}==>${_off} Fetching the base image $SOURCE"
    if answer=$(pull 2>&1); then return; fi
    say "    not to be had: ${answer##*$'\n'}"
    return 1
}

# What the official slim image leaves out, so that both ways lead to the same image.
slim_options() {
    local path
    for path in /usr/share/doc/'*' /usr/share/info/'*' /usr/share/linda/'*' /usr/share/lintian/overrides/'*' \
        /usr/share/locale/'*' /usr/share/man/'*'; do
        printf -- '--dpkgopt=path-exclude=%s\n' "$path"
    done
    printf -- '--dpkgopt=path-include=%s\n' /usr/share/doc/'*'/copyright
    # No package lists kept, no suggestions, no services started while an image is built.
    printf -- '--aptopt=%s\n' 'Acquire::Languages "none"' 'Acquire::GzipIndexes "true"' \
        'Apt::AutoRemove::SuggestsImportant "false"' 'Dir::Cache::pkgcache ""' 'Dir::Cache::srcpkgcache ""' \
        'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; }'
}

# usrmerge did its work and would keep 45 MB of Perl; policy-rc.d keeps services from starting while an image is built, and
# is put in last because mmdebstrap takes its own away at the end.
bootstrap() {
    local tar=$1 options extra
    extra=$(dirname "$tar")/extra
    mapfile -t options < <(slim_options)
    # shellcheck disable=SC2016 # $1 is for mmdebstrap's own shell
    as_root mmdebstrap --quiet --variant=minbase "${options[@]}" \
        --customize-hook='chroot "$1" apt-get install -y --no-install-recommends usr-is-merged usrmerge-' \
        --customize-hook='chroot "$1" apt-mark auto "?not(?priority(required))" && chroot "$1" apt-mark manual apt && chroot "$1" apt-get autoremove -y --purge' \
        --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/log/* "$1"/etc/machine-id' \
        --customize-hook='rm -f "$1"/etc/resolv.conf "$1"/etc/hostname' \
        bookworm "$tar" \
        "deb $MIRROR bookworm main" \
        "deb $MIRROR bookworm-updates main" \
        "deb ${MIRROR%/debian}/debian-security bookworm-security main" || return
    mkdir -p "$extra/usr/sbin" &&
        printf '#!/bin/sh\nexit 101\n' >"$extra/usr/sbin/policy-rc.d" &&
        chmod 755 "$extra/usr/sbin/policy-rc.d" &&
        as_root tar --append --file "$tar" --directory "$extra" --owner 0 --group 0 ./usr/sbin/policy-rc.d
}

import() { docker import --change 'CMD ["bash"]' --message "bootstrapped from $MIRROR" "$1" "$NAME" >/dev/null; }

from_packages() {
    have mmdebstrap || "$SETUP/packages.sh" install mmdebstrap || return 1
    can_root || {
        say "Bootstrapping the base image needs root: run \`sudo server/setup/base-image.sh\` once."
        return 1
    }
    local dir rc=0
    dir=$(mktemp -d)
    quiet_step "Bootstrapping the base image from Debian's packages ($MIRROR)" bootstrap "$dir/root.tar" &&
        quiet_step "Importing it into Docker" import "$dir/root.tar" || rc=$?
    as_root rm -rf "$dir"
    return "$rc"
}

have docker || die "The docker command is missing: apt-get install docker.io (Debian 13 and later: docker-cli too)"
if [ "${1:-}" != --again ] && exists $NAME; then exit 0; fi
try_pull || from_packages || die "Without $NAME no lab image can be built."
