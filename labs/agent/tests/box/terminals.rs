//! Terminals: what is typed and what is printed survives any connection.

use std::time::{Duration, Instant};

use tokio::time::timeout;
use wire::{
    Reply, Request,
    journal::What,
    terminal::{Attach, SCROLLBACK, Size, Up, WINDOW, Writer},
};

use crate::support::{Client, Docker, Keyboard, patient, plain, spec};

#[tokio::test]
async fn a_shell_is_as_one_expects_it() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    let mut keyboard = Keyboard::sit_down(&client, 1).await;
    keyboard
        .line("id -un; pwd; echo $0 $TERM $LANG $COLORTERM $SHELL; shopt -q login_shell && echo is''login", "islogin")
        .await;
    for wanted in ["engineer", "/home/engineer", "-bash xterm-256color C.UTF-8 truecolor /bin/bash"] {
        assert!(keyboard.screen.contains(wanted), "{wanted}: {}", keyboard.screen);
    }
    keyboard.line("tty; stat -c '%U %G %a' $(tty); stty size; [ -t 0 ] && echo is''tty", "istty").await;
    for wanted in ["/dev/pts/", "engineer tty 620", "40 120"] {
        assert!(keyboard.screen.contains(wanted), "{wanted}: {}", keyboard.screen);
    }
    keyboard.send(&Up::Resize(Size { cols: 77, rows: 22 })).await;
    keyboard.line("stty size", "22 77").await;
    // Job control, and the keys that interrupt.
    keyboard.types("sleep 1000\n").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    keyboard.types("\x03").await;
    keyboard.line("echo inter''rupted $?", "interrupted 130").await;
    keyboard.line("sleep 1000 & jobs; kill %1; set -m && echo jo''bs", "jobs").await;
    // Root where the lab says so.
    let (_sandbox, client) = docker.start(&wire::BoxSpec { user: "root".into(), ..plain() }).await;
    let mut keyboard = Keyboard::sit_down(&client, 1).await;
    keyboard.line("id -u; pwd", "/root").await;
}

#[tokio::test]
async fn nothing_is_lost_when_a_connection_drops() {
    let Some(docker) = Docker::find() else { return };
    let (sandbox, client) = docker.start(&spec()).await;
    let mut keyboard = Keyboard::sit_down(&client, 1).await;
    keyboard.line("cd /tmp; x=kept; echo first''line", "firstline").await;
    keyboard.types("for i in 1 2 3 4 5 6; do echo tick$i; sleep 0.3; done; read answer; echo got-$answer\n").await;
    keyboard.sees("tick1").await;
    // Typed, and the connection dies before anything comes back.
    keyboard.types("typed-ahead").await;
    let (writer, seen) = keyboard.get_up();
    drop(client);
    tokio::time::sleep(Duration::from_millis(700)).await;

    let client = Client::connect(&sandbox).await;
    assert_eq!(client.hello().await.terminals, [1]);
    let end = writer.from().unwrap();
    let mut back = Keyboard::come_back(&client, 1, writer, 1).await;
    assert_eq!(back.attached.from, end, "from where it was");
    back.sees("tick6").await;
    back.types("-once\n").await;
    back.sees("got-typed-ahead-once").await;
    for tick in 1..7 {
        let shown = format!("{seen}{}", back.screen);
        assert_eq!(shown.matches(&format!("tick{tick}\r\n")).count(), 1, "{shown}");
    }
    back.line("echo $x $PWD", "kept /tmp").await;

    // Someone new sees the whole history, and may type as well.
    let mut other = Keyboard::come_back(&client, 1, Writer::default(), 2).await;
    assert_eq!((other.attached.from, other.attached.taken), (0, 0));
    other.sees("firstline").await;
    other.types("echo from-the-ot''her\n").await;
    other.sees("from-the-other").await;
    back.sees("from-the-other").await;
    while back.writer.waiting() {
        assert!(back.step().await);
    }
}

#[tokio::test]
async fn a_shell_that_ends_is_opened_anew() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    let mut keyboard = Keyboard::sit_down(&client, 2).await;
    keyboard.line("sleep 1000 & echo la''st", "last").await;
    keyboard.types("exit\n").await;
    while timeout(patient(Duration::from_secs(10)), keyboard.step()).await.expect("it ends") {}
    assert!(keyboard.ended && keyboard.screen.contains("logout"), "{}", keyboard.screen);
    assert_eq!(client.hello().await.terminals, [0; 0]);
    // With what the old one had seen and typed.
    let before = keyboard.writer.from().unwrap();
    let mut again = Keyboard::come_back(&client, 2, keyboard.writer, 1).await;
    assert!(again.attached.from < before && again.attached.taken == 0, "{:?}", again.attached);
    again.line("echo ne''w", "new").await;
    let journal = client.journal().await;
    let events: Vec<_> = journal
        .iter()
        .filter_map(|entry| match entry.what {
            What::TerminalOpened { terminal: 2 } => Some("opened"),
            What::TerminalClosed { terminal: 2 } => Some("closed"),
            _ => None,
        })
        .collect();
    assert_eq!(events, ["opened", "closed", "opened"]);
    // Numbers are bounded.
    for terminal in [0, 9, u32::MAX] {
        let attach = Attach { terminal, size: Size { cols: 80, rows: 24 }, from: None, writer: 1 };
        assert!(matches!(client.ask(&Request::Terminal(attach)).await.1, Reply::Refused(_)), "{terminal}");
    }
}

#[tokio::test]
async fn a_slow_reader_slows_the_program_and_nobody_else() {
    let Some(docker) = Docker::find() else { return };
    let (sandbox, client) = docker.start(&spec()).await;
    let mut fast = Keyboard::sit_down(&client, 2).await;
    fast.line("echo re''ady", "ready").await;

    let slow = Client::connect(&sandbox).await;
    let mut keyboard = Keyboard::sit_down(&slow, 1).await;
    keyboard.types("yes > /dev/tty & sleep 0.1; tput xyz; yes\n").await;
    // It reads nothing: what is printed stops at the window. The other terminal is as quick as ever.
    let printed = async || Keyboard::come_back(&client, 1, Writer::default(), 6).await.attached.history_end;
    let start = Instant::now();
    while printed().await < WINDOW {
        assert!(start.elapsed() < patient(Duration::from_secs(30)), "it prints too little");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let start = Instant::now();
    fast.line("echo qu''ick", "quick").await;
    assert!(start.elapsed() < patient(Duration::from_secs(1)), "{:?}", start.elapsed());
    let stopped_at = printed().await;
    assert!((WINDOW..WINDOW + (64 << 10)).contains(&stopped_at), "{stopped_at}");
    let mut watcher = Keyboard::come_back(&client, 1, Writer::default(), 7).await;

    // When it is gone the program runs on: a megabyte is kept, and the rest is over.
    drop(keyboard);
    drop(slow);
    let start = Instant::now();
    while watcher.writer.from().unwrap() < 3 * SCROLLBACK as u64 {
        watcher.screen.clear();
        assert!(timeout(patient(Duration::from_secs(10)), watcher.step()).await.expect("output goes on"));
    }
    eprintln!("{} KiB/s of terminal output", 3 * 1024 * 1000 / start.elapsed().as_millis().max(1));
    drop(watcher);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut late = Keyboard::come_back(&client, 1, Writer::default(), 8).await;
    assert!(
        late.attached.from > 0 && late.attached.history_end - late.attached.from == SCROLLBACK as u64,
        "{:?}",
        late.attached
    );
    late.types("\x03").await;
    late.types("\x03kill %1; echo sto''pped\n").await;
    loop {
        assert!(timeout(patient(Duration::from_secs(10)), late.step()).await.expect("it stops"));
        if late.screen.contains("stopped") {
            break;
        }
        let keep = late.screen.len().saturating_sub(100);
        late.screen = late.screen.split_off((keep..).find(|at| late.screen.is_char_boundary(*at)).unwrap());
    }
}

#[tokio::test]
async fn a_large_paste_arrives_whole_although_nobody_reads_at_first() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    let mut keyboard = Keyboard::sit_down(&client, 1).await;
    // A program that prints more than the window while it does not read, then takes it all.
    let program = "stty raw -echo; head -c 900000 /dev/zero | tr '\\0' x; sleep 1; head -c 3000000 | cksum; stty sane; echo do''ne";
    keyboard.types(&format!("{program}\n")).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let text: String = (0..300_000).map(|number| format!("{number:09}\n")).collect();
    assert_eq!(text.len(), 3_000_000);
    for piece in text.as_bytes().chunks(100_000) {
        keyboard.types(std::str::from_utf8(piece).unwrap()).await;
    }
    keyboard.sees("done").await;
    let wanted =
        client.output("python3 -c \"print(''.join('%09d\\n' % n for n in range(300000)), end='')\" | cksum").await;
    assert!(keyboard.screen.contains(&wanted), "{wanted}: {}", &keyboard.screen[keyboard.screen.len() - 200..]);
    assert!(!keyboard.writer.waiting() || keyboard.step().await);
}

#[tokio::test]
async fn marks_become_lines_and_output_passes_unchanged() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    let mut keyboard = Keyboard::sit_down(&client, 1).await;
    keyboard.line("printf '\\e]633;E;one\\x5cx3b two\\a%s\\e]633;E;three\\e\\\\%s' ab cd; echo do''ne", "done").await;
    assert!(
        keyboard.screen.contains("\u{1b}]633;E;one\\x3b two\u{7}ab\u{1b}]633;E;three\u{1b}\\cd"),
        "{:?}",
        keyboard.screen
    );
    let journal = client.journal().await;
    let lines: Vec<_> = journal
        .iter()
        .filter_map(|entry| if let What::Line { text, .. } = &entry.what { Some(text.as_str()) } else { None })
        .collect();
    assert!(lines.windows(2).any(|pair| pair == ["one; two", "three"]), "{lines:?}");
}

#[tokio::test]
async fn connections_of_the_dead_end() {
    let Some(docker) = Docker::find() else { return };
    let (sandbox, client) = docker.start(&plain()).await;
    let count = || {
        sandbox
            .exec(&["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -o 'agent [c]onnect' | wc -l"])
            .unwrap()
    };
    // More than there may be at once, each left behind in the middle of something.
    for number in 0..12 {
        let other = Client::connect(&sandbox).await;
        let _keyboard = Keyboard::come_back(&other, 1, Writer::default(), number).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(count(), "1", "what joined a connection that is gone is gone too");
    let mut keyboard = Keyboard::sit_down(&client, 1).await;
    keyboard.line("echo al''ive", "alive").await;
}
