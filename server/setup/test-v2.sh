#!/usr/bin/env bash
# test-v2.sh        `make test-v2`: the box's tests on what users run: Debian 12 with control groups v2 and AppArmor
#                   enforcing, as a guest under qemu. Twice: the box under docker-default (way A), and under Belay's own
#                   profiles, loaded by root (way B).
# test-v2.sh guest  only makes the guest and starts it, and says how to get in
#
#   BELAY_V2_TESTS     which tests, as cargo's test programs take them; all of the box's by default
#   BELAY_V2_WAYS      "a b" by default
#   BELAY_V2_MINUTES   how long one way may take, 60 by default
#   BELAY_V2_MEMORY    of the guest, 4G by default
#
# The guest is made once, from Debian's packages, and kept in target/v2. Without KVM everything in it is slow: tests are
# given BELAY_TEST_PATIENCE times the usual time.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

readonly V2=$TARGET/v2
readonly DISK=$V2/disk.img
readonly KEY=$V2/key
readonly MIRROR=${BELAY_DEBIAN_MIRROR:-http://deb.debian.org/debian}
readonly MINUTES=${BELAY_V2_MINUTES:-60}
readonly IMAGE=belay/systemd:latest
readonly PORT_FILE=$V2/port
guest_pid=''

# --- making the guest ----------------------------------------------------------------------------------------------

# What is in it; a change here makes a new one.
readonly PACKAGES=linux-image-cloud-amd64,systemd-sysv,docker.io,iptables,apparmor,openssh-server,procps,initramfs-tools
readonly RECIPE=2

# Run in the guest's root by mmdebstrap's hook.
configure() {
    local root=$1
    mkdir -p "$root/root/.ssh" "$root/etc/systemd/network" || return
    cat "$KEY.pub" >"$root/root/.ssh/authorized_keys" &&
        echo belay-v2 >"$root/etc/hostname" &&
        echo "/dev/vda / ext4 rw,relatime 0 1" >"$root/etc/fstab" &&
        printf '[Match]\nName=eth0\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n' >"$root/etc/systemd/network/eth0.network" &&
        printf '127.0.0.1 localhost\n127.0.1.1 belay-v2\n' >"$root/etc/hosts" &&
        printf "fs.inotify.max_user_instances = 1048576\nkernel.core_pattern = |/usr/bin/tee /root/core-of-a-box\n" >"$root/etc/sysctl.d/60-belay.conf" &&
        chroot "$root" systemctl enable systemd-networkd ssh docker >/dev/null &&
        chroot "$root" systemctl mask apt-daily.timer apt-daily-upgrade.timer man-db.timer e2scrub_all.timer fstrim.timer >/dev/null
}

bootstrap() {
    local root=$V2/root hook
    hook=$V2/configure.sh
    { declare -f configure; printf 'KEY=%q\nset -eu\nconfigure "$1"\n' "$KEY"; } >"$hook" &&
        as_root rm -rf "$root" || return
    as_root mmdebstrap --quiet --variant=important --include="$PACKAGES" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --customize-hook="bash $hook \"\$1\"" \
        bookworm "$root" "deb $MIRROR bookworm main" "deb ${MIRROR%/debian}/debian-security bookworm-security main" || return
    as_root cp "$root"/boot/vmlinuz-* "$V2/vmlinuz" &&
        as_root cp "$root"/boot/initrd.img-* "$V2/initrd" &&
        as_root rm -f "$DISK" &&
        as_root mke2fs -q -t ext4 -d "$root" "$DISK" 8G &&
        as_root chown "$(id -u):$(id -g)" "$DISK" "$V2/vmlinuz" "$V2/initrd" &&
        as_root rm -rf "$root" "$hook"
}

make_guest() {
    local wanted="$RECIPE $PACKAGES"
    [ "$(cat "$V2/recipe" 2>/dev/null)" != "$wanted" ] || return 0
    [ "$(uname -m)" = x86_64 ] || die "The guest is an x86_64 machine, and what is built here would not run in it."
    can_root || die "The guest's disk is made as root: run \`sudo server/setup/test-v2.sh guest\` once."
    [ -e "$KEY" ] || ssh-keygen -q -t ed25519 -N '' -C belay-v2 -f "$KEY"
    quiet_step "Making the guest from Debian's packages ($MIRROR)" bootstrap || return
    echo "$wanted" >"$V2/recipe"
}

# --- running it ----------------------------------------------------------------------------------------------------

free_port() {
    local port
    for port in $(shuf -i 20000-29999 -n 20); do
        (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
    return 1
}

in_guest() {
    ssh -i "$KEY" -p "$(cat "$PORT_FILE")" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
        -o ConnectTimeout=10 -o BatchMode=yes -o ServerAliveInterval=30 -o ServerAliveCountMax=20 root@127.0.0.1 "$@"
}

start_guest() {
    local port accelerator="tcg,thread=multi,tb-size=512"
    port=$(free_port) || die "No free port for the guest."
    # A device may be there and the processor still not able to.
    if [ -w /dev/kvm ] && grep -qE '^flags.*\b(vmx|svm)\b' /proc/cpuinfo; then accelerator=kvm; fi
    [ "$accelerator" = kvm ] && patience=1 || patience=6
    echo "$port" >"$PORT_FILE"
    # Nothing gets out of it: its network knows the way in only.
    nice -n 10 qemu-system-x86_64 -machine q35 -accel "$accelerator" -cpu max -smp 2 -m "${BELAY_V2_MEMORY:-4G}" \
        -nographic -no-reboot -kernel "$V2/vmlinuz" -initrd "$V2/initrd" \
        -append "root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet mitigations=off" \
        -drive "file=$DISK,if=virtio,format=raw,cache=unsafe" \
        -netdev "user,id=n,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22" -device virtio-net-pci,netdev=n \
        -device virtio-rng-pci -display none -serial "file:$V2/serial.log" -monitor none </dev/null >"$V2/qemu.log" 2>&1 &
    guest_pid=$!
}

await_guest() {
    local tries=300
    until in_guest true 2>/dev/null; do
        tries=$((tries - 1))
        if [ $tries -eq 0 ] || ! kill -0 "$guest_pid" 2>/dev/null; then
            tail -n 20 "$V2/qemu.log" "$V2/serial.log" >&2
            say "The guest did not come up."
            return 1
        fi
        sleep 2
    done
    in_guest 'timeout 300 sh -c "until docker info >/dev/null 2>&1; do sleep 1; done"'
}

stop_guest() {
    [ -n "$guest_pid" ] || return 0
    timeout 20 ssh -i "$KEY" -p "$(cat "$PORT_FILE")" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o LogLevel=ERROR -o BatchMode=yes -o ConnectTimeout=5 root@127.0.0.1 'sync; systemctl poweroff --force' 2>/dev/null || true
    local tries=60
    while kill -0 "$guest_pid" 2>/dev/null && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        sleep 1
    done
    kill -9 "$guest_pid" 2>/dev/null || true
    guest_pid=''
}

# --- what is tested ------------------------------------------------------------------------------------------------

# Static, so that it runs with whatever C library the guest has.
build_tests() {
    local triple
    triple=$(host_triple) &&
        env -u CARGO_ENCODED_RUSTFLAGS RUSTFLAGS="-C target-feature=+crt-static" \
            cargo test -p agent --test box --no-run --target "$triple" --target-dir "$TARGET/agent" \
            --message-format json >"$V2/built.json" || return
    tests=$(sed -n 's/.*"kind":\["test"\].*"executable":"\([^"]*\)".*/\1/p' "$V2/built.json" | tail -n 1)
    [ -x "$tests" ]
}

copy_in() {
    local here there
    here=$(docker image inspect --format '{{.Id}}' "$IMAGE") || return
    there=$(in_guest docker image inspect --format "'{{.Id}}'" "$IMAGE" 2>/dev/null || true)
    # The tests' own containers, of a run that was cut short.
    # shellcheck disable=SC2016 # for the guest's shell
    in_guest 'docker ps -aq --filter label=belay.test=agent | xargs -r docker rm -f >/dev/null' || return
    if [ "$here" != "$there" ]; then
        docker save "$IMAGE" | in_guest docker load >/dev/null || return
    fi
    tar -C "$(dirname "$tests")" -c "$(basename "$tests")" -C "$TARGET/dist" agent -C "$ROOT/docker/apparmor" belay -C "$ROOT/docker/seccomp" sandbox.json |
        in_guest 'rm -rf /belay-tests && mkdir /belay-tests && tar -C /belay-tests -x'
    in_guest "mv /belay-tests/$(basename "$tests") /belay-tests/box"
}

load_profiles() { in_guest 'apparmor_parser -r /belay-tests/belay && grep -E "^belay-(agent|box) " /sys/kernel/security/apparmor/profiles' >&2; }

# run_way a|b: the tests in the guest, with their output in view and in a file.
run_way() {
    local way=$1 profiles='' only
    if [ "$way" = b ]; then
        step "Loading Belay's AppArmor profiles in the guest" load_profiles || return
        profiles=belay
    fi
    # shellcheck disable=SC2086 # several names
    only=$(printf '%q ' ${BELAY_V2_TESTS:-})
    timeout --foreground "$((MINUTES * 60))" \
        ssh -i "$KEY" -p "$(cat "$PORT_FILE")" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
        -o BatchMode=yes -o ServerAliveInterval=30 -o ServerAliveCountMax=20 root@127.0.0.1 \
        "cd /belay-tests && BELAY_TEST_PATIENCE=$patience BELAY_TEST_APPARMOR=$profiles BELAY_AGENT=/belay-tests/agent BELAY_TEST_SECCOMP=/belay-tests/sandbox.json \
         ./box --test-threads 1 $only" 2>&1 | tee "$V2/way-$way.log" >&2
}

account() {
    local way bad=0 line
    say ""
    for way in $ways; do
        line=$(grep '^test result:' "$V2/way-$way.log" | tail -n 1)
        say "way ${way^^}: ${line:-cut short after $MINUTES minutes, or never begun}"
        [[ $line == "test result: ok"* ]] || {
            bad=1
            sed -n 's/^test \(.*\) \.\.\. FAILED.*/    failed: \1/p' "$V2/way-$way.log" >&2
        }
    done
    [ $bad -eq 0 ] || die "What was said is in target/v2/way-a.log and way-b.log."
}

# -------------------------------------------------------------------------------------------------------------------

mkdir -p "$V2"
"$SETUP/packages.sh" test-v2 || die "These are needed for the guest."
make_guest || die "Without the guest there is nothing to test on."
trap stop_guest EXIT
trap 'exit 130' INT TERM
case ${1:-} in
    guest)
        step "Starting the guest" start_guest
        step "Waiting until it answers" await_guest || exit 1
        say "ssh -i $KEY -p $(cat "$PORT_FILE") root@127.0.0.1; it ends with this script."
        wait "$guest_pid"
        guest_pid=''
        exit
        ;;
    '') ;;
    *) die "usage: test-v2.sh [guest]" ;;
esac

ways=${BELAY_V2_WAYS:-a b}
"$SETUP/build.sh" agent
DOCKER_HOST=$("$SETUP/docker.sh") || die "The images come from a Docker engine."
export DOCKER_HOST
docker image inspect "$IMAGE" >/dev/null 2>&1 || die "There is no image $IMAGE: run \`belay image build\` first."
step "Building the box's tests" build_tests || die "There is nothing to run."
step "Starting the guest" start_guest
step "Waiting until it answers" await_guest || exit 1
step "Copying in what is tested" copy_in || exit 1
for way in $ways; do rm -f "$V2/way-$way.log"; done
for way in $ways; do step "The box's tests, AppArmor way ${way^^}" run_way "$way" || true; done
account
