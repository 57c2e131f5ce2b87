//! What can be seen of a box without any program of it.

use wire::{Observation, Probe, probe::FileSeen};

use crate::support::{Client, Docker, plain, spec};

async fn file(client: &Client, path: &str) -> FileSeen {
    match client.probe(Probe::File { path: path.into() }).await {
        Observation::File(seen) => seen,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn files_are_seen_in_the_box_and_nowhere_else() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    client
        .output(
            "cd /root; echo in-the-box > /etc/fact; ln -s /etc/fact absolute; ln -s ../../../../etc/fact upwards; \
             ln -s nowhere dangling; ln -s /belay/agent.sock socket; ln -s loop loop; mkfifo fifo; ln -s /proc/1/root/etc/fact magic; \
             head -c 200000 /dev/zero > large; chown engineer:adm large; chmod 4750 large; chown 4711:4712 fifo; \
             mkdir -m 1777 dir; printf '\\377' > odd; echo v > /run/volatile; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"/root/sock\")'",
        )
        .await;
    for path in ["/etc/fact", "/root/absolute", "/root/upwards", "/root/../etc/fact", "/../../etc/fact"] {
        assert_eq!(file(&client, path).await.content.as_deref(), Some("in-the-box\n"), "{path}");
    }
    let large = file(&client, "/root/large").await;
    assert_eq!(
        (large.kind.as_str(), large.mode, large.owner.as_str(), large.group.as_str(), large.size),
        ("file", 0o4750, "engineer", "adm", 200_000)
    );
    assert_eq!(large.content.unwrap().len(), 64 << 10);
    let kinds = [
        ("dangling", "symlink"),
        ("socket", "symlink"),
        ("loop", "symlink"),
        ("fifo", "fifo"),
        ("dir", "directory"),
        ("sock", "socket"),
        ("none", "absent"),
        ("fifo/x", "absent"),
    ];
    for (name, kind) in kinds {
        assert_eq!(file(&client, &format!("/root/{name}")).await.kind, kind, "{name}");
    }
    let fifo = file(&client, "/root/fifo").await;
    assert_eq!((fifo.owner.as_str(), fifo.group.as_str(), fifo.content), ("4711", "4712", None));
    assert_eq!(file(&client, "/root/odd").await.content.as_deref(), Some("\u{fffd}"));
    assert_eq!(file(&client, "/run/volatile").await.content.as_deref(), Some("v\n"));
    assert_eq!(file(&client, "/dev/null").await.kind, "device");
    assert_ne!(file(&client, "/root/magic").await.kind, "file");
    assert_eq!(file(&client, "/root/dir").await.mode, 0o1777);
}

#[tokio::test]
async fn services_are_seen_on_their_ports() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    let server = "import http.server as h\n\
        class H(h.BaseHTTPRequestHandler):\n    protocol_version='HTTP/1.1'\n    def do_GET(s):\n        \
        b=(s.headers['Host']+' '+s.path).encode()\n        s.send_response(302 if s.path=='/away' else 503 if s.path=='/down' else 200)\n        \
        s.send_header('Location','/there') if s.path=='/away' else None\n        s.send_header('Content-Length',str(len(b)))\n        s.end_headers(); s.wfile.write(b)\n\
        h.ThreadingHTTPServer(('127.0.0.1',8080),H).serve_forever()";
    client.output(&format!("cat > /root/server.py <<'E'\n{server}\nE\necho '127.0.0.1 shop.example' >> /etc/hosts; systemd-run -q --uid engineer python3 -c \"$(cat /root/server.py)\"; systemd-run -q nc -l -p 9000; until ss -tln | grep -q 8080 && ss -tln | grep -q 9000; do sleep 0.1; done")).await;
    let get = async |url: &str, host: Option<&str>| {
        client.probe(Probe::Http { url: url.into(), host: host.map(Into::into) }).await
    };
    let seen = |status: u16, location: Option<&str>, body: &str| Observation::Http {
        status: Some(status),
        location: location.map(Into::into),
        body: body.into(),
        error: None,
    };
    assert_eq!(get("http://127.0.0.1:8080/a?b", None).await, seen(200, None, "127.0.0.1:8080 /a?b"));
    assert_eq!(get("http://shop.example:8080/", None).await, seen(200, None, "shop.example:8080 /"));
    assert_eq!(get("http://127.0.0.1:8080/", Some("other")).await, seen(200, None, "other /"));
    assert_eq!(get("http://127.0.0.1:8080/away", None).await, seen(302, Some("/there"), "127.0.0.1:8080 /away"));
    assert_eq!(get("http://127.0.0.1:8080/down", None).await, seen(503, None, "127.0.0.1:8080 /down"));
    for (url, word) in [
        ("http://127.0.0.1:81/", "refused"),
        ("http://elsewhere/", "/etc/hosts"),
        ("https://x/", "http://"),
        ("http://127.0.0.1:9000/", "seconds"),
    ] {
        let Observation::Http { status: None, error: Some(error), .. } = get(url, None).await else { panic!("{url}") };
        assert!(error.contains(word), "{url}: {error}");
    }
    let dial = async |host: &str, port| client.probe(Probe::Tcp { host: host.into(), port }).await;
    assert_eq!(dial("localhost", 8080).await, Observation::Tcp { connected: true, error: None });
    assert!(matches!(dial("127.0.0.1", 81).await, Observation::Tcp { connected: false, error: Some(_) }));

    let Observation::Listening { listeners } = client.probe(Probe::Listening { port: 8080 }).await else {
        panic!("no table")
    };
    let [listener] = listeners.as_slice() else { panic!("{listeners:?}") };
    assert_eq!((listener.address.as_str(), listener.user.as_str()), ("127.0.0.1", "engineer"));
    assert!(listener.program.starts_with("python3") && listener.pid > 1, "{listener:?}");
    assert_eq!(client.probe(Probe::Listening { port: 81 }).await, Observation::Listening { listeners: Vec::new() });

    let Observation::Process { processes } = client.probe(Probe::Process { name: listener.program.clone() }).await
    else {
        panic!("no processes")
    };
    let found = processes.iter().find(|process| process.pid == listener.pid).unwrap();
    assert_eq!((found.user.as_str(), found.argv[1].as_str()), ("engineer", "-c"));
    assert_eq!(
        client.probe(Probe::Process { name: "agent".into() }).await,
        Observation::Process { processes: Vec::new() }
    );
    let Observation::Process { processes } = client.probe(Probe::Process { name: "systemd".into() }).await else {
        panic!("no processes")
    };
    assert_eq!(processes[0].pid, 1);
}

#[tokio::test]
async fn units_are_seen_in_systemds_words() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    let unit = "[Service]\\nExecStart=sleep 1000\\n[Install]\\nWantedBy=multi-user.target\\n";
    client.output(&format!("printf '{unit}' > /etc/systemd/system/shop.service; printf '[Service]\\nExecStart=false\\n' > /etc/systemd/system/broken.service; systemctl daemon-reload; systemctl start broken; systemctl enable --now shop; sleep 0.5")).await;
    let seen = async |name: &str| match client.probe(Probe::Unit { name: name.into() }).await {
        Observation::Unit { active, sub, enabled, main_pid, error: None } => (active, sub, enabled, main_pid),
        other => panic!("{name}: {other:?}"),
    };
    let words = |(active, sub, enabled, _): (String, String, String, u32)| format!("{active} {sub} {enabled}");
    let shop = seen("shop.service").await;
    assert_eq!(shop.3.to_string(), client.output("systemctl show -P MainPID shop").await);
    assert_eq!(words(shop), "active running enabled");
    assert_eq!(words(seen("broken.service").await), "failed failed static");
    assert_eq!(words(seen("nothing.service").await), "  ");
    assert!(words(seen("multi-user.target").await).starts_with("active active "));
    // However systemd itself is turned inside out.
    client.output("systemctl daemon-reexec; systemctl stop shop; systemctl mask shop 2>/dev/null; systemctl disable shop; sleep 0.3").await;
    assert!(words(seen("shop.service").await).starts_with("inactive dead"));
    client
        .output("ln -sf /belay/agent.sock /run/systemd/private.new && mv /run/systemd/private.new /run/systemd/private")
        .await;
    let Observation::Unit { error, .. } = client.probe(Probe::Unit { name: "shop.service".into() }).await else {
        panic!("no answer")
    };
    assert!(error.is_none() || error.is_some_and(|error| error.contains("systemd")));
    assert!(matches!(
        client.probe(Probe::Unit { name: "bad name!".into() }).await,
        Observation::Unit { error: Some(_), .. }
    ));
}

#[tokio::test]
async fn accounts_and_filesystems_are_seen() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    let Observation::User { uid, gid, home, shell, groups } =
        client.probe(Probe::User { name: "engineer".into() }).await
    else {
        panic!("no user")
    };
    assert_eq!((uid, gid, home.as_str(), shell.as_str()), (Some(1000), Some(1000), "/home/engineer", "/bin/bash"));
    assert!(groups.contains(&"engineer".into()) && groups.contains(&"sudo".into()), "{groups:?}");
    assert!(matches!(
        client.probe(Probe::User { name: "nobody-here".into() }).await,
        Observation::User { uid: None, .. }
    ));
    let Observation::Filesystem { size, used, inodes, inodes_used } =
        client.probe(Probe::Filesystem { path: "/var/log".into() }).await
    else {
        panic!("no filesystem")
    };
    assert_eq!((size, inodes), (64 << 20, 20_000));
    assert!(used < size / 4 && inodes_used < inodes / 4);
    let Observation::Filesystem { size, .. } = client.probe(Probe::Filesystem { path: "/tmp".into() }).await else {
        panic!("no filesystem")
    };
    assert_eq!(size, 16 << 20);
    assert!(matches!(client.probe(Probe::Filesystem { path: "/nowhere".into() }).await, Observation::Failed { .. }));
    let Observation::Command(result) = client.probe(Probe::Command { argv: vec!["id".into(), "-un".into()] }).await
    else {
        panic!("no command")
    };
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), "root\n"));
    let Observation::Command(result) = client.probe(Probe::Command { argv: vec!["sleep".into(), "60".into()] }).await
    else {
        panic!("no command")
    };
    assert!(result.timed_out);
}
