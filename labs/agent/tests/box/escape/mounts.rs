//! Mounts: by the old calls, by the new ones, and what is there already.

use super::Tried;

/// The calls' numbers, which Python does not know.
const CALLS: &str = "
machine = os.uname().machine
MOUNT, UMOUNT, PIVOT = {'x86_64': (165, 166, 155), 'aarch64': (40, 39, 41)}[machine]
RDONLY, REMOUNT, BIND, MOVE, REC, PRIVATE, SHARED = 1, 32, 4096, 8192, 16384, 1 << 18, 1 << 20
text = lambda value: ctypes.c_char_p(value.encode() if value else None)
mount = lambda source, target, kind, flags, options='': call(MOUNT, text(source), text(target), text(kind), flags, text(options))
";

#[tokio::test]
async fn nothing_can_be_mounted_or_remounted() {
    let Some(tried) = Tried::begin().await else { return };
    let before = tried.python("print(open('/proc/self/mountinfo').read())").await;
    let script = format!(
        "{CALLS}
places = [line.split()[4] for line in open('/proc/self/mountinfo')]
for place in places:
    print(f'remount {{place}} writable:', mount(None, place, None, REMOUNT))
    print(f'remount the bind {{place}} writable:', mount(None, place, None, REMOUNT | BIND))
    print(f'share {{place}}:', mount(None, place, None, SHARED | REC))
    print(f'take {{place}} off:', call(UMOUNT, text(place), 2))
for kind in ['tmpfs', 'proc', 'sysfs', 'cgroup', 'cgroup2', 'devtmpfs', 'devpts', 'overlay', 'ext4', 'securityfs', 'debugfs', 'tracefs', 'bpf', 'fuse', 'mqueue', 'binfmt_misc', 'ramfs']:
    print(f'mount {{kind}}:', mount('x', '/mnt', kind, 0, 'lowerdir=/etc:/usr' if kind == 'overlay' else ''))
print('bind / to /mnt:', mount('/', '/mnt', None, BIND | REC))
print('move /tmp to /mnt:', mount('/tmp', '/mnt', None, MOVE))
print('change roots:', call(PIVOT, text('/tmp'), text('/tmp')))
"
    );
    tried.comes_to(&script, 40, &["EPERM"]).await;
    assert_eq!(tried.python("print(open('/proc/self/mountinfo').read())").await, before);
    tried.holds().await;
}

#[tokio::test]
async fn the_newer_calls_for_mounts_are_refused_as_well() {
    let Some(tried) = Tried::begin().await else { return };
    // open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr, open_tree_attr: one number everywhere.
    let script = "
for number in [428, 429, 430, 431, 432, 433, 442, 467]:
    print(f'call {number}:', call(number, -100, ctypes.c_char_p(b'/tmp'), 1, 0, 0))
";
    tried.comes_to(script, 8, &["EPERM"]).await;
    tried.holds().await;
}

#[tokio::test]
async fn no_mount_is_shared_with_anything_outside() {
    let Some(tried) = Tried::begin().await else { return };
    let optional = "for line in open('/proc/self/mountinfo'):\n    fields = line.split()\n    print(fields[4] + ':', ' '.join(fields[6:fields.index('-')]) or 'private')";
    tried.comes_to(optional, 10, &["private"]).await;
    // Nothing of the container's or the agent's, and not its root under another either.
    let table = tried.python("print(open('/proc/1/mountinfo').read())").await;
    for trace in ["/belay", "/opt/belay", "docker", "/box"] {
        assert!(!table.contains(trace), "{trace} in\n{table}");
    }
    assert_eq!(table.lines().filter(|line| line.split(' ').nth(4) == Some("/")).count(), 1, "one root:\n{table}");
    tried.holds().await;
}

#[tokio::test]
async fn a_setuid_program_works_on_the_disk_and_nowhere_else() {
    let Some(tried) = Tried::begin().await else { return };
    let script = "for d in /tmp /run /dev/shm /run/lock /dev; do cp /usr/bin/id $d/id 2>/dev/null || continue; chmod 4755 $d/id; \
                  echo \"$d: $(su engineer -c \"$d/id -u\" 2>/dev/null || echo refused)\"; done";
    let result = tried.shell(script).await;
    eprintln!("{}", result.stdout);
    assert!(result.stdout.lines().count() >= 4, "{result:?}");
    assert!(result.stdout.lines().all(|line| line.ends_with(": 1000") || line.ends_with(": refused")), "{result:?}");
    assert_eq!(
        tried
            .client
            .output("cp /usr/bin/id /usr/local/id; chmod 4755 /usr/local/id; su engineer -c '/usr/local/id -u'")
            .await,
        "0"
    );
    tried.holds().await;
}
