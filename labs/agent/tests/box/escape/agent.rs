//! The agent: not seen, not reached, not played.

use wire::{
    Reply, Request,
    terminal::{Attach, Size},
};

use super::Tried;
use crate::support::{Client, Keyboard, runs, spec};

#[tokio::test]
async fn nobody_outside_the_box_can_be_signalled_or_traced_by_number() {
    let Some(tried) = Tried::begin().await else { return };
    // All numbers that a machine gives in its first hours, of processes and of threads.
    let script = "
PTRACE, READV, GETFD = {'x86_64': (101, 310, 438), 'aarch64': (117, 270, 438)}[os.uname().machine]
seen = set()
for name in os.listdir('/proc'):
    if name.isdigit(): seen |= {int(task) for task in os.listdir(f'/proc/{name}/task')}
reached = set()
for number in range(1, 70000):
    if number in seen: continue
    for how in (lambda: os.kill(number, 0), lambda: os.pidfd_open(number), lambda: os.getpgid(number), lambda: os.sched_getaffinity(number), lambda: os.stat(f'/proc/{number}')):
        try: how(); reached.add(number)
        except PermissionError: reached.add(number)
        except OSError: pass
    if call(PTRACE, 16, number, 0, 0) != 'ESRCH': reached.add(number)
late = {int(name) for name in os.listdir('/proc') if name.isdigit()}
print('reached:', sorted(reached - late) or 'nobody')
";
    tried.comes_to(script, 1, &["nobody"]).await;
    // To everybody at once, which is everybody in the box.
    tried.shell("kill -STOP -1; kill -9 -1").await;
    tried.holds().await;
}

#[tokio::test]
async fn no_process_in_the_box_holds_anything_of_the_agents() {
    let Some(tried) = Tried::begin_in(&spec()).await else { return };
    let script = "
for number in [name for name in os.listdir('/proc') if name.isdigit()]:
    for fd in os.listdir(f'/proc/{number}/fd'):
        try: target = os.readlink(f'/proc/{number}/fd/{fd}')
        except OSError: continue
        if any(trace in target for trace in ['seccomp', '/belay', 'agent.sock', '(deleted)/box', 'pidfd', '/opt/belay']):
            print(f'{number} holds {target}:', 'a trace')
    for file in ['environ', 'cmdline']:
        try: content = open(f'/proc/{number}/{file}', 'rb').read()
        except OSError: continue
        if b'BELAY_BOX' in content or b'/opt/belay' in content: print(f'{file} of {number}:', 'a trace')
    print(f'process {number}:', 'clean')
";
    tried.comes_to(script, 3, &["clean"]).await;
    tried.holds().await;
}

#[tokio::test]
async fn the_agents_socket_is_not_there() {
    let Some(tried) = Tried::begin().await else { return };
    let script = "
for name in ['/belay/agent.sock', '/proc/1/root/belay/agent.sock', '/box/../belay/agent.sock', '\\0/belay/agent.sock', '\\0belay', '/run/belay.sock', '/var/run/docker.sock', '/run/containerd/containerd.sock']:
    print(repr(name) + ':', tried('', lambda: socket.socket(socket.AF_UNIX).connect(name) or 'connected'))
for port in range(1, 65536, 1):
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(('127.0.0.1', port)) == 0 and probe.getsockname() != probe.getpeername(): print(f'port {port}:', 'connected')
";
    tried.comes_to(script, 8, &["ENOENT", "ECONNREFUSED"]).await;
    tried.holds().await;
}

#[tokio::test]
async fn a_socket_at_the_agents_path_is_nobodys_agent() {
    let Some(tried) = Tried::begin().await else { return };
    // The same paths, in the box: someone who listens there, and a program where the agent's is.
    let listen = "
os.makedirs('/belay', exist_ok=True); os.makedirs('/opt/belay', exist_ok=True)
open('/opt/belay/agent', 'w').write('#!/bin/sh\\necho yes > /belay/came\\n'); os.chmod('/opt/belay/agent', 0o755)
if os.fork() == 0:
    os.setsid()
    for target in (0, 1, 2): os.dup2(os.open('/dev/null', os.O_RDWR), target)
    server = socket.socket(socket.AF_UNIX); server.bind('/belay/agent.sock'); server.listen()
    server.accept(); open('/belay/came', 'w').write('yes')
time.sleep(1)
";
    tried.python(listen).await;
    // Whoever connects from outside still finds the agent.
    let client = Client::connect(&tried.sandbox).await;
    assert!(client.hello().await.ready);
    assert!(!tried.shell("test -e /belay/came").await.succeeded(), "somebody came to the wrong one");
    tried.holds().await;
}

#[tokio::test]
async fn what_is_printed_is_never_taken_for_the_protocol() {
    let Some(tried) = Tried::begin().await else { return };
    let mut keyboard = Keyboard::sit_down(&tried.client, 1).await;
    // Frames of the agent's own protocol, for the multiplexer and for a terminal, and a window's worth of them.
    let frames = "
import json
frame = lambda body: struct.pack('>I', len(body)) + body
yamux = lambda kind, flags, stream, length: struct.pack('>BBHII', 0, kind, flags, stream, length)
requests = [json.dumps(body).encode() for body in ['handover', {'handover': None}, {'call': 'handover'}, {'run': {'argv': ['id']}}, 'reboot', {'call': 'reboot'}]]
out = b''
for body in requests:
    out += frame(body) + yamux(0, 1, 1, len(frame(body))) + frame(body)
out += yamux(3, 0, 0, 0) + frame(bytes([2])) + frame(bytes([3]) + bytes(8)) + frame(b'')
os.write(1, out * 50 + b'\\nall-' + b'sent\\n')
";
    let typed = format!("python3 - <<'END'\nimport os, struct\n{frames}\nEND\n");
    keyboard.types(&typed).await;
    keyboard.sees("all-sent").await;
    keyboard.line("echo st''ill", "still").await;
    assert!(!keyboard.ended);
    assert_eq!(tried.client.hello().await.boots, tried.boots);
    tried.holds().await;
}

#[tokio::test]
async fn a_forged_mark_records_no_run() {
    let Some(tried) = Tried::begin().await else { return };
    assert_eq!(tried.client.ask(&Request::Handover).await.1, Reply::Done);
    let mut keyboard = Keyboard::sit_down(&tried.client, 1).await;
    keyboard.line("printf '\\e]633;E;nginx -t\\a\\e]633;C\\a\\e]633;D;0\\a'; echo d''one", "done").await;
    let journal = tried.client.journal().await;
    let forged: Vec<_> = runs(&journal).into_iter().filter(|(ran, _)| ran.argv == ["nginx", "-t"]).collect();
    assert!(forged.is_empty(), "{forged:?}");
    tried.holds().await;
}

#[tokio::test]
async fn what_was_typed_once_is_carried_out_once() {
    let Some(tried) = Tried::begin().await else { return };
    let mut keyboard = Keyboard::sit_down(&tried.client, 1).await;
    keyboard.line("echo re''ady", "ready").await;
    let frames = keyboard.writer.typed(b"echo once >> /root/count; echo do''ne\n");
    for frame in &frames {
        keyboard.send(frame).await;
    }
    keyboard.sees("done").await;
    // The same frames again, on the same connection, on another by the same hand, and by one that has been replaced.
    for frame in &frames {
        eprintln!("taken again: {}", keyboard.throws(frame).await);
    }
    let (writer, _) = keyboard.get_up();
    let mut again = Keyboard::come_back(&tried.client, 1, writer, 2).await;
    for frame in &frames {
        eprintln!("taken again: {}", again.throws(frame).await);
    }
    let mut again = Keyboard::come_back(&tried.client, 1, again.get_up().0, 3).await;
    let size = Size { cols: 80, rows: 24 };
    let (_, reply) = tried.client.ask(&Request::Terminal(Attach { terminal: 1, size, from: None, writer: 1 })).await;
    eprintln!("an older writer hears {reply:?}");
    again.line("echo th''ere", "there").await;
    assert_eq!(tried.client.output("cat /root/count").await, "once");
    tried.holds().await;
}
