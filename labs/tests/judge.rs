//! Verdicts and their words, case by case.

use labs::{
    catalog::{Check, Expectation, Port, Script, Test, Vars},
    grader::judge,
};
use rstest::rstest;
use scorecards::event::Verdict::{self, Broken, Failed, Passed};
use wire::{
    Observation, RunResult,
    probe::{FileSeen, Listener, ProcessSeen},
};

fn check(test: Test) -> Check {
    Check {
        id: "c".into(),
        title: "t".into(),
        points: 1,
        required: true,
        dimension: "troubleshooting".into(),
        needs: Vec::new(),
        after_reboot: false,
        host: 0,
        feedback: None,
        test,
    }
}

fn vars() -> Vars {
    Vars([("port".to_string(), "8081".to_string()), ("who".into(), "deploy".into())].into())
}

fn judged(expectation: Expectation, observation: &Observation) -> (Verdict, String) {
    judge(&check(Test::Probe(expectation)), observation, &vars())
}

fn some(text: &str) -> Option<String> {
    Some(text.into())
}

fn http(status: Option<u16>, contains: Option<&str>, absent: Option<&str>) -> Expectation {
    Expectation::Http {
        url: "http://127.0.0.1:{{port}}/".into(),
        host: None,
        status,
        contains: contains.map(Into::into),
        absent: absent.map(Into::into),
    }
}

fn answer(status: u16, body: &str) -> Observation {
    Observation::Http { status: Some(status), location: None, body: body.into(), error: None }
}

fn no_answer(error: &str) -> Observation {
    Observation::Http { status: None, location: None, body: String::new(), error: some(error) }
}

#[rstest]
#[case(
    http(Some(200), Some("for {{who}}"), None),
    answer(200, "made for deploy"),
    Passed,
    "http://127.0.0.1:8081/ answers with status 200."
)]
#[case(
    http(Some(200), None, None),
    no_answer("Connection refused (os error 111)"),
    Failed,
    "Nothing answers at http://127.0.0.1:8081/: connection refused."
)]
#[case(
    http(Some(200), None, None),
    no_answer("operation timed out"),
    Failed,
    "Nothing answers at http://127.0.0.1:8081/: no answer in time."
)]
#[case(
    http(Some(200), None, None),
    no_answer("not HTTP."),
    Failed,
    "Nothing answers at http://127.0.0.1:8081/: not HTTP."
)]
#[case(
    http(Some(200), None, None),
    answer(502, ""),
    Failed,
    "http://127.0.0.1:8081/ answers with status 502, expected 200."
)]
#[case(
    http(None, Some("Northwind"), None),
    answer(200, "It works!"),
    Failed,
    "http://127.0.0.1:8081/ answers with status 200, but not with the page that is expected: \"Northwind\" is not in it."
)]
#[case(
    http(None, None, Some("Debian")),
    answer(200, "the Debian page"),
    Failed,
    "http://127.0.0.1:8081/ answers with status 200, but \"Debian\" is still in the page."
)]
#[case(http(None, None, None), answer(404, ""), Passed, "http://127.0.0.1:8081/ answers with status 404.")]
#[case(http(None, None, None), Observation::Failed { error: "the box is down.".into() }, Broken, "This could not be checked, which is not your fault and costs nothing: the box is down.")]
#[case(http(None, None, None), Observation::Tcp { connected: true, error: None }, Broken, "This could not be checked, which is not your fault and costs nothing: what was seen is not what the check asks for.")]
fn over_http(
    #[case] expectation: Expectation,
    #[case] seen: Observation,
    #[case] verdict: Verdict,
    #[case] words: &str,
) {
    assert_eq!(judged(expectation, &seen), (verdict, words.into()));
}

#[rstest]
#[case(true, true, None, Passed, "Something answers on port 8081 of 127.0.0.1.")]
#[case(
    true,
    false,
    Some("Connection refused"),
    Failed,
    "Nothing answers on port 8081 of 127.0.0.1: connection refused."
)]
#[case(true, false, None, Failed, "Nothing answers on port 8081 of 127.0.0.1: no connection.")]
#[case(false, true, None, Failed, "Something still answers on port 8081 of 127.0.0.1.")]
#[case(false, false, Some("Connection refused"), Passed, "Nothing answers on port 8081 of 127.0.0.1.")]
fn over_tcp(
    #[case] open: bool,
    #[case] connected: bool,
    #[case] error: Option<&str>,
    #[case] verdict: Verdict,
    #[case] words: &str,
) {
    let expectation = Expectation::Tcp { host: "127.0.0.1".into(), port: Port::Variable("{{port}}".into()), open };
    let seen = Observation::Tcp { connected, error: error.map(Into::into) };
    assert_eq!(judged(expectation, &seen), (verdict, words.into()));
}

#[derive(Default)]
struct Wants {
    gone: bool,
    mode: Option<u32>,
    owner: Option<&'static str>,
    group: Option<&'static str>,
    contains: Option<&'static str>,
    matches: Option<&'static str>,
    absent: Option<&'static str>,
}

impl Wants {
    fn expectation(&self) -> Expectation {
        let own = |text: Option<&str>| text.map(str::to_string);
        Expectation::File {
            path: "/etc/{{who}}.conf".into(),
            exists: !self.gone,
            mode: self.mode,
            owner: own(self.owner),
            group: own(self.group),
            contains: own(self.contains),
            matches: own(self.matches),
            absent: own(self.absent),
        }
    }
}

fn a_file(content: &str) -> FileSeen {
    FileSeen {
        kind: "file".into(),
        mode: 0o644,
        owner: "root".into(),
        group: "root".into(),
        size: content.len() as u64,
        content: some(content),
    }
}

fn of_kind(kind: &str) -> FileSeen {
    FileSeen { kind: kind.into(), owner: "root".into(), group: "root".into(), ..FileSeen::default() }
}

#[rstest]
#[case(Wants::default(), a_file(""), Passed, "/etc/deploy.conf is as it should be.")]
#[case(Wants::default(), of_kind("absent"), Failed, "/etc/deploy.conf is not there.")]
#[case(Wants { gone: true, ..Wants::default() }, of_kind("absent"), Passed, "/etc/deploy.conf is not there.")]
#[case(Wants { gone: true, ..Wants::default() }, of_kind("directory"), Failed, "/etc/deploy.conf is still there (a directory).")]
#[case(Wants { mode: Some(0o600), ..Wants::default() }, a_file(""), Failed, "/etc/deploy.conf has mode 0644, expected 0600.")]
#[case(Wants { owner: Some("{{who}}"), ..Wants::default() }, a_file(""), Failed, "/etc/deploy.conf belongs to the user root, expected deploy.")]
#[case(Wants { group: Some("adm"), ..Wants::default() }, a_file(""), Failed, "/etc/deploy.conf belongs to the group root, expected adm.")]
#[case(Wants { contains: Some("listen {{port}}"), ..Wants::default() }, a_file("  listen 8081;"), Passed, "/etc/deploy.conf is as it should be.")]
#[case(Wants { contains: Some("listen 80;"), ..Wants::default() }, a_file("listen 8080;"), Failed, "/etc/deploy.conf does not hold what is expected of it yet.")]
#[case(Wants { matches: Some("(?m)^listen +80;$"), ..Wants::default() }, a_file("x\nlisten  80;\n"), Passed, "/etc/deploy.conf is as it should be.")]
#[case(Wants { matches: Some("^listen"), ..Wants::default() }, a_file("# listen"), Failed, "/etc/deploy.conf does not hold what is expected of it yet.")]
#[case(Wants { absent: Some("8080"), ..Wants::default() }, a_file("listen 8080;"), Failed, "/etc/deploy.conf still holds what must not be in it: \"8080\".")]
#[case(Wants { contains: Some("x"), ..Wants::default() }, of_kind("directory"), Failed, "/etc/deploy.conf is a directory, expected a file.")]
#[case(Wants { absent: Some("x"), ..Wants::default() }, FileSeen { size: 1 << 20, ..a_file("y") }, Broken, "This could not be checked, which is not your fault and costs nothing: /etc/deploy.conf is too long to be read whole.")]
#[case(Wants { contains: Some("y"), ..Wants::default() }, FileSeen { size: 1 << 20, ..a_file("y") }, Passed, "/etc/deploy.conf is as it should be.")]
fn files(#[case] wants: Wants, #[case] seen: FileSeen, #[case] verdict: Verdict, #[case] words: &str) {
    assert_eq!(judged(wants.expectation(), &Observation::File(seen)), (verdict, words.into()));
}

fn port(program: Option<&str>, user: Option<&str>, address: Option<&str>, none: bool) -> Expectation {
    let own = |text: Option<&str>| text.map(str::to_string);
    Expectation::Listening {
        port: Port::Number(80),
        program: own(program),
        user: own(user),
        address: own(address),
        none,
    }
}

fn listener(program: &str, user: &str, address: &str) -> Listener {
    Listener { address: address.into(), pid: 412, program: program.into(), user: user.into() }
}

#[rstest]
#[case(port(None, None, None, false), vec![], Failed, "Nobody listens on port 80.")]
#[case(port(None, None, None, true), vec![], Passed, "Nobody holds port 80.")]
#[case(port(None, None, None, true), vec![listener("python3", "deploy", "0.0.0.0")], Failed, "Port 80 is held by python3 (user deploy, process 412).")]
#[case(port(Some("nginx"), None, None, false), vec![listener("python3", "deploy", "0.0.0.0")], Failed, "Port 80 is held by python3 (user deploy, process 412), expected nginx.")]
#[case(port(Some("nginx"), Some("www-data"), None, false), vec![listener("nginx", "root", "::"), listener("nginx", "www-data", "::")], Passed, "Port 80 is held by nginx (user root, process 412).")]
#[case(port(Some("nginx"), Some("www-data"), None, false), vec![listener("nginx", "root", "::")], Failed, "Port 80 is held by nginx (user root, process 412): it runs as root, expected www-data.")]
#[case(port(None, None, Some("0.0.0.0"), false), vec![listener("nginx", "root", "127.0.0.1")], Failed, "Port 80 is held by nginx (user root, process 412), on the address 127.0.0.1, expected 0.0.0.0.")]
#[case(port(None, None, Some("0.0.0.0"), false), vec![listener("nginx", "root", "::")], Passed, "Port 80 is held by nginx (user root, process 412).")]
#[case(port(None, None, Some("127.0.0.1"), false), vec![listener("nginx", "root", "::")], Failed, "Port 80 is held by nginx (user root, process 412), on the address ::, expected 127.0.0.1.")]
#[case(port(None, None, None, true), vec![Listener { pid: 0, ..listener("", "", "::") }], Failed, "Port 80 is held by a process that could not be found.")]
fn ports(
    #[case] expectation: Expectation,
    #[case] listeners: Vec<Listener>,
    #[case] verdict: Verdict,
    #[case] words: &str,
) {
    assert_eq!(judged(expectation, &Observation::Listening { listeners }), (verdict, words.into()));
}

fn named(running: bool, user: Option<&str>) -> Expectation {
    Expectation::Process { name: "nc".into(), running, user: user.map(Into::into) }
}

#[rstest]
#[case(named(true, None), &["root"], Passed, "nc runs (process 7, user root).")]
#[case(named(true, None), &[], Failed, "No process named nc runs.")]
#[case(named(true, Some("www-data")), &["root"], Failed, "nc runs as root, expected www-data.")]
#[case(named(true, Some("www-data")), &["root", "www-data"], Passed, "nc runs (process 8, user www-data).")]
#[case(named(false, None), &["root"], Failed, "nc still runs (process 7, user root).")]
#[case(named(false, Some("{{who}}")), &["root"], Passed, "No process named nc runs.")]
#[case(named(false, None), &[], Passed, "No process named nc runs.")]
fn processes(#[case] expectation: Expectation, #[case] users: &[&str], #[case] verdict: Verdict, #[case] words: &str) {
    let process = |(pid, user): (u32, &&str)| ProcessSeen {
        pid,
        program: "nc".into(),
        argv: vec!["nc".into()],
        user: (*user).into(),
    };
    let processes = (7..).zip(users).map(process).collect();
    assert_eq!(judged(expectation, &Observation::Process { processes }), (verdict, words.into()));
}

#[rstest]
#[case(Some(true), None, ("active", "running", "enabled"), Passed, "nginx.service is active (running).")]
#[case(Some(true), None, ("failed", "failed", "enabled"), Failed, "nginx.service is failed (failed), expected active.")]
#[case(Some(false), None, ("active", "running", "enabled"), Failed, "nginx.service is active (running), expected inactive.")]
#[case(Some(false), None, ("failed", "failed", ""), Passed, "nginx.service is failed (failed).")]
#[case(None, Some(true), ("active", "running", "disabled"), Failed, "nginx.service is disabled: it would not start when the machine does.")]
#[case(None, Some(true), ("active", "running", ""), Failed, "nginx.service is not enabled: it would not start when the machine does.")]
#[case(None, Some(true), ("active", "exited", "static"), Passed, "nginx.service is active (exited).")]
#[case(None, Some(false), ("inactive", "dead", "enabled"), Failed, "nginx.service is enabled: it would start when the machine does.")]
#[case(None, Some(false), ("inactive", "dead", "masked"), Passed, "nginx.service is inactive (dead).")]
#[case(Some(true), None, ("", "", ""), Failed, "There is no unit nginx.service.")]
fn units(
    #[case] active: Option<bool>,
    #[case] enabled: Option<bool>,
    #[case] (state, sub, start): (&str, &str, &str),
    #[case] verdict: Verdict,
    #[case] words: &str,
) {
    let expectation = Expectation::Unit { name: "nginx.service".into(), active, enabled };
    let seen =
        Observation::Unit { active: state.into(), sub: sub.into(), enabled: start.into(), main_pid: 0, error: None };
    assert_eq!(judged(expectation, &seen), (verdict, words.into()));
}

#[test]
fn a_silent_systemd_is_not_the_learners_fault() {
    let expectation = Expectation::Unit { name: "x.service".into(), active: Some(true), enabled: None };
    let seen = Observation::Unit {
        active: String::new(),
        sub: String::new(),
        enabled: String::new(),
        main_pid: 0,
        error: some("the bus does not answer"),
    };
    let (verdict, words) = judged(expectation, &seen);
    assert_eq!(verdict, Broken);
    assert!(words.ends_with("the bus does not answer."), "{words}");
}

#[rstest]
#[case(Some(80), None, (100, 79), (10, 9), Passed, "The filesystem of /var/log has room again (79% full).")]
#[case(Some(80), None, (100, 80), (10, 0), Failed, "The filesystem of /var/log is 80% full, expected below 80%.")]
#[case(Some(80), None, (1000, 971), (10, 0), Failed, "The filesystem of /var/log is 98% full, expected below 80%.")]
#[case(None, Some(50), (100, 100), (10, 5), Failed, "The filesystem of /var/log is 50% out of inodes, expected below 50%.")]
#[case(Some(80), None, (0, 0), (0, 0), Broken, "This could not be checked, which is not your fault and costs nothing: the filesystem of /var/log has no size.")]
#[case(Some(80), None, (u64::MAX, u64::MAX), (10, 0), Failed, "The filesystem of /var/log is 100% full, expected below 80%.")]
fn filesystems(
    #[case] used_below: Option<u32>,
    #[case] inodes_below: Option<u32>,
    #[case] (size, used): (u64, u64),
    #[case] (inodes, inodes_used): (u64, u64),
    #[case] verdict: Verdict,
    #[case] words: &str,
) {
    let expectation = Expectation::Filesystem { path: "/var/log".into(), used_below, inodes_below };
    let seen = Observation::Filesystem { size, used, inodes, inodes_used };
    assert_eq!(judged(expectation, &seen), (verdict, words.into()));
}

fn account(exists: bool, shell: Option<&str>, groups: &[&str]) -> Expectation {
    let groups = groups.iter().map(ToString::to_string).collect();
    Expectation::User { name: "{{who}}".into(), exists, shell: shell.map(Into::into), groups }
}

#[rstest]
#[case(account(true, None, &[]), true, Passed, "The user deploy is as it should be.")]
#[case(account(true, None, &[]), false, Failed, "There is no user deploy.")]
#[case(account(false, None, &[]), true, Failed, "The user deploy is still there.")]
#[case(account(false, None, &[]), false, Passed, "There is no user deploy.")]
#[case(account(true, Some("/bin/bash"), &[]), true, Failed, "The user deploy has the shell /bin/sh, expected /bin/bash.")]
#[case(account(true, None, &["adm", "docker"]), true, Failed, "The user deploy is not in the group docker; it is in: deploy, adm.")]
fn accounts(#[case] expectation: Expectation, #[case] there: bool, #[case] verdict: Verdict, #[case] words: &str) {
    let seen = Observation::User {
        uid: there.then_some(1001),
        gid: there.then_some(1001),
        home: "/home/deploy".into(),
        shell: "/bin/sh".into(),
        groups: vec!["deploy".into(), "adm".into()],
    };
    assert_eq!(judged(expectation, &seen), (verdict, words.into()));
}

fn ended(code: Option<i32>, stdout: &str, stderr: &str) -> RunResult {
    RunResult { code, timed_out: false, stdout: stdout.into(), stderr: stderr.into() }
}

#[rstest]
#[case(0, None, ended(Some(0), "", ""), Passed, "`crontab -l -u deploy` ended with exit code 0.")]
#[case(
    0,
    None,
    ended(Some(1), "", "\nno crontab for deploy\n\n"),
    Failed,
    "`crontab -l -u deploy` ended with exit code 1, expected exit code 0. It said: no crontab for deploy"
)]
#[case(
    0,
    Some("backup"),
    ended(Some(0), "nothing", ""),
    Failed,
    "`crontab -l -u deploy` does not print what is expected of it yet."
)]
#[case(1, None, ended(Some(1), "", ""), Passed, "`crontab -l -u deploy` ended with exit code 1.")]
#[case(0, None, ended(None, "", ""), Failed, "`crontab -l -u deploy` was killed, expected exit code 0.")]
#[case(0, None, RunResult { timed_out: true, ..ended(None, "", "") }, Failed, "`crontab -l -u deploy` took too long and was stopped, expected exit code 0.")]
fn commands(
    #[case] exit: i32,
    #[case] contains: Option<&str>,
    #[case] seen: RunResult,
    #[case] verdict: Verdict,
    #[case] words: &str,
) {
    let argv = ["crontab", "-l", "-u", "{{who}}"].map(String::from).into();
    let expectation = Expectation::Command { argv, exit, contains: contains.map(Into::into) };
    assert_eq!(judged(expectation, &Observation::Command(seen)), (verdict, words.into()));
}

#[rstest]
#[case(ended(Some(0), "looking\nAll rows are there.\n", ""), Passed, "All rows are there.")]
#[case(ended(Some(0), "", ""), Passed, "It is as it should be.")]
#[case(ended(Some(1), "3 of 10 rows are there.", "noise"), Failed, "3 of 10 rows are there.")]
#[case(ended(Some(1), "", "noise"), Failed, "It is not as it should be yet.")]
#[case(
    ended(Some(127), "", "sh: jq: not found"),
    Broken,
    "This could not be checked, which is not your fault and costs nothing: its script could not be run (sh: jq: not found)."
)]
#[case(
    ended(None, "", ""),
    Broken,
    "This could not be checked, which is not your fault and costs nothing: its script was killed."
)]
#[case(RunResult { timed_out: true, ..ended(None, "", "") }, Broken, "This could not be checked, which is not your fault and costs nothing: its script took too long.")]
fn scripts(#[case] seen: RunResult, #[case] verdict: Verdict, #[case] words: &str) {
    let script = Script { path: "checks/rows.sh".into(), text: "true".into() };
    let check = check(Test::Script { script, inside: false });
    assert_eq!(judge(&check, &Observation::Command(seen), &vars()), (verdict, words.into()));
    assert_eq!(judge(&check, &Observation::Tcp { connected: true, error: None }, &vars()).0, Broken);
}

#[test]
fn a_stored_observation_gets_the_same_verdict() {
    let seen = answer(502, "x");
    let stored = serde_json::to_value(&seen).expect("observations are JSON");
    let read: Observation = serde_json::from_value(stored).expect("and can be read back");
    assert_eq!(judged(http(Some(200), None, None), &seen), judged(http(Some(200), None, None), &read));
}
