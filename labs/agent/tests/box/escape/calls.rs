//! System calls: the kernel's own doors, other architectures, and what a filter could overlook.

use super::Tried;

#[tokio::test]
async fn calls_for_the_kernel_itself_are_refused() {
    let Some(tried) = Tried::begin().await else { return };
    // By name, on x86_64 and on aarch64; -1 where there is none.
    let script = "
x86 = os.uname().machine == 'x86_64'
CALLS = {
    'bpf': (321, 280), 'perf_event_open': (298, 241), 'userfaultfd': (323, 282), 'keyctl': (250, 219),
    'add_key': (248, 217), 'request_key': (249, 218), 'kexec_load': (246, 104), 'kexec_file_load': (320, 294),
    'init_module': (175, 105), 'finit_module': (313, 273), 'delete_module': (176, 106), 'syslog': (103, 116),
    'acct': (163, 89), 'swapon': (167, 224), 'swapoff': (168, 225), 'quotactl': (179, 60), 'quotactl_fd': (443, 443),
    'reboot': (169, 142), 'settimeofday': (164, 170), 'clock_settime': (227, 112), 'clock_adjtime': (305, 266),
    'adjtimex': (159, 171), 'vhangup': (153, 58), 'fanotify_init': (300, 262), 'fanotify_mark': (301, 263),
    'iopl': (172, -1), 'ioperm': (173, -1), 'lookup_dcookie': (212, 18), 'nfsservctl': (180, 42), 'sethostname': (170, 161),
    'setdomainname': (171, 162),
}
for name, (on_x86, on_arm) in CALLS.items():
    number = on_x86 if x86 else on_arm
    if number >= 0: print(name + ':', call(number, 1, ctypes.create_string_buffer(b'x' * 128), 1, 0, 0))
for name, number in [('io_uring_setup', 425), ('io_uring_enter', 426), ('io_uring_register', 427)]:
    print(name + ':', call(number, 1, ctypes.create_string_buffer(128), 0, 0, 0))
";
    tried.comes_to(script, 30, &["EPERM", "ENOSYS"]).await;
    // An answer of the kernel, and not of the filter, would be about the arguments.
    assert!(!tried.shell("test -e /dev/userfaultfd -o -e /dev/io_uring").await.succeeded());
    tried.holds().await;
}

#[tokio::test]
async fn keyrings_are_out_of_reach() {
    let Some(tried) = Tried::begin().await else { return };
    let script = "
ADD, REQUEST, CTL = {'x86_64': (248, 249, 250), 'aarch64': (217, 218, 219)}[os.uname().machine]
text = lambda value: ctypes.c_char_p(value)
for ring in range(-8, 0):
    print(f'ring {ring}:', call(CTL, 0, ring, 1))
    print(f'a key in ring {ring}:', call(ADD, text(b'user'), text(b'x'), text(b'y'), 1, ring))
print('join a session:', call(CTL, 1, text(b'x')))
print('ask for one:', call(REQUEST, text(b'user'), text(b'x'), text(b''), -3))
";
    tried.comes_to(script, 18, &["EPERM"]).await;
    assert_eq!(tried.client.output("cat /proc/keys | wc -c").await, "0", "other people's keys");
    tried.holds().await;
}

#[tokio::test]
async fn sockets_of_unusual_families_are_not_there() {
    let Some(tried) = Tried::begin().await else { return };
    let script = "
usual = {1, 2, 10, 16, 17}
for family in range(0, 50):
    if family in usual: continue
    for kind in [1, 2, 3, 5]:
        outcome = tried('', lambda: socket.socket(family, kind, 0) and 'made')
        if outcome != 'EAFNOSUPPORT' or kind == 1: print(f'family {family}, kind {kind}:', outcome)
";
    tried.comes_to(script, 40, &["EAFNOSUPPORT"]).await;
    let usual = "
for family, kind in [(1, 1), (2, 1), (2, 2), (10, 1), (16, 3), (17, 3)]:
    print(f'family {family}, kind {kind}:', tried('', lambda: socket.socket(family, kind, 0) and 'made'))
print('a pair:', tried('', lambda: socket.socketpair() and 'made'))
";
    tried.comes_to(usual, 7, &["made"]).await;
    tried.holds().await;
}

#[cfg(target_arch = "x86_64")]
#[tokio::test]
async fn calls_of_another_architecture_are_the_end_of_a_program() {
    let Some(tried) = Tried::begin().await else { return };
    // Programs of a few instructions: 64-bit ones that make a 32-bit or an x32 call, and a 32-bit one. The call is
    // execve of /usr/bin/id where it can be, which nobody would have noted.
    let script = r#"
def wide(code):
    head = bytes.fromhex('7f454c46020101000000000000000000' '02003e0001000000' '7800400000000000' '4000000000000000' '0000000000000000' '00000000' '4000380001000000' '00000000')
    load = struct.pack('<IIQQQQQQ', 1, 7, 0, 0x400000, 0x400000, 0x78 + len(code), 0x78 + len(code), 0x1000)
    return head + load + code
def narrow(code):
    head = bytes.fromhex('7f454c46010101000000000000000000') + struct.pack('<HHIIIIIHHHHHH', 2, 3, 1, 0x8048054, 0x34, 0, 0, 0x34, 0x20, 1, 0, 0, 0)
    load = struct.pack('<IIIIIIII', 1, 0, 0x8048000, 0x8048000, 0x54 + len(code), 0x54 + len(code), 7, 0x1000)
    return head + load + code
end = bytes.fromhex('b83c000000' '31ff' '0f05')
path = 0x400000 + 0x78
programs = {
    'int 0x80, getpid': wide(bytes.fromhex('b814000000' 'cd80') + end),
    'int 0x80, execve': wide(bytes.fromhex('eb0c') + b'/usr/bin/id\0' + bytes.fromhex('b80b000000' 'bb') + struct.pack('<I', path + 2) + bytes.fromhex('31c9' '31d2' 'cd80') + end),
    'x32, getpid': wide(bytes.fromhex('b827000040' '0f05') + end),
    'x32, execve': wide(bytes.fromhex('eb0c') + b'/usr/bin/id\0' + bytes.fromhex('b808020040' 'bf') + struct.pack('<I', path + 2) + bytes.fromhex('31f6' '31d2' '0f05') + end),
    'a 32-bit program': narrow(bytes.fromhex('b801000000' '31db' 'cd80')),
}
for name, program in programs.items():
    open('/root/other', 'wb').write(program)
    os.chmod('/root/other', 0o755)
    pid = os.fork()
    if pid == 0:
        try: os.execv('/root/other', ['other'])
        except OSError as error: os._exit(100)
    status = os.waitpid(pid, 0)[1]
    print(name + ':', f'signal {os.WTERMSIG(status)}' if os.WIFSIGNALED(status) else f'exit {os.WEXITSTATUS(status)}')
"#;
    // 31 is SIGSYS. A kernel without 32-bit programs can't begin one, and says so.
    tried.comes_to(script, 5, &["signal 31", "exit 100"]).await;
    tried.holds().await;
}

#[tokio::test]
async fn a_capability_on_a_file_gives_none_that_the_box_lacks() {
    let Some(tried) = Tried::begin().await else { return };
    let script = "
import shutil
for name, bit in {'SYS_ADMIN': 21, 'SYS_MODULE': 16, 'SYS_RAWIO': 17, 'MKNOD': 27, 'BPF': 39, 'DAC_READ_SEARCH': 2, 'SYS_RESOURCE': 24}.items():
    shutil.copy('/usr/bin/grep', '/root/taken')
    low, high = (1 << bit) & 0xffffffff, 1 << bit >> 32
    os.setxattr('/root/taken', 'security.capability', struct.pack('<IIIII', 0x02000001, low, 0, high, 0))
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(write, 1)
        try: os.execv('/root/taken', ['taken', 'CapPrm', '/proc/self/status'])
        except OSError as error: os._exit(100)
    os.close(write)
    said = os.fdopen(read).read()
    os.wait()
    held = int(said.split()[1], 16) >> bit & 1 if said else 0
    print(name + ':', 'held' if held else 'not held')
";
    tried.comes_to(script, 7, &["not held"]).await;
    tried.holds().await;
}

#[tokio::test]
async fn programs_in_the_box_can_be_traced_and_their_calls_are_still_filtered() {
    let Some(tried) = Tried::begin().await else { return };
    let traced = tried.shell("strace -f -e trace=execve sh -c '/bin/true' 2>&1").await;
    assert!(traced.succeeded() && traced.stdout.contains("/bin/true"), "{traced:?}");
    // A tracer that changes the number of a call comes before the filter, and gains nothing.
    let injected = tried.shell("strace -e trace=getppid -e inject=getppid:syscall=sethostname sh -c 'unshare -m true' 2>&1; unshare -m true").await;
    assert!(!injected.succeeded(), "{injected:?}");
    tried.holds().await;
}

#[tokio::test]
async fn personalities_change_no_rule() {
    let Some(tried) = Tried::begin().await else { return };
    let script = "
PERSONALITY, UNSHARE = {'x86_64': (135, 272), 'aarch64': (92, 97)}[os.uname().machine]
for persona in [0, 8, 0x20000, 0x20008, 0x40000, 0x400000, 0x8000000]:
    call(PERSONALITY, persona)
    print(f'unshare as {persona:#x}:', call(UNSHARE, 0x10000000))
";
    tried.comes_to(script, 7, &["EPERM"]).await;
    tried.holds().await;
}
