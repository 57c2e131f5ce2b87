//! What of the kernel is the host's: its settings, its devices, its log, its memory.

use super::Tried;
use crate::support::spec;

#[tokio::test]
async fn no_setting_of_the_kernel_can_be_written() {
    // With systemd: then there is the most to see, and to write.
    let Some(tried) = Tried::begin_in(&spec()).await else { return };
    // Every file of /proc (but the processes') and /sys is opened for writing, and nothing is written. What of
    // control groups may be written is a test of its own.
    let script = "
opened = tested = 0
for top in ['/proc', '/sys']:
    for directory, names, files in os.walk(top):
        if top == '/proc' and directory == '/proc':
            names[:] = [name for name in names if not name.isdigit() and name not in ('self', 'thread-self')]
        if directory == '/sys/fs': names[:] = [name for name in names if name != 'cgroup']
        for file in files:
            path = os.path.join(directory, file)
            if os.path.islink(path) or not os.stat(path).st_mode & 0o222: continue
            tested += 1
            try: fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error: continue
            if os.fstat(fd).st_rdev != os.makedev(1, 3): opened += 1; print('open:', path)
            os.close(fd)
print(tested > 100, opened, file=sys.stderr)
";
    let result = tried.python_as("root", script).await;
    assert_eq!((result.stdout.as_str(), result.stderr.trim()), ("", "True 0"), "files that can be written");
    tried.holds().await;
}

#[tokio::test]
async fn the_settings_that_lead_to_the_host_keep_their_values() {
    let Some(tried) = Tried::begin().await else { return };
    let script = "
for path in ['/proc/sys/kernel/core_pattern', '/proc/sys/kernel/modprobe', '/proc/sys/kernel/hotplug', '/proc/sys/kernel/panic',
             '/proc/sys/kernel/sysrq', '/proc/sys/kernel/hostname', '/proc/sys/kernel/domainname', '/proc/sys/kernel/pid_max',
             '/proc/sys/kernel/kptr_restrict', '/proc/sys/kernel/dmesg_restrict', '/proc/sys/kernel/randomize_va_space',
             '/proc/sys/kernel/unprivileged_bpf_disabled', '/proc/sys/kernel/usermodehelper/inheritable', '/proc/sys/kernel/poweroff_cmd',
             '/proc/sys/kernel/cap_last_cap', '/proc/sys/kernel/ns_last_pid', '/proc/sys/kernel/threads-max', '/proc/sys/kernel/shmmax',
             '/proc/sys/vm/overcommit_memory', '/proc/sys/vm/panic_on_oom', '/proc/sys/vm/drop_caches', '/proc/sys/vm/nr_hugepages',
             '/proc/sys/vm/mmap_min_addr', '/proc/sys/fs/binfmt_misc/register', '/proc/sys/fs/suid_dumpable', '/proc/sys/fs/file-max',
             '/proc/sys/fs/protected_symlinks', '/proc/sys/fs/inotify/max_user_instances', '/proc/sys/net/ipv4/ip_forward',
             '/proc/sys/user/max_user_namespaces', '/proc/sysrq-trigger', '/proc/acpi/wakeup', '/proc/mtrr', '/proc/irq/0/smp_affinity',
             '/proc/timer_list', '/proc/kcore', '/proc/kmsg', '/sys/kernel/uevent_helper',
             '/sys/kernel/mm/transparent_hugepage/enabled', '/sys/kernel/security/apparmor/.load', '/sys/power/state', '/sys/power/disk',
             '/sys/class/block', '/sys/module/apparmor/parameters/mode', '/sys/kernel/debug/sched_features', '/sys/firmware/efi',
             '/sys/fs/cgroup/release_agent', '/sys/fs/cgroup/systemd/release_agent', '/sys/bus/pci/rescan', '/sys/devices/system/cpu/cpu0/online']:
    before = tried('', lambda: open(path).read(256)) if not path.endswith(('kmsg', 'register')) else ''
    def write():
        fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        if os.fstat(fd).st_rdev == os.makedev(1, 3): return 'hidden'
        os.write(fd, b'1')
        return 'written'
    print(path + ':', tried('', write))
";
    let refused = ["EROFS", "EACCES", "EPERM", "ENOENT", "EISDIR", "ENXIO", "EIO", "hidden", "ENOTDIR"];
    tried.comes_to(script, 45, &refused).await;
    tried.holds().await;
}

#[tokio::test]
async fn names_and_clocks_are_not_the_boxs_to_change() {
    let Some(tried) = Tried::begin().await else { return };
    let outside = tried.sandbox.exec(&["hostname"]).unwrap();
    for command in ["hostname other", "hostname -F /etc/passwd", "date -s 2001-01-01", "hwclock -w", "domainname other"]
    {
        assert!(!tried.shell(command).await.succeeded(), "{command}");
    }
    assert_eq!(tried.sandbox.exec(&["hostname"]).unwrap(), outside);
    tried.holds().await;
}

#[tokio::test]
async fn no_device_of_the_host_can_be_reached() {
    let Some(tried) = Tried::begin().await else { return };
    // Those that are there are those of every machine.
    let there = tried
        .client
        .output("cd /dev && find . -mindepth 1 -maxdepth 1 -type b -o -maxdepth 1 -type c | sort | tr '\\n' ' '")
        .await;
    assert_eq!(there.trim(), "./full ./null ./random ./tty ./urandom ./zero");
    // Each block device that the kernel tells of, the first disks, memory, the log, and the ways to drivers.
    let script = "
import stat
numbers = {(stat.S_IFCHR, 1, minor): name for minor, name in [(1, 'mem'), (2, 'kmem'), (4, 'port'), (11, 'kmsg')]}
for kind, directory in [(stat.S_IFBLK, '/sys/dev/block'), (stat.S_IFCHR, '/sys/dev/char')]:
    for entry in sorted(os.listdir(directory))[:40] if os.path.isdir(directory) else []:
        numbers[(kind,) + tuple(map(int, entry.split(':')))] = entry
for major, minor in [(8, 0), (8, 1), (254, 0), (253, 0), (259, 0), (7, 0)]: numbers[(stat.S_IFBLK, major, minor)] = 'disk'
for major, minor in [(10, 200), (10, 229), (10, 232), (10, 237), (108, 0), (4, 0), (5, 1), (10, 126)]: numbers[(stat.S_IFCHR, major, minor)] = 'driver'
for (kind, major, minor), name in numbers.items():
    for place in ['/root', '/tmp', '/dev', '/dev/shm', '/run']:
        print(f'{name} {major}:{minor} in {place}:', tried('', lambda: os.mknod(f'{place}/node', kind | 0o666, os.makedev(major, minor)) or 'made'))
";
    tried.comes_to(script, 90, &["EPERM"]).await;
    for path in
        ["/dev/mem", "/dev/kmsg", "/dev/kvm", "/dev/fuse", "/dev/net/tun", "/dev/loop-control", "/dev/sda", "/dev/vda"]
    {
        assert!(!tried.shell(&format!("test -e {path}")).await.succeeded(), "{path} is there");
    }
    tried.holds().await;
}

#[tokio::test]
async fn the_kernels_log_and_memory_can_not_be_read() {
    let Some(tried) = Tried::begin().await else { return };
    for command in ["dmesg", "cat /dev/kmsg", "timeout 2 cat /proc/kmsg", "journalctl -k | grep -i linux.version"] {
        let result = tried.shell(command).await;
        assert!(!result.succeeded() || result.stdout.trim().is_empty(), "{command}: {result:?}");
    }
    for path in ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug"] {
        let read = tried.shell(&format!("test ! -e {path} || head -c 1 {path} | wc -c")).await;
        assert!(["", "0"].contains(&read.stdout.trim()), "{path}: {read:?}");
    }
    for path in [
        "/sys/firmware",
        "/proc/acpi",
        "/proc/scsi",
        "/sys/devices/virtual/powercap",
        "/sys/kernel/debug",
        "/sys/kernel/tracing",
        "/sys/kernel/security",
        "/sys/fs/bpf",
    ] {
        let inside = tried.shell(&format!("ls -A {path} 2>/dev/null")).await;
        assert_eq!(inside.stdout, "", "{path}");
    }
    tried.holds().await;
}

#[tokio::test]
async fn a_program_that_crashes_gives_nothing_to_the_host() {
    let Some(tried) = Tried::begin().await else { return };
    // The limit is one byte for a reason: with nought the kernel would still start the host's handler, as its root.
    let script = "
print('the limit:', resource.getrlimit(resource.RLIMIT_CORE))
print('raised:', tried('', lambda: resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30)) or 'raised') if os.getuid() else 'as root')
os.chdir('/tmp')
pid = os.fork()
if pid == 0:
    os.kill(os.getpid(), 11)
status = os.waitpid(pid, 0)[1]
print('dumped:', os.WCOREDUMP(status), [name for name in os.listdir('.') if 'core' in name])
";
    let seen = tried.python(script).await;
    assert!(seen.contains("the limit: (1, 1)") && seen.contains("dumped: False []"), "{seen}");
    let raise = "print(tried('', lambda: resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30)) or 'raised'))";
    let raised = tried.python_as("root", &raise.replace("OSError", "Exception")).await;
    assert!(!raised.stdout.contains("raised"), "{raised:?}");
    tried.holds().await;
}
