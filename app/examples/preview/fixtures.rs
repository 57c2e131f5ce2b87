//! Made-up values for every page.

use chrono::{DateTime, TimeDelta, Utc};
use platform::{
    access::Role,
    views::{
        AlertView, AttemptState, AttemptSummary, AttemptView, CheckView, CommandLine, HintView, Home, HostView,
        KpiSaid, LabCard, LabView, PortView, ResultView, TimeView, Viewer,
    },
};
use scorecards::{
    event::{EndReason, Mode, Verdict},
    score::{About, AttemptResult, DimensionPoints, Evidence, Line, Outcome},
    signal::Work,
};
use uuid::Uuid;

use app::pages::signin::SignInView;

fn person(n: u128, name: &str, role: Role) -> Viewer {
    Viewer { id: Uuid::from_u128(n), name: name.into(), role }
}

/// When the pages are looked at.
pub(crate) fn now() -> DateTime<Utc> {
    at(5)
}

pub(crate) fn viewer() -> Viewer {
    person(1, "Amara Okafor", Role::Learner)
}

pub(crate) fn signin(problem: Option<&str>) -> SignInView {
    SignInView {
        people: vec![
            viewer(),
            person(2, "Jonas Lindqvist", Role::Learner),
            person(3, "Priya Raman", Role::Manager),
            person(4, "Tom\u{e1}s Herrera", Role::Interviewer),
        ],
        problem: problem.map(Into::into),
        next: Some("/labs/nginx-port-conflict".into()),
    }
}

fn card(id: &str, title: &str, summary: &str, minutes: u32, phase: u32, attempts: u32, passed: bool) -> LabCard {
    let skills = ["systemd-services", "tcp-ports", "nginx", "log-reading"].map(Into::into).into();
    LabCard {
        exercise: None,
        id: id.into(),
        title: title.into(),
        summary: summary.into(),
        minutes,
        phase,
        skills,
        attempts,
        passed,
        running: None,
    }
}

fn nginx() -> LabCard {
    card(
        "nginx-port-conflict",
        "The web server that would not come back",
        "After a reboot the status page is down. Find what holds the port, and why the web server still refuses to start.",
        40,
        30,
        1,
        false,
    )
}

fn disk() -> LabCard {
    card(
        "disk-full-runaway-log",
        "No space left on device",
        "A service fills its disk, and deleting the log does not give the space back.",
        35,
        30,
        2,
        true,
    )
}

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_351_200, 0).unwrap_or_default() + TimeDelta::minutes(minutes)
}

fn attempt_of(
    lab: &LabCard,
    n: u128,
    state: AttemptState,
    passed: Option<bool>,
    points: Option<(i32, i32)>,
) -> AttemptSummary {
    AttemptSummary {
        id: Uuid::from_u128(n),
        lab: lab.id.clone(),
        title: lab.title.clone(),
        started: at(-60 * i64::try_from(n).unwrap_or(1)),
        state,
        passed,
        points,
    }
}

fn recent() -> Vec<AttemptSummary> {
    vec![
        attempt_of(&nginx(), 21, AttemptState::Ended(EndReason::Finished), Some(false), Some((14, 60))),
        attempt_of(&disk(), 45, AttemptState::Ended(EndReason::Finished), Some(true), Some((52, 60))),
        attempt_of(&disk(), 50, AttemptState::Ended(EndReason::Expired), Some(false), Some((10, 60))),
        attempt_of(&disk(), 51, AttemptState::Failed("The machine did not start.".into()), None, None),
    ]
}

pub(crate) fn home() -> Home {
    Home {
        running: None,
        next: Some(nginx()),
        labs: vec![disk(), nginx()],
        recent: recent(),
        trouble: None,
        people: vec![],
        to_judge: 0,
    }
}

pub(crate) fn home_running() -> Home {
    let running =
        attempt_of(&nginx(), 5, AttemptState::Running { deadline: now() + TimeDelta::minutes(31) }, None, None);
    let mut lab = nginx();
    lab.running = Some(running.id);
    Home {
        running: Some(running),
        next: Some(lab.clone()),
        labs: vec![disk(), lab],
        recent: recent(),
        trouble: None,
        people: vec![],
        to_judge: 0,
    }
}

fn trouble() -> Option<String> {
    Some("The container engine does not answer at /var/run/docker.sock. Whoever runs this Belay can start it (systemctl start docker) and see more with belay doctor. Everything else works meanwhile.".into())
}

pub(crate) fn home_trouble() -> Home {
    Home { trouble: trouble(), ..home() }
}

pub(crate) fn home_empty() -> Home {
    Home {
        running: None,
        next: Some(LabCard { attempts: 0, ..nginx() }),
        labs: vec![LabCard { attempts: 0, ..nginx() }],
        recent: vec![],
        trouble: None,
        people: vec![],
        to_judge: 0,
    }
}

const BRIEF: &str = "**INC-2041 \u{b7} Priority 2 \u{b7} reported by the service desk**\n\nSince the night's reboot of `web1` the status page at `http://web1:8081/status` does not answer. The on-call colleague tried to start the web server twice and went to bed.\n\n## What is wanted\n\n1. The status page answers again with `200` and the word *operational*.\n2. It comes back by itself after the next reboot.\n3. Whatever else was running stays up, or you say why not.\n\n> The machine is yours; `sudo` asks for no password. The colleague's account is `deploy`.\n\n```sh\n$ curl -sI http://web1:8081/status\ncurl: (7) Failed to connect to web1 port 8081 after 0 ms: Couldn't connect to server, said the terminal of the colleague\n```\n";

const RUNBOOK: &str = "# Web server down\n\n1. Look at the state: `systemctl status nginx`.\n2. Read its own words: `journalctl -u nginx -b`.\n3. Test the configuration *before* you restart: `nginx -t`.\n\n| symptom | look at |\n|---|---|\n| `bind() failed` | `ss -tlnp` |\n| `unknown directive` | the file it names |\n";

fn checks() -> Vec<String> {
    [
        "The status page answers with 200",
        "nginx runs as a service",
        "nginx starts by itself after a restart",
        "The deploy job still runs",
    ]
    .map(Into::into)
    .into()
}

pub(crate) fn lab() -> LabView {
    LabView {
        card: nginx(),
        brief: BRIEF.into(),
        checks: checks(),
        attempts: vec![recent().remove(0)],
        trouble: None,
        extra_time: 25,
        may_see_items: false,
        reservations: None,
    }
}

pub(crate) fn lab_trouble() -> LabView {
    LabView { trouble: trouble(), ..lab() }
}

fn check(id: &str, title: &str, verdict: Option<Verdict>, at_end: bool, feedback: &str) -> CheckView {
    CheckView {
        id: id.into(),
        title: title.into(),
        points: 10,
        required: true,
        at_end,
        verdict,
        feedback: feedback.into(),
    }
}

fn attempt_in(state: AttemptState) -> AttemptView {
    AttemptView {
        id: Uuid::from_u128(5),
        learner: viewer().id,
        lab: nginx().id,
        title: nginx().title,
        mode: Mode::Practice,
        state,
        brief: BRIEF.into(),
        runbook: Some(RUNBOOK.into()),
        alert: Some(AlertView { acknowledged: false }),
        checks: vec![
            check("page", "The status page answers with 200", Some(Verdict::Failed), false, "http://web1:8081/status refuses the connection: nothing listens on port 8081."),
            check("unit", "nginx runs as a service", Some(Verdict::Passed), false, ""),
            check("port", "Port 8081 belongs to nginx", Some(Verdict::Blocked), false, "Waits for \u{201c}nginx runs as a service\u{201d}."),
            check("job", "The deploy job still runs", None, false, ""),
            check("boot", "nginx starts by itself after a restart", None, true, ""),
        ],
        hints: vec![
            HintView { number: 1, cost: 2, text: Some("Something else is there already. `ss -tlnp` names who listens; with `sudo` it names other people's programs too.".into()) },
            HintView { number: 2, cost: 4, text: None },
            HintView { number: 3, cost: 6, text: None },
        ],
        exercise: None,
        hosts: vec![HostView {
            name: "web1".into(),
            prompt: "engineer@web1".into(),
            ports: vec![PortView { name: "site".into(), port: 80, path: "/".into() }],
        }],
        time: TimeView {
            may_pause: true,
            idle_minutes: Some(20),
            kept_hours: Some(12),
            addable: 15,
            step: 15,
            news: None,
        },
    }
}

pub(crate) fn attempt() -> AttemptView {
    attempt_in(AttemptState::Running { deadline: now() + TimeDelta::seconds(2530) })
}

pub(crate) fn attempt_starting() -> AttemptView {
    attempt_in(AttemptState::Starting)
}

pub(crate) fn attempt_finishing() -> AttemptView {
    attempt_in(AttemptState::Finishing)
}

pub(crate) fn attempt_failed() -> AttemptView {
    attempt_in(AttemptState::Failed(
        "The machine's init ended right after its start. The likely cause is the kernel's limit of inotify instances; belay doctor says how to raise it.".into(),
    ))
}

fn ran(n: u128, seconds: i64, command: &str, exit: i32) -> CommandLine {
    CommandLine {
        event: Uuid::from_u128(n),
        at: at(0) + TimeDelta::seconds(seconds),
        command: command.into(),
        exit: Some(exit),
        terminal: Some(1 + u32::from(n > 106)),
    }
}

fn commands() -> Vec<CommandLine> {
    vec![
        ran(101, 42, "systemctl status nginx", 3),
        ran(102, 61, "journalctl -u nginx -b --no-pager", 0),
        ran(103, 95, "sudo ss -tlnp", 0),
        ran(104, 130, "ps -fp 1834", 0),
        ran(105, 171, "sudo kill -9 1834", 0),
        ran(106, 188, "sudo nginx -t", 1),
        ran(107, 260, "sudo sed -i 's/listen 8O81/listen 8081/' /etc/nginx/sites-enabled/status.conf", 0),
        ran(108, 275, "sudo nginx -t", 0),
        ran(109, 290, "sudo systemctl restart nginx", 0),
        ran(110, 301, "curl -fsS http://web1:8081/status", 0),
    ]
}

#[expect(clippy::too_many_arguments, reason = "a row of a table")]
fn line(
    about: About,
    id: &str,
    title: &str,
    dimension: Option<&str>,
    points: (i32, i32),
    outcome: Outcome,
    feedback: &str,
    evidence: &[u128],
) -> Line {
    let evidence = commands()
        .into_iter()
        .filter(|command| evidence.contains(&command.event.as_u128()))
        .map(|command| Evidence {
            event: command.event,
            at: command.at,
            command: Some(command.command),
            exit: command.exit,
            terminal: command.terminal,
        })
        .collect();
    Line {
        about,
        id: id.into(),
        title: title.into(),
        dimension: dimension.map(Into::into),
        points: points.0,
        possible: points.1,
        outcome,
        required: about == About::Check,
        feedback: feedback.into(),
        evidence,
    }
}

fn result(passed: bool) -> ResultView {
    use About::{Check, Hint, Signal};
    use Outcome::{Clean, Cost, Earned, Missed, NotObserved};
    let boot = if passed {
        ((10, 10), Earned, "")
    } else {
        (
            (0, 10),
            Missed,
            "After the restart nothing listened on port 8081. The unit is not enabled: it starts only when somebody starts it.",
        )
    };
    let lines = vec![
        line(Check, "page", "The status page answers with 200", Some("linux-fundamentals"), (10, 10), Earned, "", &[]),
        line(
            Check,
            "boot",
            "nginx starts by itself after a restart",
            Some("linux-fundamentals"),
            boot.0,
            boot.1,
            boot.2,
            &[],
        ),
        line(Check, "job", "The deploy job still runs", Some("linux-fundamentals"), (0, 0), NotObserved, "", &[]),
        line(Signal, "who", "Found out who holds the port", Some("troubleshooting"), (8, 8), Earned, "", &[103, 104]),
        line(
            Signal,
            "logs",
            "Read the service's log before changing anything",
            Some("troubleshooting"),
            (6, 6),
            Earned,
            "",
            &[102],
        ),
        line(
            Signal,
            "test",
            "Tested the configuration before the restart",
            Some("operational-discipline"),
            (6, 6),
            Earned,
            "",
            &[108],
        ),
        line(
            Signal,
            "backup",
            "Kept a copy of the file that was changed",
            Some("operational-discipline"),
            (0, 4),
            Missed,
            "",
            &[],
        ),
        line(
            Signal,
            "kill9",
            "Killed a process the hard way",
            Some("operational-discipline"),
            (-3, 0),
            Cost,
            "",
            &[105],
        ),
        line(
            Signal,
            "chmod",
            "Opened permissions for everybody",
            Some("operational-discipline"),
            (0, 0),
            Clean,
            "",
            &[],
        ),
        line(Hint, "1", "Hint 1", None, (if passed { -2 } else { 0 }, 0), if passed { Cost } else { Clean }, "", &[]),
    ];
    let sum = |id: &str, points, possible| DimensionPoints { dimension: id.into(), points, possible };
    let points = if passed { 35 } else { 27 };
    ResultView {
        summary: AttemptSummary {
            id: Uuid::from_u128(5),
            lab: nginx().id,
            title: nginx().title,
            started: at(0),
            state: AttemptState::Ended(EndReason::Finished),
            passed: Some(passed),
            points: Some((points, 44)),
        },
        learner_id: viewer().id,
        learner: viewer().name,
        ended: at(14),
        result: AttemptResult {
            passed: Some(passed),
            points,
            possible: 44,
            lines,
            dimensions: vec![
                sum("linux-fundamentals", if passed { 20 } else { 10 }, 20),
                sum("troubleshooting", 14, 14),
                sum("operational-discipline", 3, 10),
            ],
            kpis: vec![],
            work: Work { looked: 6, changed: 4, looked_first: 4 },
            lost: 0,
        },
        debrief: "## Root cause\n\nA left-over `python3 -m http.server 8081` of the user `deploy` held the port, so nginx could not bind it. Behind it the site's file had a typo: `8O81` with a letter O.\n\n## A good way\n\n```sh\nsystemctl status nginx\nsudo ss -tlnp 'sport = :8081'\nsudo nginx -t\n```\n".into(),
        can_be_opened: true,
        exercise: false,
        commands: commands(),
        times: Vec::new(),
        recorded: platform::views::Recorded::default(),
        typists: Vec::new(),
        judged: Vec::new(),
        runbook: None,
        disputable: Vec::new(),
        kpis: vec![KpiSaid {
            kpi: "mtta".into(),
            name: "Time to acknowledge".into(),
            asks: "How soon is an alert taken?".into(),
            good: Some(true),
            says: "0.7 min; aimed at: at most 10 min.".into(),
            because: vec![],
        }],
        mastery: vec!["One more pass is missing: in another variant, from 3 December 2026.".into()],
    }
}

pub(crate) fn result_passed() -> ResultView {
    result(true)
}

pub(crate) fn result_failed() -> ResultView {
    result(false)
}
