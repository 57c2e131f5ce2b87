//! Namespaces, and the ways out of a root directory.

use super::Tried;

/// By name: the flag that makes one.
const FLAGS: &str = "
FLAGS = {'mount': 0x20000, 'cgroup': 0x2000000, 'uts': 0x4000000, 'ipc': 0x8000000, 'user': 0x10000000, 'pid': 0x20000000, 'net': 0x40000000}
machine = os.uname().machine
UNSHARE, CLONE, SETNS = {'x86_64': (272, 56, 308), 'aarch64': (97, 220, 268)}[machine]
";

#[tokio::test]
async fn no_namespace_can_be_made() {
    let Some(tried) = Tried::begin().await else { return };
    let script = format!(
        "{FLAGS}
for name, flag in FLAGS.items():
    print(f'unshare {{name}}:', call(UNSHARE, flag))
    print(f'clone {{name}}:', call(CLONE, flag | 17, 0, 0, 0, 0))
    print(f'unshare {{name}} with what is no flag in the high half:', call(UNSHARE, flag | 1 << 40))
print('unshare time:', call(UNSHARE, 0x80))
print('unshare all:', call(UNSHARE, sum(FLAGS.values())))
"
    );
    tried.comes_to(&script, 23, &["EPERM"]).await;
    // As if the kernel had never heard of it: libraries fall back to clone.
    let clone3 = format!(
        "{FLAGS}\narguments = ctypes.create_string_buffer(struct.pack('<11Q', FLAGS['user'], *[0] * 3, 17, *[0] * 6))\nprint('clone3:', call(435, arguments, 88))"
    );
    tried.comes_to(&clone3, 1, &["ENOSYS"]).await;
    // The learner's account is no better off.
    let as_learner = format!("{FLAGS}\nprint('unshare user:', call(UNSHARE, FLAGS['user']))");
    let result = tried.python_as("engineer", &as_learner).await;
    assert_eq!(result.stdout.trim(), "unshare user: EPERM", "{result:?}");
    tried.holds().await;
}

#[tokio::test]
async fn no_namespace_can_be_entered() {
    let Some(tried) = Tried::begin().await else { return };
    let script = format!(
        "{FLAGS}
for pid in ['1', 'self']:
    for name in os.listdir(f'/proc/{{pid}}/ns'):
        fd = os.open(f'/proc/{{pid}}/ns/{{name}}', os.O_RDONLY)
        print(f'enter {{name}} of {{pid}}:', call(SETNS, fd, 0))
print('enter those of 1 by its pidfd:', call(SETNS, os.pidfd_open(1), sum(FLAGS.values()) & ~FLAGS['user']))
print('those of one above, by ioctl:', tried('', lambda: __import__('fcntl').ioctl(os.open('/proc/self/ns/pid', os.O_RDONLY), 0xb702)))
print('enter the user namespace that owns this one:', call(SETNS, __import__('fcntl').ioctl(os.open('/proc/self/ns/pid', os.O_RDONLY), 0xb701), 0))
"
    );
    tried.comes_to(&script, 15, &["EPERM"]).await;
    tried.holds().await;
}

#[tokio::test]
async fn a_root_directory_can_be_changed_and_leads_nowhere() {
    let Some(tried) = Tried::begin().await else { return };
    let script = "
def outside(how):
    'What there is at the root that is reached.'
    names = os.listdir('/')
    root = os.stat('/')
    print(how + ':', 'the box' if {'etc', 'root'} <= set(names) and not {'belay', 'box'} & set(names) and (root.st_dev, root.st_ino) == home else names)
home = os.stat('/').st_dev, os.stat('/').st_ino
def attempt(how, steps):
    pid = os.fork()
    if pid == 0:
        try:
            steps()
            outside(how)
        except OSError as error:
            print(how + ':', errno.errorcode[error.errno])
        sys.stdout.flush()
        os._exit(0)
    os.wait()
os.makedirs('/tmp/a/b', exist_ok=True)
def classic():
    root = os.open('/', os.O_RDONLY)
    os.chroot('/tmp/a'); os.fchdir(root)
    for _ in range(64): os.chdir('..')
    os.chroot('.')
def double():
    os.chroot('/tmp/a')
    os.makedirs('/c', exist_ok=True)
    os.chroot('c')
    for _ in range(64): os.chdir('..')
    os.chroot('.')
def by_the_parent():
    os.chroot('..')
    os.chdir('/')
def of_one(number):
    def go():
        os.chdir(f'/proc/{number}/root')
        for _ in range(64): os.chdir('..')
        os.chroot('.')
    return go
def of_open(number, fd):
    def go():
        os.fchdir(os.open(f'/proc/{number}/fd/{fd}', os.O_RDONLY | os.O_DIRECTORY))
        for _ in range(64): os.chdir('..')
        os.chroot('.')
    return go
attempt('chroot, back by an open directory', classic)
attempt('chroot twice', double)
attempt('chroot to the parent', by_the_parent)
for number in [name for name in os.listdir('/proc') if name.isdigit()]:
    attempt(f'the root of process {number}', of_one(number))
    try: fds = os.listdir(f'/proc/{number}/fd')
    except OSError: continue
    for fd in fds: attempt(f'descriptor {fd} of process {number}', of_open(number, fd))
";
    tried.comes_to(script, 6, &["the box", "ENOTDIR", "ENOENT", "ENXIO", "EACCES"]).await;
    tried.holds().await;
}

#[tokio::test]
async fn files_can_not_be_opened_by_their_handles() {
    let Some(tried) = Tried::begin().await else { return };
    let script = "
NAME, OPEN = {'x86_64': (303, 304), 'aarch64': (264, 265)}[os.uname().machine]
# The handle that names inode 2, the root of most disks, in the form of ext4 and of others.
for kind in [1, 2, 0x81, 0xfe]:
    handle = ctypes.create_string_buffer(struct.pack('<IiIIII', 16, kind, 2, 0, 0, 0))
    for at in ['/', '/etc/hosts', '/tmp', '/proc']:
        fd = os.open(at, os.O_RDONLY)
        print(f'inode 2, kind {kind}, by {at}:', call(OPEN, fd, handle, 0))
print('the handle of /etc:', call(NAME, -100, ctypes.c_char_p(b'/etc'), ctypes.create_string_buffer(256), ctypes.create_string_buffer(8), 0))
";
    tried.comes_to(script, 17, &["EPERM"]).await;
    let capabilities = tried.client.output("grep CapBnd /proc/self/status").await;
    let bounding = u64::from_str_radix(capabilities.split_whitespace().nth(1).unwrap(), 16).unwrap();
    assert_eq!(bounding & (1 << 2), 0, "DAC_READ_SEARCH: {capabilities}");
    tried.holds().await;
}
