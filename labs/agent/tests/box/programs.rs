//! Programs that the server runs.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use wire::{Place, Reply, Request, Run};

use crate::support::{Docker, patient, plain, script_run, spec};

fn beside(script: &str) -> Run {
    Run { place: Place::Beside, ..script_run(script, "root") }
}

#[tokio::test]
async fn a_program_runs_as_its_user_in_a_clean_world() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    let mut run = script_run("id -un; id -gn; pwd; env | sort; cat; umask; ps -o tty= -p $$", "engineer");
    run.stdin = "typed\n".into();
    run.env = BTreeMap::from([("STRAY_PORT".into(), "8080 and more".into()), ("LANG".into(), "C".into())]);
    let result = client.run(run).await;
    assert!(result.succeeded(), "{result:?}");
    let wanted = "engineer\nengineer\n/home/engineer\nHOME=/home/engineer\nLANG=C\nLOGNAME=engineer\n\
                  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nPWD=/home/engineer\n\
                  STRAY_PORT=8080 and more\nUSER=engineer\ntyped\n0022\n?\n";
    assert_eq!(result.stdout, wanted);
    // Every signal is as at birth, and nothing is open but the three.
    let signals = client.output("grep -E '^Sig(Blk|Ign)' /proc/self/status").await;
    assert_eq!(signals.matches("0000000000000000").count(), 2, "{signals}");
    assert_eq!(client.output("ls /proc/self/fd | tr '\\n' ' '").await, "0 1 2 3");
}

#[tokio::test]
async fn the_end_is_told_as_it_was() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    assert_eq!(client.root("echo out; echo err >&2; exit 7").await.code, Some(7));
    assert_eq!(client.root("kill -9 $$").await.code, None);
    for (file, code) in [("no-such-program", 127), ("/etc/passwd", 126), ("/etc", 126)] {
        for place in [Place::Inside, Place::Beside] {
            let result = client.run(Run { argv: vec![file.into()], place, ..script_run("", "root") }).await;
            assert_eq!(result.code, Some(code), "{file} {place:?}: {result:?}");
            assert!(result.stderr.contains(file), "{result:?}");
        }
    }
    let long = client.root("seq 100000; printf '\\377'").await;
    assert!(long.stdout.len() <= (64 << 10) + 3 && long.stdout.ends_with("100000\n\u{fffd}"), "{}", long.stdout.len());
    let (_, reply) = client.ask(&Request::Run(script_run("true", "nobody-here"))).await;
    assert!(matches!(&reply, Reply::Refused(refusal) if refusal.message.contains("nobody-here")), "{reply:?}");
    let mut large = script_run("wc -c", "root");
    large.stdin = "x".repeat(1 << 20);
    assert_eq!(client.run(large).await.stdout.trim(), (1 << 20).to_string());
}

#[tokio::test]
async fn a_program_that_leaves_something_running_is_not_waited_for() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    let start = Instant::now();
    // As a setup script does it that starts the culprit.
    let result = client.root("sleep 777 & echo started").await;
    assert!(start.elapsed() < patient(Duration::from_secs(5)) && result.stdout == "started\n", "{result:?}");
    assert_eq!(client.output("pgrep -x -c sleep").await, "1");
}

#[tokio::test]
async fn time_that_is_up_ends_all_that_was_started() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    let stubborn = "trap '' TERM INT HUP; setsid sh -c 'trap \"\" TERM; sleep 778; sleep 778' & (sleep 778 &) ; echo started; sleep 778";
    for place in [Place::Inside, Place::Beside] {
        let start = Instant::now();
        let result = client.run(Run { limit_ms: 700, place, ..script_run(stubborn, "root") }).await;
        assert!(result.timed_out && result.code.is_none() && result.stdout == "started\n", "{result:?}");
        assert!(start.elapsed() < patient(Duration::from_secs(4)), "{:?}", start.elapsed());
        // The brackets keep the command that looks from finding itself.
        let left = client.run(beside("grep -l -a 'sleep.77[8]' /proc/[0-9]*/cmdline 2>/dev/null | wc -l")).await;
        assert_eq!(left.stdout.trim(), "0", "{place:?}: {left:?}");
        assert!(!client.root("pgrep -x sleep").await.succeeded(), "{place:?}");
    }
    let endless = client.run(Run { limit_ms: 500, ..script_run("while :; do echo y; done", "root") }).await;
    assert!(endless.timed_out && endless.stdout.ends_with('\n'));
}

#[tokio::test]
async fn a_check_beside_the_box_has_the_images_programs_and_the_boxs_files() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    // Whatever the learner has done to the box's programs.
    client.output("printf '#!/bin/sh\\necho fooled\\n' > /usr/local/bin/cat; chmod +x /usr/local/bin/cat; rm /usr/bin/head; echo fact > /etc/fact; echo f > /tmp/f; echo r > /run/r").await;
    let result = client.run(beside("cat /box/etc/fact /box/tmp/f /box/run/r && head -1 /box/etc/passwd && echo work > /tmp/work && ls /belay | wc -l && id -u; grep CapEff /proc/self/status")).await;
    assert!(result.succeeded(), "{result:?}");
    assert!(result.stdout.starts_with("fact\nf\nr\nroot:") && result.stdout.contains("\n0\n0\nCapEff"), "{result:?}");
    // With the box's network, and without the agent's rights.
    client.output("systemd-run -q python3 -m http.server 8080 --directory /etc && until ss -tln | grep -q 8080; do sleep 0.1; done").await;
    let fetched = client.run(beside("curl -s http://127.0.0.1:8080/fact")).await;
    assert_eq!(fetched.stdout, "fact\n", "{fetched:?}");
    for command in ["mount -t tmpfs none /mnt", "nsenter -t 1 -m true", "echo x > /etc/x", "mknod /tmp/x c 1 1"] {
        assert!(!client.run(beside(command)).await.succeeded(), "{command}");
    }
}

#[tokio::test]
async fn many_at_once_do_not_get_in_each_others_way() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    let start = Instant::now();
    let runs = (0..40).map(|number| client.run(script_run(&format!("sleep 0.3; echo {number}"), "engineer")));
    for (number, result) in futures::future::join_all(runs).await.into_iter().enumerate() {
        assert_eq!(result.stdout, format!("{number}\n"), "{result:?}");
    }
    assert!(start.elapsed() < patient(Duration::from_secs(6)), "{:?}", start.elapsed());
}
