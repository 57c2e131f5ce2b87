//! What can be used up is used up in the box, and a box beside it does not notice.

use std::time::{Duration, Instant};

use super::Tried;
use crate::support::{Keyboard, patient, plain};

/// A box and a neighbour.
async fn two() -> Option<(Tried, Tried)> {
    Some((Tried::begin().await?, Tried::begin().await?))
}

#[tokio::test]
async fn a_fork_bomb() {
    let Some((tried, neighbour)) = two().await else { return };
    let mut keyboard = Keyboard::sit_down(&tried.client, 1).await;
    keyboard.line("ulimit -u unlimited; echo read''y", "ready").await;
    keyboard.types("bomb() { bomb | bomb & }; bomb\n").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    tried.harms_nobody(&neighbour).await;
}

#[tokio::test]
async fn a_memory_bomb() {
    let Some((tried, neighbour)) = two().await else { return };
    let bomb = tried.python_as("root", "x = [bytearray(1 << 20) for _ in range(4000)]").await;
    assert!(bomb.code.is_none() && !bomb.timed_out, "it must be killed: {bomb:?}");
    // Many at once, each of them small.
    tried.shell("for n in $(seq 150); do (exec python3 -c 'x = bytearray(8 << 20); import time; time.sleep(3)') & done; wait").await;
    tried.harms_nobody(&neighbour).await;
}

#[tokio::test]
async fn a_flood_of_files_in_every_filesystem() {
    let Some((tried, neighbour)) = two().await else { return };
    // Filled all at once, as far as each goes.
    let filled = tried
        .shell("for d in /var /tmp /run /run/lock /dev/shm /dev; do (head -c 400M /dev/zero > $d/flood) 2>&1 & done; wait; df -B1 --output=size,target /var /tmp /run /run/lock /dev/shm /dev")
        .await;
    eprintln!("{}", filled.stdout);
    let sizes = filled.stdout.lines().filter_map(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    assert!(sizes.sum::<u64>() < plain().memory, "{filled:?}");
    tried.harms_nobody(&neighbour).await;
    tried.shell("rm -f /var/flood /tmp/flood /run/flood /run/lock/flood /dev/shm/flood /dev/flood").await;
    tried.holds().await;
}

#[tokio::test]
async fn a_flood_of_small_files_in_every_filesystem() {
    let Some((tried, neighbour)) = two().await else { return };
    let script = "
for place in ['/var', '/tmp', '/run', '/run/lock', '/dev/shm', '/dev', '/dev/mqueue']:
    os.makedirs(place + '/many', exist_ok=True) if place != '/dev/mqueue' else None
    count = 0
    try:
        while count < 100000:
            os.close(os.open(f'{place}/many/{count}' if place != '/dev/mqueue' else f'{place}/{count}', os.O_CREAT | os.O_WRONLY))
            count += 1
    except OSError as error: print(place, 'ends at', count, 'with', errno.errorcode[error.errno])
    else: print(place, 'has no end')
";
    let result = tried.python_as("root", script).await;
    eprintln!("{}", result.stdout);
    assert!(!result.stdout.contains("no end"), "{result:?}");
    tried.harms_nobody(&neighbour).await;
}

#[tokio::test]
async fn a_flood_of_open_files_and_inotify_instances() {
    let Some((tried, neighbour)) = two().await else { return };
    let limit: u64 =
        std::fs::read_to_string("/proc/sys/fs/inotify/max_user_instances").unwrap().trim().parse().unwrap();
    // In many processes, as each has a limit of its own. They hold what they have.
    let script = "
import signal
INOTIFY = {'x86_64': 294, 'aarch64': 26}[os.uname().machine]
for child in range(20):
    if os.fork() == 0:
        os.setsid()
        for target in (0, 1, 2): os.dup2(os.open('/dev/null', os.O_RDWR), target)
        while not isinstance(call(INOTIFY, 0), str): pass
        signal.pause()
time.sleep(6)
";
    let held = tried.python_as("root", script).await;
    eprintln!("{held:?}");
    let count = "n=0; for p in /proc/[0-9]*; do n=$((n + $(ls $p/fd 2>/dev/null | wc -l))); done; echo $n";
    eprintln!("{} descriptors are held, of {limit} instances", tried.shell(count).await.stdout.trim());
    tried.harms_nobody(&neighbour).await;
    if limit < 1 << 20 {
        eprintln!("the host has {limit} inotify instances for a user: a box can take them all, see `belay doctor`");
        return;
    }
    let Some(newcomer) = Tried::begin_in(&crate::support::spec()).await else { return };
    newcomer.holds().await;
    assert!(
        newcomer
            .shell("systemctl is-system-running --wait; systemctl list-units --failed --no-legend | grep inotify")
            .await
            .stdout
            .contains("running")
    );
}

#[tokio::test]
async fn a_flood_of_what_the_kernel_keeps() {
    let Some((tried, neighbour)) = two().await else { return };
    // Shared memory, semaphores, queues, full pipes and sockets: all of it is memory of the box.
    let script = "
import fcntl
SHM, SEM, MSG = {'x86_64': (29, 64, 68), 'aarch64': (194, 190, 186)}[os.uname().machine]
kept = []
for _ in range(3000):
    if isinstance(call(SHM, 0, 64 << 10, 0o1600), str): break
for _ in range(3000):
    if isinstance(call(SEM, 0, 200, 0o1600), str): break
for _ in range(3000):
    if isinstance(call(MSG, 0, 0o1600), str): break
try:
    while True:
        one, other = socket.socketpair()
        for end in (one, other):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20); end.setblocking(False)
            try:
                while True: end.send(bytes(65536))
            except BlockingIOError: pass
        kept.append((one, other))
except OSError: pass
print('still alive')
";
    let result = tried.python_as("root", script).await;
    assert!(!result.timed_out && (result.code.is_none() || result.stdout.contains("alive")), "{result:?}");
    tried.shell("ipcrm --all").await;
    tried.harms_nobody(&neighbour).await;
}

#[tokio::test]
async fn a_flood_of_control_groups() {
    let Some((tried, neighbour)) = two().await else { return };
    let script = "
root = '/sys/fs/cgroup' if os.path.exists('/sys/fs/cgroup/cgroup.controllers') else '/sys/fs/cgroup/systemd'
made = 0
try:
    while made < 20000:
        os.mkdir(f'{root}/flood-{made}'); made += 1
except OSError as error: print(made, errno.errorcode[error.errno])
else: print(made, 'no end')
for number in range(made): os.rmdir(f'{root}/flood-{number}')
";
    let seen = tried.python_as("root", script).await;
    eprintln!("{}", seen.stdout);
    assert!(!seen.stdout.contains("no end"), "{seen:?}");
    tried.harms_nobody(&neighbour).await;
    // Where systemd makes groups, so can root. Under one hierarchy the kernel bounds them; under many a box that makes
    // them without end is started anew.
    let Some(with_systemd) = Tried::begin_in(&crate::support::spec()).await else { return };
    let seen = with_systemd.python_as("root", script.split("\nfor number in range(made)").next().unwrap()).await;
    eprintln!("{seen:?}");
    if !seen.stdout.contains("EAGAIN") {
        with_systemd.client.boots(with_systemd.boots + 1).await;
        assert_eq!(with_systemd.client.output("ls -d /sys/fs/cgroup/systemd/flood-* 2>/dev/null | wc -l").await, "0");
    }
    neighbour.holds().await;
}

#[tokio::test]
async fn a_flood_of_terminals() {
    let Some((tried, neighbour)) = two().await else { return };
    let script = "
made = []
try:
    while len(made) < 5000: made.append(os.open('/dev/ptmx', os.O_RDWR | os.O_NOCTTY))
except OSError as error: print(len(made), errno.errorcode[error.errno])
time.sleep(4)
";
    let (seen, mut keyboard) = tokio::join!(tried.python_as("root", script), async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Keyboard::sit_down(&neighbour.client, 3).await
    });
    let made: u32 = seen.stdout.split_whitespace().next().unwrap().parse().unwrap();
    assert!(made <= 256, "{seen:?}");
    keyboard.line("echo a''nother", "another").await;
    tried.harms_nobody(&neighbour).await;
}

#[tokio::test]
async fn a_flood_of_output() {
    let Some((tried, neighbour)) = two().await else { return };
    let mut beside = Keyboard::sit_down(&tried.client, 3).await;
    beside.line("echo re''ady", "ready").await;
    let floods = ["yes", "cat /dev/urandom"];
    let mut flooded = Vec::new();
    for (terminal, flood) in (1..).zip(floods) {
        let mut keyboard = Keyboard::sit_down(&tried.client, terminal).await;
        keyboard.line("echo re''ady", "ready").await;
        keyboard.types(&format!("{flood}\n")).await;
        flooded.push(keyboard);
    }
    // Both are read as fast as they print, for a while.
    let began = Instant::now();
    let reads = futures::future::join_all(flooded.iter_mut().map(async |keyboard| {
        while began.elapsed() < Duration::from_secs(5) {
            assert!(keyboard.step().await);
            keyboard.screen.clear();
        }
    }));
    let others = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        for _ in 0..5 {
            let start = Instant::now();
            beside.line("echo qu''ick", "quick").await;
            assert!(start.elapsed() < patient(Duration::from_secs(2)), "another terminal took {:?}", start.elapsed());
        }
        tried.harms_nobody(&neighbour).await;
    };
    tokio::join!(reads, others);
    for keyboard in &mut flooded {
        keyboard.types("\x03").await;
    }
    tried.holds().await;
}
