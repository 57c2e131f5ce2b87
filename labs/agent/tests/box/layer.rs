//! The writable layer in real boxes: packed, put back, dropped, and told as changes.

use std::time::{Duration, Instant};

use wire::{
    BoxSpec, Reply,
    layer::{Bounds, Change, Content, Kind},
};

use crate::support::{Client, Docker, Keyboard, Sandbox, patient, plain, spec};

const WIDE: Bounds = Bounds { bytes: 64 << 20, entries: 50_000, limit_ms: 30_000 };

/// What there is to know of the tree that [`MAKE`] makes, and of what it takes away.
const TELL: &str = r#"cd / && find srv etc/apt etc/opt -printf '%p|%y|%m|%U:%G|%n|%s|%T@|%l\0' | grep -zv '^[^|]*|d' | sort -z | tr '\0' '\n'
find srv -type d -printf '%p|%m|%U:%G|%T@\n' | sort
getcap /srv/ping 2>/dev/null; ls -d /etc/motd /etc/issue 2>&1; cat /etc/hostname; find srv -type f -size -1M -exec sha256sum -z {} + | tr '\0' '\n' | sort"#;

const MAKE: &str = r#"set -e
mkdir -p /srv/a/b/c /srv/private && chmod 700 /srv/private
echo one > /srv/a/one && ln /srv/a/one /srv/a/b/one-again && ln -s ../../../etc/shadow /srv/a/link
printf x > "$(printf '/srv/new\nline')" && printf y > "$(printf '/srv/\377\376')" && echo z > /srv/.wh.mine
truncate -s 1T /srv/giant && printf here | dd of=/srv/giant bs=1 seek=1000000000 conv=notrunc status=none
cp /bin/true /srv/ping && chown 65534:4242 /srv/ping && setcap cap_net_raw+ep /srv/ping 2>/dev/null || true
cp /bin/true /srv/suid && chmod 4711 /srv/suid && mkfifo -m 640 /srv/pipe
rm /etc/motd && rm -r /etc/apt && mkdir /etc/apt && echo deb > /etc/apt/sources.list
touch -d '2001-02-03 04:05:06.789' /srv/a/one && touch -d 2002-03-04 /srv/a/b"#;

async fn restored(docker: &Docker, spec: &BoxSpec, snapshot: &[u8]) -> (Sandbox, Client) {
    let sandbox = docker.create(&BoxSpec { restore: true, ..spec.clone() });
    let client = Client::connect(&sandbox).await;
    let hello = client.hello().await;
    assert_eq!((hello.boots, hello.ready), (0, false), "it waits: {hello:?}");
    assert_eq!(client.restore(snapshot).await, Reply::Done);
    client.boots(1).await;
    (sandbox, client)
}

#[tokio::test]
async fn a_fresh_box_from_a_snapshot_has_the_same_files() {
    let Some(docker) = Docker::find() else { return };
    for spec in [spec(), plain()] {
        let (_sandbox, client) = docker.start(&spec).await;
        client.output(MAKE).await;
        let was = client.output(TELL).await;
        assert!(was.contains("srv/giant|f|644|0:0|1|1099511627776|"), "{was}");
        let (bytes, packed) = client.snapshot(WIDE).await;
        assert_eq!((packed.left_out, packed.cut), (0, false), "{packed:?}");
        assert!(bytes.len() < 1 << 20, "holes are not packed: {}", bytes.len());

        let (_other, copy) = restored(&docker, &spec, &bytes).await;
        assert_eq!(copy.output(TELL).await, was);
        assert!(copy.output("find /etc/apt -type f").await == "/etc/apt/sources.list", "nothing of the image is seen");
        // It is a box like any other.
        let mut keyboard = Keyboard::sit_down(&copy, 1).await;
        keyboard.line("echo he''re", "here").await;
        copy.output("echo more > /srv/more").await;
        copy.reboot().await;
        assert_eq!(copy.output("cat /srv/more").await, "more");
        // A second one is not taken.
        assert!(matches!(copy.restore(&bytes).await, Reply::Refused(_)));
    }
}

#[tokio::test]
async fn a_damaged_snapshot_starts_nothing_and_a_whole_one_still_can() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    client.output("echo kept > /srv/kept").await;
    let (bytes, _) = client.snapshot(WIDE).await;

    let sandbox = docker.create(&BoxSpec { restore: true, ..plain() });
    let waiting = Client::connect(&sandbox).await;
    for damaged in [&bytes[..bytes.len() / 2], &b"no gzip"[..], &[]] {
        assert!(matches!(waiting.restore(damaged).await, Reply::Refused(_)));
    }
    let hello = waiting.hello().await;
    assert!(hello.boots == 0 && hello.trouble.is_some(), "{hello:?}");
    assert_eq!(waiting.restore(&bytes).await, Reply::Done);
    waiting.boots(1).await;
    assert_eq!(waiting.output("cat /srv/kept").await, "kept");
}

#[tokio::test]
async fn a_snapshot_that_does_not_fit_is_refused_in_words() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    client.output("head -c 20M /dev/urandom > /srv/large").await;
    let (bytes, _) = client.snapshot(WIDE).await;
    let sandbox = docker.create(&BoxSpec { restore: true, disk: 8 << 20, ..plain() });
    let small = Client::connect(&sandbox).await;
    match small.restore(&bytes).await {
        Reply::Refused(refusal) => assert!(refusal.message.contains("No space left"), "{refusal}"),
        other => panic!("{other:?}"),
    }
    // And with bounds it is the file that is left out.
    let (bytes, packed) = client.snapshot(Bounds { bytes: 1 << 20, ..WIDE }).await;
    assert!(packed.examples.iter().any(|example| example.starts_with("/srv/large: too large")), "{packed:?}");
    assert!(bytes.len() < 2 << 20);
}

#[tokio::test]
async fn a_reset_gives_back_the_start() {
    let Some(docker) = Docker::find() else { return };
    for spec in [spec(), plain()] {
        let (_sandbox, client) = docker.start(&spec).await;
        client.output("echo broken > /etc/broken.conf").await;
        client.handover().await;
        let mut keyboard = Keyboard::sit_down(&client, 1).await;
        keyboard.line("echo he''re", "here").await;
        client.output("rm -r /usr/share/doc /etc/motd; echo mess > /srv/mess; echo worse > /etc/broken.conf").await;
        client.reset().await;
        while keyboard.step().await {}
        assert!(keyboard.ended, "the terminal ends with the box");
        let hello = client.hello().await;
        assert_eq!((hello.boots, hello.ready, hello.handed_over), (2, true, false), "{hello:?}");
        assert!(!client.root("ls /srv/mess || ls /etc/broken.conf").await.succeeded());
        client.output("ls /etc/motd /usr/share/doc && cat /etc/hostname").await;
        // The server sets it up again and hands it over.
        client.output("echo broken > /etc/broken.conf").await;
        client.handover().await;
        assert!(client.hello().await.handed_over);
        let mut keyboard = Keyboard::sit_down(&client, 1).await;
        keyboard.sees("The box was reset").await;
        keyboard.line("echo ba''ck", "back").await;
        keyboard.types("exit\n").await;
        while keyboard.step().await {}
        let mut keyboard = Keyboard::sit_down(&client, 1).await;
        keyboard.line("echo ag''ain", "again").await;
        assert!(!keyboard.screen.contains("was reset"), "it is said once");
        assert_eq!(texts(&client.changes().await.0, "/etc/broken.conf"), None, "set-up is no change");
    }
}

#[tokio::test]
async fn a_box_that_no_longer_starts_can_be_reset() {
    let Some(docker) = Docker::find() else { return };
    let (sandbox, client) = docker.start(&spec()).await;
    client.handover().await;
    client.output("rm -f /sbin/init /usr/lib/systemd/systemd /lib/systemd/systemd").await;
    sandbox.kill_init();
    let start = Instant::now();
    while client.hello().await.trouble.is_none() {
        assert!(start.elapsed() < Duration::from_secs(20), "it came up without an init");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    client.reset().await;
    assert!(client.hello().await.ready);
    client.output("test -x /sbin/init").await;
}

/// The texts of a change before and after.
fn texts(changes: &[Change], path: &str) -> Option<(Option<String>, Option<String>)> {
    let text = |side: &Option<wire::layer::Side>| match side.as_ref()?.content.as_ref()? {
        Content::Text(text) => Some(text.clone()),
        other => Some(format!("{other:?}")),
    };
    let change = changes.iter().find(|change| change.path == path)?;
    Some((text(&change.before), text(&change.after)))
}

#[tokio::test]
async fn changes_are_told_against_the_handover() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    client
        .output(
            "mkdir -p /srv/app && echo 'port = 81' > /srv/app/app.conf && echo lock > /srv/app/stale.lock && \
             echo set-up > /etc/issue && chmod 600 /etc/hosts && mv /etc/motd /srv/motd",
        )
        .await;
    client.handover().await;
    client
        .output(
            "sed -i s/81/80/ /srv/app/app.conf && rm /srv/app/stale.lock && echo mine > /etc/issue && \
             chmod 4755 /usr/bin/env && chown 1:2 /etc/host.conf && touch /etc/fstab && rm -r /etc/apt && mkdir /etc/apt && \
             ln -s app.conf /srv/app/link && head -c 300K /dev/zero > /srv/zeros && printf 'a\\0b' > /srv/binary && \
             printf hi > \"$(printf '/srv/new\\nline')\" && rm /etc/shells && echo back > /etc/motd && truncate -s 1T /srv/giant",
        )
        .await;
    let (changes, looked) = client.changes().await;
    assert!(!looked.cut);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(texts(&changes, "/srv/app/app.conf"), Some((some("port = 81\n"), some("port = 80\n"))));
    assert_eq!(texts(&changes, "/srv/app/stale.lock"), Some((some("lock\n"), None)));
    assert_eq!(texts(&changes, "/etc/issue"), Some((some("set-up\n"), some("mine\n"))));
    assert_eq!(texts(&changes, "/etc/motd"), Some((None, some("back\n"))), "it was not there at the handover");
    assert_eq!(texts(&changes, "/srv/motd"), None, "set-up is no change");
    assert_eq!(texts(&changes, "/etc/hosts"), None, "set-up is no change");
    assert_eq!(texts(&changes, "/etc/fstab"), None, "touched is not changed");
    assert_eq!(texts(&changes, "/srv/app/link"), Some((None, some("app.conf"))));
    assert_eq!(texts(&changes, "/srv/zeros"), Some((None, some("TooLong"))));
    assert_eq!(texts(&changes, "/srv/giant"), Some((None, some("TooLong"))));
    assert_eq!(texts(&changes, "/srv/binary"), Some((None, some("Binary"))));
    assert_eq!(texts(&changes, "/srv/new\nline"), Some((None, some("hi"))));
    let (before, after) = texts(&changes, "/etc/shells").expect("it is gone");
    assert!(before.is_some_and(|text| text.contains("/bin/sh")) && after.is_none());
    let of =
        |path: &str| changes.iter().find(|change| change.path == path).unwrap_or_else(|| panic!("{path}: {changes:?}"));
    let mode = of("/usr/bin/env");
    assert_eq!((mode.content, mode.after.as_ref().map(|side| side.mode)), (false, Some(0o4755)));
    let owner = of("/etc/host.conf").after.clone().expect("it is there");
    assert_eq!((owner.uid, owner.gid), (1, 2));
    let sources = of("/etc/apt/sources.list.d");
    assert_eq!((sources.before.as_ref().map(|side| side.kind), &sources.after), (Some(Kind::Directory), &None));
}

#[tokio::test]
async fn a_hostile_box_does_not_hurt_its_agent() {
    let Some(docker) = Docker::find() else { return };
    let (sandbox, client) = docker.start(&plain()).await;
    client.handover().await;
    // Many files, directories that go deeper than any path, and things that come, go and grow meanwhile.
    client
        .output(
            "cd /srv && for i in $(seq 1 20); do mkdir d$i; done && \
             (for i in $(seq 1 9000); do echo d$((i % 20 + 1))/$i; done | xargs touch) && \
             mkdir deep && cd deep && for i in $(seq 1 300); do mkdir x && cd -P x; done; cd /srv; \
             (while :; do echo more >> /srv/grows; ln -sfn /etc /srv/flips; rm -f /srv/flips; mkdir /srv/flips; rmdir /srv/flips; done) > /dev/null 2>&1 &",
        )
        .await;
    let both = async {
        let (bytes, packed) = client.snapshot(WIDE).await;
        assert!(
            packed.left_out >= 1 && packed.examples.iter().any(|example| example.contains("too deep")),
            "{packed:?}"
        );
        let (_, looked) = client.changes().await;
        assert!(looked.cut, "more has changed than is told");
        let (_, packed) = client.snapshot(Bounds { entries: 1000, ..WIDE }).await;
        assert!(packed.cut && packed.entries <= 2002, "{packed:?}");
        bytes
    };
    let others = async {
        let other = Client::connect(&sandbox).await;
        let mut slowest = Duration::ZERO;
        for _ in 0..50 {
            let asked = Instant::now();
            other.hello().await;
            slowest = slowest.max(asked.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        slowest
    };
    let (bytes, slowest) = tokio::join!(both, others);
    // Not a measure of speed: without turns it would be as long as the whole.
    assert!(slowest < patient(Duration::from_secs(2)), "others waited {slowest:?}");
    let (_other, copy) = restored(&docker, &plain(), &bytes).await;
    assert_eq!(copy.output("ls /srv/d1 | wc -l").await, "450");
    assert!(client.hello().await.ready);
}
