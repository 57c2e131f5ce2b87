//! Watchers: they see what the learner sees, decide nothing, and hold up nobody.

use std::time::Duration;

use tokio::time::timeout;
use wire::{
    Reply, Request,
    terminal::{SCROLLBACK, Size, Up, Watch},
};

use crate::support::{Client, Docker, Keyboard, plain};

const NOBODY: Watch = Watch { terminal: 1, from: None, writer: None };

#[tokio::test]
async fn a_watcher_sees_everything_and_changes_nothing() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    assert!(matches!(client.ask(&Request::Watch(NOBODY)).await.1, Reply::Refused(_)), "a watcher opens no terminal");
    assert_eq!(client.hello().await.terminals, [0; 0]);
    let mut learner = Keyboard::sit_down(&client, 1).await;
    learner.line("echo ear''lier", "earlier").await;
    let mut watcher = Keyboard::watch(&client, 1, None).await;
    watcher.sees("earlier").await;
    assert_eq!(watcher.size, Some(Size { cols: 120, rows: 40 }));
    learner.line("stty size", "40 120").await;
    watcher.sees("40 120").await;
    learner.send(&Up::Resize(Size { cols: 70, rows: 20 })).await;
    learner.line("stty size", "20 70").await;
    watcher.sees("20 70").await;
    assert_eq!(watcher.size, Some(Size { cols: 70, rows: 20 }));

    for forbidden in
        [Up::Input { offset: 0, bytes: b"echo in''truder\n".to_vec() }, Up::Resize(Size { cols: 10, rows: 10 })]
    {
        let mut intruder = Keyboard::watch(&client, 1, None).await;
        intruder.send(&forbidden).await;
        let ends = async { while intruder.step().await {} };
        timeout(Duration::from_secs(10), ends).await.expect("whoever types without leave is shown out");
    }
    learner.line("stty size; echo st''ill", "still").await;
    assert!(learner.screen.contains("20 70") && !learner.screen.contains("intruder"), "{}", learner.screen);

    // With leave to type it is somebody at the keyboard, and still no judge of the size.
    let mut guest = Keyboard::watch(&client, 1, Some(99)).await;
    guest.types("echo from-the-gu''est\n").await;
    learner.sees("from-the-guest").await;
    while guest.writer.waiting() {
        assert!(guest.step().await);
    }
    guest.send(&Up::Resize(Size { cols: 10, rows: 10 })).await;
    while guest.step().await {}
    learner.line("stty size", "20 70").await;
    learner.types("exit\n").await;
    while timeout(Duration::from_secs(10), watcher.step()).await.expect("it ends") {}
    assert!(watcher.ended);
}

#[tokio::test]
async fn a_slow_watcher_holds_up_nobody_and_is_shown_the_newest() {
    let Some(docker) = Docker::find() else { return };
    let (sandbox, client) = docker.start(&plain()).await;
    let mut learner = Keyboard::sit_down(&client, 1).await;
    learner.line("echo re''ady", "ready").await;
    let other = Client::connect(&sandbox).await;
    let mut watcher = Keyboard::watch(&other, 1, None).await;
    // It reads nothing, and far more is printed than is kept: if that held up the learner, the line would never end.
    learner.flood("seq 1 500000; echo do''ne", "done").await;
    assert!(learner.writer.from().unwrap() > 3 * SCROLLBACK as u64);
    watcher.sees("done").await;
    assert!(watcher.skipped > 0);
    let numbers: Vec<u32> = watcher.screen.lines().filter_map(|line| line.trim().parse().ok()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "from somewhere on everything is there");
    assert_eq!(numbers.last(), Some(&500_000));
}
