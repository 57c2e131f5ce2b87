//! The box's own limits: they can't be raised, and groups can't be left.

use super::Tried;
use crate::support::spec;

#[tokio::test]
async fn control_groups_can_be_neither_left_nor_loosened() {
    let Some(tried) = Tried::begin_in(&spec()).await else { return };
    // Under one hierarchy the box may write below its root, at its root nothing that limits it. Under many it may write
    // in systemd's only.
    let script = "
root = '/sys/fs/cgroup'
one = os.path.exists(root + '/cgroup.controllers')
for directory, names, files in os.walk(root):
    names[:] = [name for name in names if not os.path.islink(os.path.join(directory, name))]
    if one and directory != root: continue
    if not one and directory.startswith(root + '/systemd'): continue
    for file in files:
        if file in ('cgroup.procs', 'tasks', 'cgroup.threads', 'cgroup.subtree_control', 'cgroup.type', 'cgroup.pressure'): continue
        # Whether all of it dies together, and what is swapped out of it: the kernel leaves both to whoever a group is left
        # to (/sys/kernel/cgroup/delegate), and neither loosens anything.
        if file in ('memory.oom.group', 'memory.reclaim'): continue
        path = os.path.join(directory, file)
        def write(value):
            fd = os.open(path, os.O_WRONLY)
            os.write(fd, value)
            return 'written'
        if not os.stat(path).st_mode & 0o222: continue
        for value in [b'max', b'-1', b'1']:
            print(path, value.decode() + ':', tried('', lambda: write(value)))
";
    tried.comes_to(script, 10, &["EPERM", "EROFS", "EACCES", "EINVAL", "ENOENT"]).await;
    // Every process of the container that can be named is pulled into every group, and the script itself is moved to
    // each: wherever it can go it is still in the box.
    let moves = "
root = '/sys/fs/cgroup'
for directory, names, files in os.walk(root):
    if 'cgroup.procs' in files:
        for pid in ['0', '1', '2', '7']:
            try: open(directory + '/cgroup.procs', 'w').write(pid)
            except OSError: pass
print(open('/proc/self/cgroup').read())
print([name for name in os.listdir(root) if name in ('agent', 'box')])
print(os.path.exists(root + '/../agent'))
";
    let seen = tried.python(moves).await;
    assert!(!seen.contains("/..") && seen.contains("[]") && seen.ends_with("False"), "{seen}");
    tried.holds().await;
}

#[tokio::test]
async fn a_release_agent_can_not_be_named() {
    let Some(tried) = Tried::begin_in(&spec()).await else { return };
    let found = tried.shell("find /sys/fs/cgroup -name release_agent").await;
    assert_eq!(found.stdout, "", "files that name a program of the host's");
    tried.holds().await;
}

#[tokio::test]
async fn limits_of_processes_can_be_lowered_only() {
    let Some(tried) = Tried::begin().await else { return };
    let script = "
for name in ['NOFILE', 'CORE', 'SIGPENDING', 'MEMLOCK', 'MSGQUEUE', 'NICE', 'RTPRIO']:
    number = getattr(resource, 'RLIMIT_' + name)
    soft, hard = resource.getrlimit(number)
    if hard == resource.RLIM_INFINITY: print(name + ':', 'EPERM'); continue
    def up():
        try: resource.setrlimit(number, (hard, hard + 1))
        except ValueError: return 'EPERM'
        return 'raised'
    print(name + ':', tried('', up))
";
    tried.comes_to(script, 7, &["EPERM"]).await;
    assert_eq!(tried.client.output("ulimit -Hn").await, "16384");
    tried.holds().await;
}

#[tokio::test]
async fn nobody_in_the_box_goes_before_the_host() {
    let Some(tried) = Tried::begin().await else { return };
    let script = "
SCHED = {'x86_64': (144, 251), 'aarch64': (119, 30)}[os.uname().machine]
for policy in [os.SCHED_FIFO, os.SCHED_RR]:
    print(f'real time, {policy}:', tried('', lambda: os.sched_setscheduler(0, policy, os.sched_param(1)) or 'done'))
print('nice -5:', tried('', lambda: os.setpriority(os.PRIO_PROCESS, 0, -5) or 'done'))
print('real-time input and output:', call(SCHED[1], 1, 0, 1 << 13))
print('a lower score than the agent:', tried('', lambda: os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY), b'-1') and 'done'))
print('hold memory:', tried('', lambda: libc.mlockall(3) and errno.errorcode[ctypes.get_errno()] or 'done'))
";
    let seen = tried.python(script).await;
    eprintln!("{seen}");
    for line in seen.lines().filter(|line| !line.starts_with("hold memory")) {
        assert!(line.ends_with(": EPERM") || line.ends_with(": EACCES"), "{line}");
    }
    tried.holds().await;
}

#[tokio::test]
async fn timers_and_signals_end_before_the_hosts_do() {
    let Some(tried) = Tried::begin().await else { return };
    let script = "
TIMER = {'x86_64': 222, 'aarch64': 107}[os.uname().machine]
made = 0
while made < 20000:
    event = struct.pack('<QiiI', 0, 34, 0, 0) + bytes(64)
    if call(TIMER, 1, ctypes.create_string_buffer(event), ctypes.create_string_buffer(8)) != 0: break
    made += 1
print(made)
";
    let made: u32 = tried.python(script).await.parse().unwrap();
    eprintln!("{made} timers");
    assert!(made <= 4096, "{made} timers");
    tried.holds().await;
}

#[tokio::test]
async fn huge_pages_of_the_host_are_not_to_be_had() {
    let Some(tried) = Tried::begin().await else { return };
    let script = "
import mmap
for size in [0, 21 << 26, 30 << 26]:
    def take():
        got = mmap.mmap(-1, 1 << 30 if size == 30 << 26 else 2 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000 | size)
        got[0] = 1
        return 'taken'
    print(f'of size {size:#x}:', tried('', take))
";
    // SIGBUS: promised by the kernel, and then not given.
    let seen = tried.python_as("root", script).await;
    assert!(!seen.stdout.contains("taken"), "{seen:?}");
    tried.holds().await;
}

#[tokio::test]
async fn a_lab_that_is_given_a_capability_has_it_and_no_other() {
    let asked = wire::BoxSpec { capabilities: vec![wire::Capability::NetAdmin], ..spec() };
    let Some(tried) = Tried::begin_in(&asked).await else { return };
    tried
        .client
        .output("ip addr add 10.9.9.9/24 dev lo && ip link set lo mtu 1400 && ip route add 10.8.0.0/16 dev lo")
        .await;
    let bounding = tried.client.output("awk '/CapBnd/ {print $2}' /proc/1/status").await;
    let bounding = u64::from_str_radix(&bounding, 16).unwrap();
    assert_ne!(bounding & (1 << 12), 0, "{bounding:x}");
    for bit in [16, 17, 21, 22, 25, 27, 2, 24, 34, 39] {
        assert_eq!(bounding & (1 << bit), 0, "capability {bit} of {bounding:x}");
    }
    for refused in
        ["unshare -n true", "mount -t tmpfs x /mnt", "sysctl -w net.ipv4.ip_forward=1", "mknod /root/x c 1 1"]
    {
        assert!(!tried.shell(refused).await.succeeded(), "{refused}");
    }
    tried.holds().await;
}
