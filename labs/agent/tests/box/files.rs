//! Files of the box, read and written from outside it with the rights of its user.

use std::time::{Duration, Instant};

use futures::io::AsyncWriteExt;
use tokio::time::timeout;
use wire::{
    Reply, Request,
    file::{Answer, Call, Expect, Kind, MAX_ENTRIES, MAX_WRITE, PIECE, Refused, What},
    io::{read_frame, read_json, write_frame, write_json},
};

use crate::support::{Client, Docker, plain, script_run};

const EDITOR: u64 = 1 << 20;

fn call(path: &str, what: What) -> Call {
    Call { path: path.into(), as_root: false, what }
}

async fn read(client: &Client, call: Call) -> Result<Vec<u8>, Refused> {
    let (mut stream, reply) = client.ask(&Request::File(call)).await;
    match reply {
        Reply::File(Answer::Contents { .. }) => {}
        Reply::File(Answer::Refused(refused)) => return Err(refused),
        other => panic!("{other:?}"),
    }
    let mut bytes = Vec::new();
    loop {
        let piece = timeout(Duration::from_secs(10), read_frame(&mut stream)).await.expect("soon").expect("a frame");
        match piece.expect("an end is said") {
            piece if piece.is_empty() => return Ok(bytes),
            piece => bytes.extend(piece),
        }
    }
}

async fn text(client: &Client, path: &str) -> Result<String, Refused> {
    let bytes = read(client, call(path, What::Read { limit: EDITOR })).await?;
    Ok(String::from_utf8(bytes).expect("text"))
}

async fn write(client: &Client, path: &str, bytes: &[u8], expect: Expect) -> Result<(Option<String>, String), Refused> {
    write_as(client, path, bytes, expect, false).await
}

async fn write_as(
    client: &Client,
    path: &str,
    bytes: &[u8],
    expect: Expect,
    as_root: bool,
) -> Result<(Option<String>, String), Refused> {
    let size = bytes.len() as u64;
    let mut stream = client.open().await;
    let asked = Call { as_root, ..call(path, What::Write { size, expect }) };
    write_json(&mut stream, &Request::File(asked)).await.expect("sent");
    for piece in bytes.chunks(PIECE) {
        write_frame(&mut stream, piece).await.expect("sent");
    }
    match read_json(&mut stream).await.expect("a reply").expect("a reply") {
        Reply::File(Answer::Written { before, after }) => Ok((before, after)),
        Reply::File(Answer::Refused(refused)) => Err(refused),
        other => panic!("{other:?}"),
    }
}

async fn list(client: &Client, path: &str) -> Result<wire::file::Listing, Refused> {
    match client.ask(&Request::File(call(path, What::List))).await.1 {
        Reply::File(Answer::Listing(listing)) => Ok(listing),
        Reply::File(Answer::Refused(refused)) => Err(refused),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_user_reads_and_writes_what_is_theirs_and_no_more() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    client
        .output(
            "cd /home/engineer; echo one > mine; chown engineer:engineer mine; chmod 640 mine; echo theirs > /etc/theirs; \
             echo secret > /root/secret; echo hidden > hidden; chmod 600 hidden; mkdir -m 700 /srv/closed; echo x > /srv/closed/x; \
             echo shared > /etc/shared; chmod 666 /etc/shared; echo 'locked' > locked; chown engineer locked; chmod 400 locked",
        )
        .await;
    assert_eq!(text(&client, "/home/engineer/mine").await.as_deref(), Ok("one\n"));
    assert_eq!(text(&client, "/etc/theirs").await.as_deref(), Ok("theirs\n"), "what all may read");
    for denied in ["/root/secret", "/home/engineer/hidden", "/srv/closed/x", "/etc/shadow"] {
        assert_eq!(text(&client, denied).await, Err(Refused::Denied), "{denied}");
    }
    assert_eq!(list(&client, "/srv/closed").await, Err(Refused::Denied));
    for denied in ["/etc/theirs", "/etc/new", "/root/new", "/home/engineer/locked"] {
        let outcome = write(&client, denied, b"mine now\n", Expect::Anything).await;
        assert_eq!(outcome, Err(Refused::Denied), "{denied}");
    }
    // In a directory of root's, where all may write the file: it stays the same file.
    let inode = client.output("stat -c '%i %u %a' /etc/shared").await;
    write(&client, "/etc/shared", b"changed\n", Expect::Anything).await.expect("written");
    assert_eq!(client.output("cat /etc/shared; stat -c '%i %u %a' /etc/shared").await, format!("changed\n{inode}"));

    // Written whole, beside and then in place, with owner and mode.
    let first = write(&client, "/home/engineer/mine", b"two\n", Expect::Anything).await.expect("written");
    let seen = client.output("cat /home/engineer/mine; stat -c '%U %G %a' /home/engineer/mine; sha256sum < /home/engineer/mine; ls -A /home/engineer | grep -c belay || true").await;
    assert_eq!(seen, format!("two\nengineer engineer 640\n{}  -\n0", first.1));
    write(&client, "/home/engineer/new", b"", Expect::Absent).await.expect("written");
    assert_eq!(client.output("stat -c '%U %G %a %s' /home/engineer/new").await, "engineer engineer 644 0");
    assert_eq!(write(&client, "/home/engineer/new", b"x", Expect::Absent).await, Err(Refused::Exists));
}

#[tokio::test]
async fn what_changed_meanwhile_is_not_overwritten() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    let path = "/tmp/site.conf";
    let (before, first) = write(&client, path, b"listen 80\n", Expect::Absent).await.expect("written");
    assert_eq!(before, None);
    let (before, second) =
        write(&client, path, b"listen 80;\n", Expect::Version(first.clone())).await.expect("written");
    assert_eq!(before.as_ref(), Some(&first));
    // Somebody else at a terminal. Where files in /tmp are protected, not even root may write into another's.
    client.output("rm /tmp/site.conf; echo 'listen 8080;' > /tmp/site.conf; chown engineer /tmp/site.conf").await;
    let theirs = client.output("sha256sum < /tmp/site.conf | cut -d' ' -f1").await;
    let refused = write(&client, path, b"listen 81;\n", Expect::Version(second.clone())).await;
    assert_eq!(refused, Err(Refused::Changed { version: Some(theirs.clone()) }));
    assert_eq!(text(&client, path).await.as_deref(), Ok("listen 8080;\n"));
    // Having seen it, one may.
    let (_, third) = write(&client, path, b"listen 81;\n", Expect::Version(theirs)).await.expect("written");
    // The same once more, as after an answer that got lost: it is there, so it is right.
    let again = write(&client, path, b"listen 81;\n", Expect::Version(second.clone())).await.expect("written");
    assert_eq!(again.1, third);
    client.output("rm /tmp/site.conf").await;
    assert_eq!(write(&client, path, b"x", Expect::Version(third)).await, Err(Refused::Changed { version: None }));
}

#[tokio::test]
async fn as_root_needs_the_users_own_sudo() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    client.output("echo conf > /etc/service.conf; chown root:adm /etc/service.conf; chmod 640 /etc/service.conf").await;
    assert_eq!(write(&client, "/etc/service.conf", b"x", Expect::Anything).await, Err(Refused::Denied));
    write_as(&client, "/etc/service.conf", b"better\n", Expect::Anything, true).await.expect("engineer may use sudo");
    assert_eq!(
        client.output("cat /etc/service.conf; stat -c '%U %G %a' /etc/service.conf").await,
        "better\nroot adm 640"
    );
    // Without sudo's word there is no root: the box decides, as it does at the terminal.
    client
        .output("rm -rf /etc/sudoers.d; echo 'root ALL=(ALL) ALL' > /etc/sudoers; gpasswd -d engineer sudo || true")
        .await;
    let refused = write_as(&client, "/etc/service.conf", b"worse\n", Expect::Anything, true).await;
    assert_eq!(refused, Err(Refused::NoRoot));
    let asked = Call { as_root: true, ..call("/etc/shadow", What::Read { limit: EDITOR }) };
    assert_eq!(read(&client, asked).await, Err(Refused::NoRoot));
}

#[tokio::test]
async fn no_trick_with_links_or_special_files_leads_out_of_the_box_or_holds_the_agent_up() {
    let Some(docker) = Docker::find() else { return };
    let (sandbox, client) = docker.start(&plain()).await;
    client
        .output(
            "cd /tmp; echo inside > /srv/fact; ln -s /srv/fact absolute; ln -s ../../../../../../srv/fact upwards; ln -s /belay/agent.sock agent; \
             ln -s /belay belay; ln -s /opt/belay/agent program; ln -s /proc/1/root/srv/fact magic; ln -s /proc/self/fd/0 descriptor; ln -s loop loop; \
             ln -s /proc/1/environ environment; ln -s /proc/sys/kernel/hostname kernel; ln -s /sys/kernel/mm/transparent_hugepage/enabled sysfs; \
             ln -s /dev/null null; ln -s /dev/zero zero; mkfifo pipe; ln -s pipe topipe; mkdir dir; mkdir -m 777 open; truncate -s 1T sparse; chmod 666 sparse; \
             python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"/tmp/sock\")'; chmod 777 sock pipe; chmod 666 /srv/fact; chmod 777 /srv",
        )
        .await;
    for inside in ["/tmp/absolute", "/tmp/upwards", "/../../srv/fact", "/tmp/dir/../absolute"] {
        assert_eq!(text(&client, inside).await.as_deref(), Ok("inside\n"), "{inside}");
    }
    let begun = Instant::now();
    for as_root in [false, true] {
        for path in [
            "/belay/agent.sock",
            "/belay/disk/upper/srv/fact",
            "/opt/belay/agent",
            "/box/srv/fact",
            "/tmp/agent",
            "/tmp/belay/agent.sock",
            "/tmp/program",
            "/tmp/magic",
            "/tmp/descriptor",
            "/tmp/loop",
            "/tmp/environment",
            "/tmp/kernel",
            "/tmp/sysfs",
            "/tmp/null",
            "/tmp/zero",
            "/tmp/pipe",
            "/tmp/topipe",
            "/tmp/sock",
            "/tmp/dir",
            "/tmp/sparse",
            "/tmp/none/x",
            "/tmp/absolute/x",
            "/proc/self/environ",
            "/proc/1/root/srv/fact",
            "/proc/1/cwd/srv/fact",
            "/proc/kmsg",
            "/proc/sysrq-trigger",
            "/sys/power/state",
            "/sys/fs/cgroup/cgroup.procs",
            "/dev/tty",
            "/dev/ptmx",
            "/dev/pts/0",
            "",
            "relative",
            "/",
            "/tmp/..",
            "/tmp/dir/",
        ] {
            let asked = Call { as_root, ..call(path, What::Read { limit: EDITOR }) };
            let outcome = timeout(Duration::from_secs(10), read(&client, asked)).await.expect("nothing holds it up");
            assert!(outcome.is_err(), "{path} was read: {:?}", outcome.map(|bytes| bytes.len()));
            if ["/tmp/sparse", "/tmp/none/x"].contains(&path) {
                continue;
            }
            let writing = write_as(&client, path, b"gotcha", Expect::Anything, as_root);
            let outcome = timeout(Duration::from_secs(10), writing).await.expect("nothing holds it up");
            // What leads to nothing in the box makes nothing outside of it either, and root may make no directory by it.
            assert!(outcome.is_err(), "{path} was written, as root: {as_root}");
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert_eq!(client.output("cat /srv/fact; cat /proc/sys/kernel/hostname").await, "inside\nweb1");
    assert!(sandbox.exec(&["sh", "-c", "test ! -e /gotcha && ! grep -rqs gotcha /belay/agent.sock /etc"]).is_some());
    assert_eq!(
        read(&client, call("/tmp/sparse", What::Read { limit: EDITOR })).await,
        Err(Refused::TooLarge { size: 1 << 40, limit: EDITOR })
    );
    // Through a link the file behind it is written, and the link stays.
    write(&client, "/tmp/absolute", b"written through\n", Expect::Anything).await.expect("written");
    assert_eq!(client.output("cat /srv/fact; readlink /tmp/absolute").await, "written through\n/srv/fact");
    for path in ["/proc", "/sys", "/dev/pts", "/tmp/pipe", "/belay", "/tmp/belay"] {
        assert!(list(&client, path).await.is_err(), "{path} was listed");
    }
    // A lease of somebody's on a file would make an open wait for most of a minute.
    client.output("cat > /tmp/hold.py <<'E'\nimport fcntl,os,signal,time\nsignal.signal(signal.SIGIO, signal.SIG_IGN)\nf=os.open('/tmp/leased',os.O_RDWR|os.O_CREAT,0o666)\nos.write(f,b'x')\nfcntl.fcntl(f,fcntl.F_SETLEASE,fcntl.F_WRLCK)\nopen('/tmp/held','w')\ntime.sleep(100)\nE\nsetsid python3 /tmp/hold.py >/dev/null 2>&1 & until [ -e /tmp/held ]; do sleep 0.1; done").await;
    let begun = Instant::now();
    let outcome = text(&client, "/tmp/leased").await;
    assert!(outcome.is_err() && begun.elapsed() < Duration::from_secs(5), "{outcome:?} after {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_directory_that_is_swapped_for_a_link_all_the_time_leads_nowhere() {
    let Some(docker) = Docker::find() else { return };
    let (sandbox, client) = docker.start(&plain()).await;
    // What would be reached from outside the box is the agent's own directory; as root, for its user could do nothing there.
    let swap = "import os\nos.chdir('/srv/race')\nos.mkdir('dir')\nos.symlink('/belay','trap')\nwhile True:\n  os.rename('dir','gone'); os.rename('trap','dir'); os.rename('dir','trap'); os.rename('gone','dir')";
    client.output(&format!("mkdir /srv/race; setsid python3 -c \"{swap}\" >/dev/null 2>&1 & sleep 1")).await;
    let (mut written, mut refused) = (0, 0);
    for round in 0..150 {
        let text = format!("{round}");
        match write_as(&client, "/srv/race/dir/planted", text.as_bytes(), Expect::Anything, true).await {
            Ok(_) => written += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(written > 0 && refused > 0, "{written} written, {refused} refused: both ways must have been met");
    let found = sandbox.exec(&["sh", "-c", "ls -A /belay; find / -xdev -name planted 2>/dev/null"]).expect("a listing");
    let found: Vec<&str> = found.lines().collect();
    assert_eq!(found, ["agent.sock", "disk"], "nothing lies outside the box");
}

#[tokio::test]
async fn a_full_disk_leaves_the_file_as_it_was() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    client.output("cd /tmp; echo precious > kept; ln kept other; chmod 666 kept; echo alone > alone; chown engineer alone kept; head -c 15M /dev/zero > fill; cat /dev/zero > rest || true").await;
    let large = vec![b'x'; 2 << 20];
    for path in ["/tmp/kept", "/tmp/alone", "/tmp/new"] {
        assert_eq!(write(&client, path, &large, Expect::Anything).await, Err(Refused::Full), "{path}");
    }
    assert_eq!(
        client.output("cat /tmp/kept /tmp/alone; ls -A /tmp").await,
        "precious\nalone\nalone\nfill\nkept\nother\nrest"
    );
    client.output("rm /tmp/fill /tmp/rest").await;
    write(&client, "/tmp/kept", b"changed\n", Expect::Anything).await.expect("written");
    assert_eq!(client.output("cat /tmp/other").await, "changed", "its other name is still the same file");
}

#[tokio::test]
async fn large_files_and_directories_are_bounded() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    let mebibytes: Vec<u8> = (0_u32..3 << 20).map(|at| (at % 251) as u8).collect();
    write(&client, "/home/engineer/upload", &mebibytes, Expect::Absent).await.expect("written");
    let back = read(&client, call("/home/engineer/upload", What::Read { limit: MAX_WRITE })).await.expect("read");
    assert_eq!(back, mebibytes);
    let refused = read(&client, call("/home/engineer/upload", What::Read { limit: EDITOR })).await;
    assert_eq!(refused, Err(Refused::TooLarge { size: 3 << 20, limit: EDITOR }));
    // Announced too large: taken off the line, and refused.
    let mut stream = client.open().await;
    let what = What::Write { size: MAX_WRITE + 1, expect: Expect::Anything };
    write_json(&mut stream, &Request::File(call("/tmp/large", what))).await.expect("sent");
    let mut left = MAX_WRITE as usize + 1;
    while left > 0 {
        let piece = left.min(1 << 20);
        write_frame(&mut stream, &vec![0; piece]).await.expect("sent");
        left -= piece;
    }
    let reply: Reply = read_json(&mut stream).await.expect("a reply").expect("a reply");
    let too_large = Refused::TooLarge { size: MAX_WRITE + 1, limit: MAX_WRITE };
    assert_eq!(reply, Reply::File(Answer::Refused(too_large)));
    stream.close().await.expect("closed");

    client.output("mkdir /run/many; cd /run/many; seq -f 'f%g' 1 12000 | xargs touch; mkdir /run/few; cd /run/few; echo abc > file; mkdir dir; ln -s file link; ln -s dir todir; ln -s nowhere dangling; mkfifo pipe").await;
    let many = list(&client, "/run/many").await.expect("listed");
    assert_eq!((many.entries.len(), many.more), (MAX_ENTRIES, true));
    let mut few = list(&client, "/run/few").await.expect("listed");
    few.entries.sort_by(|a, b| a.name.cmp(&b.name));
    let seen: Vec<_> = few.entries.iter().map(|e| (e.name.as_str(), e.kind, e.link, e.size)).collect();
    let expected = [
        ("dangling", Kind::Other, true, 0),
        ("dir", Kind::Directory, false, 0),
        ("file", Kind::File, false, 4),
        ("link", Kind::File, true, 4),
        ("pipe", Kind::Other, false, 0),
        ("todir", Kind::Directory, true, 0),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_port_of_the_box_is_reached_and_half_a_connection_stays_open() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    assert_eq!(client.ask(&Request::Dial { port: 8081 }).await.1, Reply::NobodyListens);
    // Answers only once the other side has said all.
    let server = "import socket\ns=socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1',8081)); s.listen()\nwhile True:\n  c,_=s.accept(); b=b''\n  while d:=c.recv(65536): b+=d\n  c.sendall(str(len(b)).encode()); c.close()";
    client
        .run(script_run(
            &format!(
                "setsid python3 -c \"{server}\" >/dev/null 2>&1 & until ss -tln | grep -q 8081; do sleep 0.1; done"
            ),
            "root",
        ))
        .await;
    let (mut stream, reply) = client.ask(&Request::Dial { port: 8081 }).await;
    assert_eq!(reply, Reply::Done);
    stream.write_all(&vec![b'x'; 1 << 20]).await.expect("sent");
    stream.close().await.expect("half of it is closed");
    let mut answer = String::new();
    let reading = futures::io::AsyncReadExt::read_to_string(&mut stream, &mut answer);
    timeout(Duration::from_secs(10), reading).await.expect("soon").expect("read");
    assert_eq!(answer, (1 << 20).to_string());
    // So many at once, and not one more; and when they are gone there is room again.
    let mut held = Vec::new();
    for _ in 0..32 {
        let (stream, reply) = client.ask(&Request::Dial { port: 8081 }).await;
        assert_eq!(reply, Reply::Done);
        held.push(stream);
    }
    assert!(matches!(client.ask(&Request::Dial { port: 8081 }).await.1, Reply::Refused(_)));
    for stream in &mut held {
        stream.close().await.expect("closed");
    }
    let begun = Instant::now();
    while client.ask(&Request::Dial { port: 8081 }).await.1 != Reply::Done {
        assert!(begun.elapsed() < Duration::from_secs(10), "room is given back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
