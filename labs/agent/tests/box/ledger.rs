//! What was run, by the kernel's word.

use std::time::{Duration, Instant};

use wire::journal::{Origin, Ran, What};

use crate::support::{Client, Docker, Keyboard, Sandbox, plain, runs, script_run, spec};

async fn handed_over(docker: &Docker) -> (Sandbox, Client, Keyboard) {
    let (sandbox, client) = docker.start(&spec()).await;
    client.handover().await;
    let mut keyboard = Keyboard::sit_down(&client, 1).await;
    keyboard.line("echo re''ady", "ready").await;
    (sandbox, client, keyboard)
}

#[tokio::test]
async fn a_command_is_known_wherever_it_is_run() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client, mut keyboard) = handed_over(&docker).await;
    let ways = [
        ("at the prompt", "id --version NUMBER >/dev/null", 1000),
        ("in bash", "bash -c 'id --version NUMBER >/dev/null; true'", 1000),
        ("in a nested shell", "bash -ic 'sh -c \"id --version NUMBER; true\"' >/dev/null", 1000),
        ("with sudo", "sudo id --version NUMBER >/dev/null", 0),
        ("with sudo -i", "sudo -i id --version NUMBER >/dev/null", 0),
        ("with sudo su -", "sudo su - -c 'id --version NUMBER' >/dev/null", 0),
        ("in a pipe", "id --version NUMBER | cat >/dev/null", 1000),
        ("in the background", "id --version NUMBER >/dev/null & wait", 1000),
        ("by a script", "printf '#!/bin/sh\\nid --version NUMBER >/dev/null\\n' >s; chmod +x s; ./s", 1000),
        ("by a script without a first line", "printf 'id --version NUMBER >/dev/null\\n' >t; chmod +x t; ./t", 1000),
        ("by xargs", "echo NUMBER | xargs id --version >/dev/null", 1000),
        (
            "by python",
            "python3 -c 'import subprocess; subprocess.run([\"id\",\"--version\",\"NUMBER\"])' >/dev/null",
            1000,
        ),
        ("by env", "env id --version NUMBER >/dev/null", 1000),
        ("by exec", "(exec id --version NUMBER >/dev/null)", 1000),
        ("under strace", "strace -o /dev/null -f id --version NUMBER >/dev/null", 1000),
        ("with script", "script -qc 'id --version NUMBER' /dev/null >/dev/null", 1000),
        ("in tmux", "tmux new-session -d 'id --version NUMBER >/dev/null'", 1000),
    ];
    for (number, (way, command, uid)) in ways.iter().enumerate() {
        let number = format!("way-{number}");
        keyboard.types(&format!("{}\n", command.replace("NUMBER", &number))).await;
        let (ran, code) = client.ended(&["id", "--version", &number]).await;
        assert_eq!((code, ran.uid, ran.exe.as_str(), ran.pristine), (Some(0), *uid, "/usr/bin/id", true), "{way}");
        assert_eq!(ran.origin, Origin::Terminal(1), "{way}");
        let journal = client.journal().await;
        assert_eq!(
            runs(&journal).iter().filter(|(ran, _)| ran.argv.contains(&number) && ran.argv[0] == "id").count(),
            1,
            "{way}"
        );
    }
    let (ran, _) = client.ended(&["id", "--version", "way-0"]).await;
    assert_eq!(ran.cwd, "/home/engineer");
}

#[tokio::test]
async fn the_family_is_known() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client, mut keyboard) = handed_over(&docker).await;
    keyboard.line("sudo sh -c 'cd /etc; sleep 0.11; exit 5'; echo co''de $?", "code 5").await;
    let (sleep, _) = client.ended(&["sleep", "0.11"]).await;
    let (shell, code) = client.ended(&["sh", "-c", "cd /etc; sleep 0.11; exit 5"]).await;
    let (sudo, outer) = client.ended(&["sudo", "sh", "-c", "cd /etc; sleep 0.11; exit 5"]).await;
    assert_eq!((sleep.parent, shell.parent), (Some(shell.run), Some(sudo.run)));
    assert_eq!((code, outer, sleep.cwd.as_str()), (Some(5), Some(5), "/etc"));
    let (login, _) =
        runs(&client.journal().await).into_iter().find(|(ran, _)| ran.run == sudo.parent.unwrap()).unwrap();
    assert_eq!((login.argv, login.exe.as_str(), login.uid), (vec!["-bash".to_owned()], "/usr/bin/bash", 1000));
    // One process, two programs, one end.
    keyboard.line("env sh -c 'exit 6'; echo co''de $?", "code 6").await;
    let (env, first) = client.ended(&["env", "sh", "-c", "exit 6"]).await;
    let (shell, second) = client.ended(&["sh", "-c", "exit 6"]).await;
    assert_eq!((shell.parent, first, second), (Some(env.run), Some(6), Some(6)));
}

/// A static program of 64 bits that does nothing but exit with 9, by the call that is named.
fn static_program(path: &str, call: u8) -> String {
    let code = format!("b8{call:02x}000000bf090000000f05");
    format!(
        "python3 -c \"import os; code=bytes.fromhex('{code}'); \
         head=bytes.fromhex('7f454c46020101000000000000000000'+'02003e0001000000'+'7800400000000000'+'4000000000000000'+'0000000000000000'+'00000000'+'4000380001000000'+'00000000'); \
         load=bytes.fromhex('0100000005000000'+'0000000000000000'+'0000400000000000'+'0000400000000000'+'8800000000000000'+'8800000000000000'+'0010000000000000'); \
         open('{path}','wb').write(head+load+code); os.chmod('{path}',0o755)\""
    )
}

#[cfg(target_arch = "x86_64")]
#[tokio::test]
async fn a_static_program_is_known() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client, mut keyboard) = handed_over(&docker).await;
    for (name, call) in [("group", 231), ("thread", 60)] {
        client.output(&static_program(&format!("/usr/local/bin/static-{name}"), call)).await;
        keyboard.line(&format!("static-{name} -x; echo co''de $?"), "code 9").await;
        let (ran, code) = client.ended(&[&format!("static-{name}"), "-x"]).await;
        assert_eq!((code, ran.pristine), (Some(9), false), "{name}: {ran:?}");
    }
}

#[tokio::test]
async fn nothing_typed_or_printed_makes_an_entry() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client, mut keyboard) = handed_over(&docker).await;
    keyboard
        .line(
            "echo nginx -t; printf '\\e]633;E;nginx -t\\a'; : nginx -t; nginx() { :; }; nginx -t; echo do''ne",
            "done",
        )
        .await;
    // A name of its own for another program, a program that is not there, one that may not be run.
    keyboard.line("bash -c 'exec -a nginx true -t'; no-such-nginx -t; /etc/passwd -t; echo al''so", "also").await;
    client.ended(&["nginx", "-t"]).await;
    let journal = client.journal().await;
    let of_nginx: Vec<_> =
        runs(&journal).into_iter().filter(|(ran, _)| ran.argv.iter().any(|word| word.contains("nginx"))).collect();
    for (ran, _) in &of_nginx {
        // What the kernel has run is told, whatever it calls itself.
        assert!(matches!(ran.exe.as_str(), "/usr/bin/true" | "/usr/bin/bash"), "{ran:?}");
    }
    assert!(!runs(&journal).iter().any(|(ran, _)| ran.exe.contains("passwd") || ran.exe.contains("no-such")));
    let lines: Vec<_> = journal
        .iter()
        .filter_map(|entry| if let What::Line { terminal: 1, text } = &entry.what { Some(text.as_str()) } else { None })
        .collect();
    assert!(lines.contains(&"nginx -t"), "the mark is told as what it is: {lines:?}");
}

#[tokio::test]
async fn a_changed_program_is_not_pristine() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    client.output("cp /usr/bin/true /usr/local/bin/made-by-setup").await;
    client.handover().await;
    let mut keyboard = Keyboard::sit_down(&client, 1).await;
    let attempts = [
        ("made-by-setup 1", true),
        ("sudo cp /usr/bin/true /usr/local/bin/nginx; nginx 2", false),
        ("sudo mv /usr/bin/yes /usr/bin/nginx2; nginx2 --version 3", false),
        ("sudo cp /usr/bin/true /tmp/x; sudo mv /tmp/x /usr/bin/tty; hash -r; tty 4", false),
        ("sudo touch -d '2001-01-01' /usr/bin/who; who --version 5", false),
        ("sudo ln /usr/bin/uname /usr/bin/nginx6; nginx6 --version 6", false),
        ("sudo ln -s /usr/bin/true /usr/bin/nginx7; nginx7 7", true),
    ];
    for (line, pristine) in attempts {
        keyboard.types(&format!("{line}\n")).await;
        let last: Vec<&str> = line.rsplit("; ").next().unwrap().split(' ').collect();
        let (ran, _) = client.ended(&last).await;
        assert_eq!(ran.pristine, pristine, "{line}: {ran:?}");
        assert!(pristine || ran.exe.ends_with(last[0]), "{ran:?}");
    }
    let (link, _) = client.ended(&["nginx7", "7"]).await;
    assert_eq!(link.exe, "/usr/bin/true", "a link does not lend its name");
}

#[tokio::test]
async fn codes_are_those_of_what_really_ran() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client, mut keyboard) = handed_over(&docker).await;
    keyboard.line("sleep 100 & sleep 0.3; kill -9 $!; wait; echo ki''lled", "killed").await;
    assert_eq!(client.ended(&["sleep", "100"]).await.1, None);
    keyboard.line("timeout 0.1 sleep 101; echo co''de $?", "code 124").await;
    assert_eq!(client.ended(&["sleep", "101"]).await.1, None);
    assert_eq!(client.ended(&["timeout", "0.1", "sleep", "101"]).await.1, Some(124));
    keyboard.line("cmp -s /etc/passwd /etc/group; echo co''de $?", "code 1").await;
    assert_eq!(client.ended(&["cmp", "-s", "/etc/passwd", "/etc/group"]).await.1, Some(1));
    // Let go on, the kernel still refuses (the environment is too large), and the process then claims success.
    let forger = "import os\npid = os.fork()\nif pid == 0:\n  try: os.execve('/usr/bin/id', ['id', '--forged'], {'x': 'x' * (1 << 20)})\n  except OSError: os._exit(0)\nos.wait()";
    keyboard
        .line(
            &format!(
                "python3 -c \"$(printf '{}')\"; echo fo''rged",
                forger.replace('\n', "\\n").replace('\'', "\\x27")
            ),
            "forged",
        )
        .await;
    assert_eq!(client.ended(&["id", "--forged"]).await.1, None);
    // A thread that runs a program is its process.
    keyboard.line("python3 -c 'import threading,os; t=threading.Thread(target=lambda: os.execv(\"/usr/bin/id\",[\"id\",\"-u\",\"-r\"])); t.start(); t.join()'", "1000").await;
    assert_eq!(client.ended(&["id", "-u", "-r"]).await.1, Some(0));
}

#[tokio::test]
async fn arguments_are_told_within_bounds() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client, mut keyboard) = handed_over(&docker).await;
    keyboard.line("/bin/true $(seq 1000); /bin/true $(printf 'x%.0s' $(seq 5000)); /bin/true \"a b\" '' 'ü' $'\\xff'; echo do''ne", "done").await;
    let (odd, _) = client.ended(&["/bin/true", "a b", "", "ü", "\u{fffd}"]).await;
    assert!(!odd.cut);
    let trues: Vec<Ran> = runs(&client.journal().await)
        .into_iter()
        .map(|(ran, _)| ran)
        .filter(|ran| ran.argv[0] == "/bin/true")
        .collect();
    assert!(trues.iter().any(|ran| ran.cut && ran.argv.len() == 64 && ran.argv[63] == "63"), "{trues:?}");
    assert!(trues.iter().any(|ran| ran.cut && ran.argv[1].len() == 512), "{trues:?}");
}

#[tokio::test]
async fn origins_are_told_apart() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    let mut keyboard = Keyboard::sit_down(&client, 3).await;
    keyboard.line("uname -a; echo be''fore", "before").await;
    client.output("uname -s").await;
    let silent = client.journal().await;
    assert!(runs(&silent).is_empty(), "nothing is recorded before the handover: {silent:?}");
    client.handover().await;
    client.handover().await;
    client.output("uname -v").await;
    let mut solution = script_run("uname -m; systemd-run --wait -q uname -o", "root");
    solution.as_learner = true;
    assert!(client.run(solution).await.succeeded());
    keyboard.line("uname -r; echo af''ter", "after").await;
    assert_eq!(client.ended(&["uname", "-m"]).await.0.origin, Origin::Solution);
    assert_eq!(client.ended(&["uname", "-r"]).await.0.origin, Origin::Terminal(3));
    let (service, _) = client.ended(&["/usr/bin/uname", "-o"]).await;
    assert_eq!((service.origin, service.parent), (Origin::Init, None));
    let all = runs(&client.journal().await);
    assert!(!all.iter().any(|(ran, _)| ran.argv == ["uname", "-v"] || ran.argv == ["uname", "-a"]), "{all:?}");
}

#[tokio::test]
async fn the_journal_is_kept_until_it_is_acknowledged() {
    let Some(docker) = Docker::find() else { return };
    let (sandbox, client, mut keyboard) = handed_over(&docker).await;
    keyboard.line("true; /bin/true one; echo do''ne", "done").await;
    client.ended(&["/bin/true", "one"]).await;
    let before = client.journal().await;
    // Whoever asks again, over whatever connection, gets the same.
    let other = Client::connect(&sandbox).await;
    assert_eq!(other.journal().await[..before.len()], before[..]);
    let half = before[before.len() / 2].seq;
    other.acknowledge(half).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(client.journal().await[0].seq, half + 1);
    assert!(before.windows(2).all(|pair| pair[0].at_us <= pair[1].at_us && pair[0].seq + 1 == pair[1].seq));
}

#[tokio::test]
async fn the_ledger_is_quick_and_complete() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    let count = 1000;
    let script = format!("i=0; while [ $i -lt {count} ]; do /bin/true; i=$((i+1)); done");
    let time = async |recorded: bool| {
        let mut run = script_run(&script, "root");
        run.as_learner = recorded;
        run.limit_ms = 120_000;
        let start = Instant::now();
        assert!(client.run(run).await.succeeded());
        start.elapsed() / count
    };
    let unrecorded = time(false).await;
    client.handover().await;
    let recorded = time(true).await;
    eprintln!("fork, exec, exit and wait: {unrecorded:?} unrecorded, {recorded:?} recorded");
    assert!(recorded < 10 * unrecorded.max(Duration::from_micros(500)), "{unrecorded:?} {recorded:?}");
    let all = runs(&client.journal().await);
    let complete = all.iter().filter(|(ran, ended)| ran.exe == "/usr/bin/true" && *ended == Some(Some(0))).count();
    assert_eq!(complete, count as usize);
}
