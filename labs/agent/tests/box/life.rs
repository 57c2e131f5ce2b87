//! The box ends and begins again.

use wire::journal::What;

use crate::support::{Docker, Keyboard, patient, plain, spec};

fn boots(journal: &[wire::journal::Entry]) -> Vec<&'static str> {
    let word = |entry: &wire::journal::Entry| match entry.what {
        What::BoxStarted { .. } => Some("started"),
        What::BoxEnded { .. } => Some("ended"),
        _ => None,
    };
    journal.iter().filter_map(word).collect()
}

#[tokio::test]
async fn a_reboot_keeps_the_disk_and_nothing_else() {
    let Some(docker) = Docker::find() else { return };
    for spec in [spec(), plain()] {
        let (_sandbox, client) = docker.start(&spec).await;
        client.handover().await;
        client.output("echo kept > /var/kept; chmod 640 /var/kept; echo gone > /tmp/gone; echo gone > /run/gone; rm /etc/motd").await;
        let mut keyboard = Keyboard::sit_down(&client, 1).await;
        keyboard.line("echo he''re", "here").await;
        client.reboot().await;
        while keyboard.step().await {}
        assert!(keyboard.ended, "the terminal ends with the box");
        let hello = client.hello().await;
        assert!(
            (hello.boots, hello.ready, hello.handed_over, hello.trouble.as_deref()) == (2, true, true, None),
            "{hello:?}"
        );
        assert_eq!(hello.terminals, [0; 0]);
        assert_eq!(client.output("cat /var/kept; stat -c %a /var/kept").await, "kept\n640");
        assert!(!client.root("ls /tmp/gone || ls /run/gone || ls /etc/motd").await.succeeded());
        // A terminal of the same number is a new one.
        let mut keyboard = Keyboard::sit_down(&client, 1).await;
        assert_eq!(keyboard.attached.taken, 0);
        keyboard.line("echo ba''ck", "back").await;
        let journal = client.journal().await;
        assert_eq!(boots(&journal), ["started", "ended", "started"]);
        let closed = journal.iter().position(|entry| matches!(entry.what, What::TerminalClosed { terminal: 1 }));
        let ended = journal.iter().position(|entry| matches!(entry.what, What::BoxEnded { boot: 1 }));
        assert!(closed.is_some() && ended.is_some());
        let numbers: Vec<u64> = journal.iter().map(|entry| entry.seq).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn killed_from_outside_the_box_comes_back() {
    let Some(docker) = Docker::find() else { return };
    for spec in [spec(), plain()] {
        let (sandbox, client) = docker.start(&spec).await;
        client.output("echo kept > /var/kept").await;
        // A process that ignores every signal dies with its box all the same.
        client.output("setsid sh -c 'trap \"\" TERM INT HUP; sleep 1000' > /dev/null 2>&1 &").await;
        for boot in 2..4 {
            sandbox.kill_init();
            client.boots(boot).await;
            assert_eq!(client.output("cat /var/kept").await, "kept");
        }
    }
}

#[tokio::test]
async fn the_learner_may_reboot() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    let mut keyboard = Keyboard::sit_down(&client, 2).await;
    for (boot, command) in [(2, "sudo systemctl reboot"), (3, "sudo reboot"), (4, "sudo poweroff")] {
        keyboard.types(&format!("{command}\n")).await;
        while keyboard.step().await {}
        client.boots(boot).await;
        keyboard = Keyboard::sit_down(&client, 2).await;
        keyboard.line("echo ba''ck", "back").await;
    }
    // A plain box ends with its init, which root can tell to.
    let (_sandbox, client) = docker.start(&plain()).await;
    client.root("kill -TERM 1; sleep 5").await;
    client.boots(2).await;
}

#[tokio::test]
async fn services_that_are_enabled_run_after_a_restart() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    let unit = "[Service]\\nExecStart=python3 -m http.server 8080\\nExecStop=touch /var/stopped\\n[Install]\\nWantedBy=multi-user.target\\n";
    client.output(&format!("printf '{unit}' > /etc/systemd/system/shop.service; systemctl enable --now shop")).await;
    client.reboot().await;
    assert_eq!(client.output("systemctl is-active shop; ls /var/stopped").await, "active\n/var/stopped");
}

#[tokio::test]
async fn a_box_that_cannot_start_says_why_and_is_no_busy_loop() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    client.output("mv /sbin/init /sbin/init.old").await;
    let (_stream, reply) = {
        let reboot = client.ask(&wire::Request::Reboot);
        let bounded = tokio::time::timeout(patient(std::time::Duration::from_secs(8)), reboot).await;
        assert!(bounded.is_err(), "the box cannot come back");
        client.ask(&wire::Request::Hello).await
    };
    let wire::Reply::Hello(hello) = reply else { panic!("{reply:?}") };
    assert!(
        !hello.ready && hello.trouble.as_deref().is_some_and(|trouble| trouble.contains("/sbin/init")),
        "{hello:?}"
    );
    assert!(hello.boots < 12, "{hello:?}");
    // A terminal is refused with the same words.
    let attach = wire::terminal::Attach {
        terminal: 1,
        size: wire::terminal::Size { cols: 80, rows: 24 },
        from: None,
        writer: 1,
    };
    let (_stream, reply) = client.ask(&wire::Request::Terminal(attach)).await;
    assert!(matches!(&reply, wire::Reply::Refused(refusal) if refusal.message.contains("/sbin/init")), "{reply:?}");
}
