//! What is used up in the box is used up there alone.

use std::time::{Duration, Instant};

use wire::{Observation, Probe};

use crate::support::{Client, Docker, Keyboard, patient, spec};

/// The agent answers, promptly, and can start something in the box.
async fn is_well(client: &Client) {
    let start = Instant::now();
    let hello = client.hello().await;
    assert!(hello.ready, "{hello:?}");
    assert!(start.elapsed() < patient(Duration::from_secs(2)), "an answer took {:?}", start.elapsed());
}

#[tokio::test]
async fn memory_ends_in_the_box() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    let mut keyboard = Keyboard::sit_down(&client, 1).await;
    for _ in 0..2 {
        let hog = client.root("python3 -c 'x = [bytearray(1 << 20) for _ in range(1000)]'").await;
        assert_eq!(hog.code, Some(137), "it must be killed: {hog:?}");
        is_well(&client).await;
    }
    // So does what is kept in memory as a file: with the process killed it stays, and goes when removed.
    client.root("head -c 400M /dev/zero > /dev/shm/x; head -c 400M /dev/zero > /tmp/x; rm -f /dev/shm/x /tmp/x").await;
    is_well(&client).await;
    keyboard.line("echo still$((1+1))here", "still2here").await;
    assert_eq!(client.hello().await.boots, 1);
}

#[tokio::test]
async fn a_fork_bomb_ends_in_the_box() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    let mut keyboard = Keyboard::sit_down(&client, 1).await;
    keyboard.line("ulimit -u unlimited; echo read''y", "ready").await;
    keyboard.types("bomb() { bomb | bomb & }; bomb\n").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    // While it rages the agent answers, looks, and says what it can't do.
    is_well(&client).await;
    let Observation::Process { processes } = client.probe(Probe::Process { name: "bash".into() }).await else {
        panic!("no processes")
    };
    assert!(processes.len() > 50, "only {} processes", processes.len());
    assert!(matches!(client.probe(Probe::File { path: "/etc/passwd".into() }).await, Observation::File(_)));
    is_well(&client).await;
    // A restart of the box is the way out, and it works.
    client.reboot().await;
    assert_eq!(client.output("echo fine").await, "fine");
}

#[tokio::test]
async fn the_disk_ends_in_the_box() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    let filled = client.root("dd if=/dev/zero of=/var/big bs=1M 2>&1; df --output=size,pcent / | tail -1").await;
    assert!(filled.stdout.contains("No space left on device") && filled.stdout.contains("100%"), "{filled:?}");
    assert!(filled.stdout.contains("65536"), "64 MiB: {filled:?}");
    is_well(&client).await;
    let Observation::Filesystem { size, used, .. } = client.probe(Probe::Filesystem { path: "/var".into() }).await
    else {
        panic!("no filesystem")
    };
    assert_eq!((size, used), (64 << 20, 64 << 20));
    let mut keyboard = Keyboard::sit_down(&client, 1).await;
    keyboard.line("sudo rm /var/big; df --output=pcent / | tail -1", "%").await;
    let after = client.output("df --output=pcent / | tail -1 | tr -d ' %'").await;
    assert!(after.parse::<u32>().unwrap() < 20, "{after}");

    let inodes = client.root("mkdir /var/many; cd /var/many; python3 -c 'for n in range(30000): open(str(n), \"w\")' 2>&1 | tail -1; ls | wc -l").await;
    assert!(inodes.stdout.contains("No space left on device"), "{inodes:?}");
    let Observation::Filesystem { inodes, inodes_used, .. } =
        client.probe(Probe::Filesystem { path: "/".into() }).await
    else {
        panic!("no filesystem")
    };
    assert_eq!(inodes, inodes_used);
    is_well(&client).await;
    client.output("rm -r /var/many; echo > /var/one").await;
}

#[tokio::test]
async fn a_busy_box_leaves_time_for_the_agent() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    client.output("for n in $(seq 60); do (while :; do :; done) & done > /dev/null 2>&1; sleep 1").await;
    let start = Instant::now();
    for _ in 0..20 {
        is_well(&client).await;
    }
    let each = start.elapsed() / 20;
    eprintln!("an answer under load took {each:?}");
    assert!(each < patient(Duration::from_millis(500)), "{each:?}");
}
