//! What the agent reads of the box: links and odd files lead it nowhere, and do not hold it up.

use std::time::{Duration, Instant};

use wire::{Observation, Place, Probe, Run};

use super::Tried;
use crate::support::{patient, script_run};

/// What a look at a path gives, promptly.
async fn look(tried: &Tried, path: &str) -> Observation {
    let start = Instant::now();
    let seen = tried.client.probe(Probe::File { path: path.into() }).await;
    assert!(start.elapsed() < patient(Duration::from_secs(5)), "{path} took {:?}", start.elapsed());
    seen
}

#[tokio::test]
async fn links_lead_a_probe_nowhere_but_into_the_box() {
    let Some(tried) = Tried::begin().await else { return };
    let make = "mkdir /root/l; cd /root/l; ln -s /belay/disk belay; ln -s ../../../../../../belay up; ln -s /opt/belay/agent program; \
                ln -s /proc/1/root/belay proc; ln -s /proc/self/root self; ln -s /proc/self/exe exe; ln -s /proc/self/environ environ; \
                ln -s /proc/1/environ environ1; ln -s /box box; ln -s /.dockerenv dockerenv; ln -s loop loop; \
                ln -s /var/lib/docker docker; ln -s /proc/self/fd/3 fd3; ln -s /dev/fd/0 fd0; ln -s /proc/1/cwd cwd; \
                mkdir -p /belay /opt/belay; echo mine > /belay/own; ln -s /belay/own own; \
                ln -s /proc/self/cgroup cgroup; ln -s /proc/self/mountinfo mountinfo";
    tried.client.output(make).await;
    // Magic links, which name a process's files, are not followed at all: by name they would be the agent's.
    for name in ["proc/disk", "self/belay", "exe", "fd3", "fd0", "cwd/belay", "environ1"] {
        let seen = look(&tried, &format!("/root/l/{name}")).await;
        let content = match &seen {
            Observation::File(file) => file.content.clone().unwrap_or_default(),
            _ => String::new(),
        };
        eprintln!("{name}: {seen:?}");
        assert!(!content.contains("BELAY_BOX") && !content.contains("ELF"), "{name}: {seen:?}");
    }
    for name in ["belay", "up", "program", "box", "dockerenv", "loop", "docker"] {
        let seen = look(&tried, &format!("/root/l/{name}")).await;
        let Observation::File(file) = &seen else { panic!("{name}: {seen:?}") };
        assert!(file.kind == "symlink" || file.content.is_none(), "{name}: {seen:?}");
    }
    // A path through /proc/self would be the agent's own, if the box's /proc knew it.
    for name in ["environ", "cgroup", "mountinfo"] {
        let seen = look(&tried, &format!("/root/l/{name}")).await;
        let text = format!("{seen:?}");
        assert!(!text.contains("BELAY_BOX") && !text.contains("/belay/disk"), "{name}: {text}");
    }
    // The box's own file of that name is the box's.
    let Observation::File(own) = look(&tried, "/root/l/own").await else { panic!("a file") };
    assert_eq!(own.content.as_deref(), Some("mine\n"));
    tried.holds().await;
}

#[tokio::test]
async fn files_that_never_end_or_never_answer_do_not_hold_the_agent_up() {
    let Some(tried) = Tried::begin().await else { return };
    let make = "cd /root; mkfifo fifo; ln -s /dev/zero zero; ln -s /dev/tty tty; ln -s /dev/random random; truncate -s 4G sparse; \
                ln -s /proc/kmsg kmsg; ln -s /dev/ptmx ptmx; python3 -c \"import socket; socket.socket(1).bind('/root/socket')\"; \
                mkdir deep; cd deep; for n in $(seq 60); do mkdir d; cd d; done; echo end > end";
    tried.client.output(make).await;
    for name in ["fifo", "zero", "tty", "random", "sparse", "kmsg", "ptmx", "socket"] {
        let seen = look(&tried, &format!("/root/{name}")).await;
        if let Observation::File(file) = &seen {
            assert!(file.content.as_ref().is_none_or(|content| content.len() <= 64 << 10), "{name}");
        }
    }
    let deep = format!("/root/deep/{}end", "d/".repeat(60));
    let Observation::File(end) = look(&tried, &deep).await else { panic!("a file") };
    assert_eq!(end.content.as_deref(), Some("end\n"));
    tried.holds().await;
}

#[tokio::test]
async fn a_path_that_changes_under_the_agents_eyes_stays_in_the_box() {
    let Some(tried) = Tried::begin().await else { return };
    let swap = "
os.makedirs('/root/a/belay', exist_ok=True); open('/root/a/belay/disk', 'w').write('inside')
if os.fork() == 0:
    os.setsid()
    for target in (0, 1, 2): os.dup2(os.open('/dev/null', os.O_RDWR), target)
    os.symlink('/', '/root/link'); os.makedirs('/root/real/belay', exist_ok=True)
    end = time.time() + 25
    RENAME = {'x86_64': 316, 'aarch64': 276}[os.uname().machine]
    text = ctypes.c_char_p
    while time.time() < end: call(RENAME, -100, text(b'/root/link'), -100, text(b'/root/real'), 2)
";
    tried.python(swap).await;
    for path in
        ["/root/real/../../../belay/disk", "/root/link/../belay/disk", "/root/real/belay/../../../../belay/disk"]
    {
        for _ in 0..100 {
            let seen = look(&tried, path).await;
            if let Observation::File(file) = &seen {
                assert_ne!(file.kind, "directory", "{path}: {seen:?}");
            }
        }
    }
    tried.holds().await;
}

#[tokio::test]
async fn a_check_beside_the_box_finds_nothing_of_the_agents_behind_a_link() {
    let Some(tried) = Tried::begin().await else { return };
    tried
        .client
        .output("ln -s /belay /root/one; ln -s /proc/1/environ /root/two; ln -s /proc/1/root/belay /root/three")
        .await;
    let script = "ls /box/root/one/ /box/root/three/ 2>/dev/null; tr '\\0' '\\n' < /box/root/two; ls /belay; true";
    let seen = tried.client.run(Run { place: Place::Beside, ..script_run(script, "root") }).await;
    assert!(!seen.stdout.contains("agent.sock") && !seen.stdout.contains("upper"), "{seen:?}");
    assert!(!seen.stdout.contains("BELAY_BOX"), "{seen:?}");
    tried.holds().await;
}
