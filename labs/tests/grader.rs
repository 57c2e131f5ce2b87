//! Which checks are made when, and what becomes of those that can't be.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod fake;

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use fake::Fake;
use labs::{
    catalog::{Catalog, Lab},
    grader::{self, Outcome, Scope},
};
use scorecards::event::Verdict::{self, Blocked, Broken, Failed, Passed};
use wire::{Observation, Place, Probe, Refusal, Reply, Request, Run, RunResult, call::Hello};

/// A lab whose checks are these: id, what it needs, whether after the restart, and how it looks.
fn lab(checks: &[(&str, &[&str], bool, &str)]) -> Lab {
    let dir = tempfile::tempdir().unwrap();
    let lab = dir.path().join("lab");
    fs::create_dir_all(lab.join("checks")).unwrap();
    let mut toml = String::from(
        "title = \"t\"\nsummary = \"s\"\nminutes = 5\nphase = 30\n[sandbox]\nimage = \"belay/plain\"\nmemory = \"256m\"\ndisk = \"16m\"\n[vars]\nport = { between = [8001, 8999] }\n",
    );
    for (id, needs, after, look) in checks {
        let after = if *after { "after = \"reboot\"\n" } else { "" };
        toml += &format!(
            "[[check]]\nid = \"{id}\"\ntitle = \"title of {id}\"\nneeds = {needs:?}\n{after}{look}\npoints = 1\nrequired = true\ndimension = \"troubleshooting\"\n"
        );
        if look.contains("checks/x.sh") {
            fs::write(lab.join("checks/x.sh"), "#!/bin/bash\nexit 0\n").unwrap();
        }
    }
    for (path, text) in [
        ("lab.toml", &*toml),
        ("brief.md", "{{port}}"),
        ("debrief.md", "d"),
        ("setup.sh", "true"),
        ("solution.sh", "true"),
    ] {
        fs::write(lab.join(path), text).unwrap();
    }
    Catalog::load_lab(&lab).unwrap_or_else(|problems| panic!("{problems}"))
}

fn hello() -> Reply {
    Reply::Hello(Hello {
        version: wire::VERSION,
        boots: 1,
        ready: true,
        trouble: None,
        handed_over: true,
        terminals: Vec::new(),
        journal_end: 0,
    })
}

/// What was asked of the box, and how it answers.
#[derive(Default)]
struct World {
    /// Ports that answer.
    open: Mutex<Vec<u16>>,
    /// Ports that answer only from the so-many-th look after the restart.
    late: Option<(u16, usize)>,
    looks: AtomicUsize,
    reboots: AtomicUsize,
    cannot_reboot: bool,
    requests: Mutex<Vec<String>>,
    runs: Mutex<Vec<Run>>,
    exit: i32,
}

impl World {
    fn answer(&self, request: &Request) -> Option<Reply> {
        Some(match request {
            Request::Probe { probes } => {
                self.requests.lock().unwrap().push(format!("{} probes", probes.len()));
                let looks = if self.reboots.load(Ordering::SeqCst) > 0 {
                    self.looks.fetch_add(1, Ordering::SeqCst) + 1
                } else {
                    0
                };
                let observe = |probe: &Probe| {
                    let Probe::Tcp { port, .. } = probe else {
                        return Observation::Failed { error: "what?".into() };
                    };
                    let late = self.late.is_some_and(|(late, from)| late == *port && looks >= from);
                    Observation::Tcp { connected: late || self.open.lock().unwrap().contains(port), error: None }
                };
                Reply::Observed { observations: probes.iter().map(observe).collect() }
            }
            Request::Run(run) => {
                self.requests.lock().unwrap().push("run".into());
                self.runs.lock().unwrap().push(run.clone());
                Reply::Ran(RunResult {
                    code: Some(self.exit),
                    timed_out: false,
                    stdout: "said\n".into(),
                    stderr: String::new(),
                })
            }
            Request::Reboot if self.cannot_reboot => Reply::Refused(Refusal { message: "stuck".into() }),
            Request::Reboot => {
                self.requests.lock().unwrap().push("reboot".into());
                self.reboots.fetch_add(1, Ordering::SeqCst);
                Reply::Done
            }
            _ => hello(),
        })
    }
}

async fn outcomes(world: World, lab: &Lab, scope: Scope) -> (Vec<Outcome>, Arc<World>) {
    let world = Arc::new(world);
    let answering = Arc::clone(&world);
    let fake = Fake::new(move |request| answering.answer(request));
    let outcomes = grader::run(&fake.hosts(), lab, &lab.draw(1), scope).await;
    (outcomes, world)
}

fn verdicts(outcomes: &[Outcome]) -> Vec<(&str, Verdict)> {
    outcomes.iter().map(|outcome| (outcome.check.as_str(), outcome.verdict)).collect()
}

fn open(ports: &[u16]) -> World {
    World { open: Mutex::new(ports.into()), ..World::default() }
}

const SITE: (&str, &[&str], bool, &str) = ("site", &["port"], false, "probe.tcp = { port = 80 }");
const PORT: (&str, &[&str], bool, &str) = ("port", &[], false, "probe.tcp = { port = 81 }");
const RESTART: (&str, &[&str], bool, &str) = ("restart", &["site"], true, "probe.tcp = { port = 82 }");
const SCRIPT: (&str, &[&str], bool, &str) = ("script", &["site"], false, "script = \"checks/x.sh\"");

#[tokio::test]
async fn live_checks_are_made_at_once_and_leave_the_box_alone() {
    let lab = lab(&[SITE, PORT, RESTART, SCRIPT]);
    let (outcomes, world) = outcomes(open(&[80, 81]), &lab, Scope::Live).await;
    assert_eq!(verdicts(&outcomes), [("site", Passed), ("port", Passed), ("script", Passed)]);
    assert_eq!(*world.requests.lock().unwrap(), ["2 probes", "run"]);
    assert_eq!(outcomes[2].feedback, "said");
    assert_eq!(outcomes[0].observation["saw"], "tcp");
    let run = &world.runs.lock().unwrap()[0];
    assert_eq!((run.place, run.env["BOX"].as_str(), run.argv[0].as_str()), (Place::Beside, "/box", "/bin/bash"));
    assert_eq!(run.env["PORT"], lab.draw(1).0["port"]);
}

#[tokio::test]
async fn the_labs_own_words_point_while_one_works_and_at_the_end_one_is_told_what_was_seen() {
    let look = "probe.tcp = { port = 80 }\nfeedback = \"Ask port 80, not {{port}}.\"";
    let lab = lab(&[("own", &[], false, look)]);
    let hint = format!("Ask port 80, not {}.", lab.draw(1).0["port"]);
    let (live, _) = outcomes(open(&[]), &lab, Scope::Live).await;
    assert_eq!(live[0].feedback, hint);
    let (closing, _) = outcomes(open(&[]), &lab, Scope::Closing).await;
    assert!(closing[0].feedback.starts_with(&format!("{hint} What was seen: ")), "{}", closing[0].feedback);
    let (passed, _) = outcomes(open(&[80]), &lab, Scope::Live).await;
    assert!(!passed[0].feedback.contains(&hint), "{}", passed[0].feedback);
}

#[tokio::test]
async fn what_needs_a_failed_check_waits_for_it() {
    let lab = lab(&[SITE, PORT, RESTART, SCRIPT]);
    let (outcomes, world) = outcomes(open(&[80]), &lab, Scope::Closing).await;
    assert_eq!(verdicts(&outcomes), [("site", Blocked), ("port", Failed), ("restart", Blocked), ("script", Blocked)]);
    assert_eq!(outcomes[0].feedback, "Waits for: title of port");
    assert_eq!(outcomes[0].observation, serde_json::Value::Null);
    assert_eq!(*world.requests.lock().unwrap(), ["2 probes", "1 probes"], "no restart and no script for nothing");
}

#[tokio::test]
async fn closing_restarts_once_and_waits_for_services() {
    let lab = lab(&[PORT, SITE, RESTART]);
    let (outcomes, world) = outcomes(World { late: Some((82, 4)), ..open(&[80, 81]) }, &lab, Scope::Closing).await;
    assert_eq!(verdicts(&outcomes), [("port", Passed), ("site", Passed), ("restart", Passed)]);
    assert_eq!((world.reboots.load(Ordering::SeqCst), world.looks.load(Ordering::SeqCst)), (1, 4));
}

#[tokio::test]
#[ignore = "waits for 20 seconds: for make test-full"]
async fn closing_does_not_wait_for_ever() {
    let lab = lab(&[PORT, SITE, RESTART]);
    let (outcomes, world) = outcomes(open(&[80, 81]), &lab, Scope::Closing).await;
    assert_eq!(verdicts(&outcomes)[2], ("restart", Failed));
    assert_eq!(world.reboots.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_box_that_does_not_restart_is_our_fault() {
    let lab = lab(&[PORT, SITE, RESTART]);
    let (outcomes, _) = outcomes(World { cannot_reboot: true, ..open(&[80, 81]) }, &lab, Scope::Closing).await;
    assert_eq!(verdicts(&outcomes)[2], ("restart", Broken));
    assert!(outcomes[2].feedback.contains("not your fault"), "{}", outcomes[2].feedback);
}

#[tokio::test]
async fn what_waits_for_a_broken_check_is_broken_too() {
    let lab = lab(&[
        ("script", &[], false, "script = \"checks/x.sh\""),
        ("next", &["script"], false, "probe.tcp = { port = 80 }"),
        ("last", &["next"], false, "probe.tcp = { port = 80 }"),
    ]);
    let (outcomes, world) = outcomes(World { exit: 127, ..open(&[80]) }, &lab, Scope::Live).await;
    assert_eq!(verdicts(&outcomes), [("script", Broken), ("next", Broken), ("last", Broken)]);
    assert_eq!(world.runs.lock().unwrap()[0].place, Place::Beside);
}

#[tokio::test]
async fn who_takes_a_program_away_that_a_check_needs_has_failed_it() {
    let lab = lab(&[("script", &[], false, "script = \"checks/x.sh\"\ninside = true")]);
    let (outcomes, world) = outcomes(World { exit: 127, ..open(&[80]) }, &lab, Scope::Live).await;
    assert_eq!(verdicts(&outcomes), [("script", Failed)]);
    assert_eq!(world.runs.lock().unwrap()[0].place, Place::Inside);
}

#[tokio::test]
async fn a_sandbox_that_is_gone_fails_nobody() {
    let lab = lab(&[PORT, SITE, SCRIPT, RESTART]);
    let fake = Fake::new(|_| None);
    fake.gone.store(true, Ordering::SeqCst);
    let outcomes = grader::run(&fake.hosts(), &lab, &lab.draw(1), Scope::Closing).await;
    assert_eq!(outcomes.len(), 4);
    assert!(outcomes.iter().all(|outcome| outcome.verdict == Broken), "{outcomes:?}");
}
