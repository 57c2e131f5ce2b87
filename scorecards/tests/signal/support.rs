//! Short ways to say what happened and what is looked for.
#![allow(dead_code, reason = "each test program uses some of it")]

use chrono::{DateTime, Duration, Utc};
use scorecards::{
    event::{Artefact, By, CheckRun, CommandRun, Event, FileChanged, FileSaved, Kind, Purpose, Source, Verdict},
    marking::{CheckMark, Marking, SignalMark},
    score::{AttemptResult, Line, Outcome, score},
    signal::{Command, Deed, Done, Form, Pattern},
};
use uuid::Uuid;

pub const SUBJECT: Uuid = Uuid::from_u128(1);

pub fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(second)
}

pub fn event(number: u128, second: i64, kind: Kind) -> Event {
    Event {
        id: Uuid::from_u128(number),
        at: at(second),
        box_at: Some(at(second)),
        actor: Some(SUBJECT),
        subject: SUBJECT,
        attempt: Some(Uuid::from_u128(2)),
        source: Source::Simulated,
        kind,
    }
}

/// The two events of a command: started at a second, ended at once.
pub fn ran(run: u64, second: i64, line: &str, code: i32) -> Vec<Event> {
    ran_by(By::Terminal(1), true, run, second, line, Some(code))
}

pub fn ran_by(by: By, pristine: bool, run: u64, second: i64, line: &str, code: Option<i32>) -> Vec<Event> {
    let argv: Vec<String> = line.split(' ').map(str::to_string).collect();
    let start = CommandRun {
        run,
        parent: None,
        by,
        host: None,
        exe: format!("/usr/sbin/{}", argv[0]),
        argv,
        cut: false,
        cwd: "/".into(),
        uid: 0,
        pristine,
    };
    vec![
        event(u128::from(run) * 10, second, Kind::CommandRun(start)),
        event(u128::from(run) * 10 + 1, second, Kind::CommandEnded { run, code }),
    ]
}

pub fn checked(id: &str, second: i64, verdict: Verdict) -> Event {
    let run = CheckRun {
        check: id.into(),
        closing: true,
        verdict,
        feedback: "words".into(),
        observation: serde_json::Value::Null,
    };
    event(1_000_000 + second.unsigned_abs() as u128, second, Kind::CheckRun(run))
}

/// What happened, one thing on each line or after each `;`: a second, then what was run, or `!` and something else.
///
/// The second may have behind it: `..5` it ended then; `=1` with this code; `?` it has not ended; `~` its program was
/// changed; `s` a service ran it; `c` its arguments were cut; `<2` the second line started it.
///
/// `!gap 3`, `!changed PATH [RUN]`, `!saved PATH`, `!hypothesis 1`, `!settled 1`, `!note closing`, `!ready`, `!terminal` (something of
/// no meaning that the ledger has kept).
pub fn story(text: &str) -> Vec<Event> {
    let lines = text.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty());
    (1..).zip(lines).flat_map(|(number, line)| happened(number, line)).collect()
}

fn happened(number: u64, line: &str) -> Vec<Event> {
    let (when, what) = line.split_once(' ').unwrap();
    let start = number_at(when, "").unwrap();
    let id = u128::from(number) * 10;
    if let Some(what) = what.strip_prefix('!') {
        let words: Vec<&str> = what.split(' ').collect();
        let number = || words[1].parse::<u32>().unwrap();
        let kind = match words[0] {
            "gap" => Kind::CoverageLost { count: number().into() },
            "changed" => Kind::FileChanged(FileChanged {
                path: words[1].into(),
                before: Some(Artefact("a".into())),
                after: Some(Artefact("b".into())),
                run: words.get(2).map(|run| run.parse().unwrap()),
            }),
            "saved" => Kind::FileSaved(FileSaved {
                host: None,
                path: words[1].into(),
                before: Some(Artefact("a".into())),
                after: Artefact("b".into()),
                as_root: true,
            }),
            "hypothesis" => Kind::HypothesisStated { hypothesis: number(), text: Artefact("h".into()) },
            "settled" => Kind::HypothesisSettled { hypothesis: number(), confirmed: true },
            "note" => {
                let purpose = serde_json::from_value(words[1].into()).unwrap();
                let _: Purpose = purpose;
                Kind::NoteAdded { purpose, text: Artefact("n".into()) }
            }
            "ready" => Kind::SandboxReady { took_ms: 1, warm: false },
            "terminal" => Kind::TerminalOpened { terminal: 1 },
            other => panic!("!{other}"),
        };
        return vec![event(id, start, kind)];
    }
    let by = if when.contains('s') { By::Services } else { By::Terminal(1) };
    let code = number_at(when, "=").map_or(0, |code| i32::try_from(code).unwrap());
    let mut events = ran_by(by, !when.contains('~'), number, start, what, Some(code));
    if let Kind::CommandRun(run) = &mut events[0].kind {
        run.cut = when.contains('c');
        run.parent = number_at(when, "<").map(i64::unsigned_abs);
    }
    if let Some(end) = number_at(when, "..") {
        events[1].at = at(end);
        events[1].box_at = Some(at(end));
    }
    if when.contains('?') {
        events.pop();
    }
    events
}

/// The number behind a sign.
fn number_at(text: &str, sign: &str) -> Option<i64> {
    let rest = &text[text.find(sign)? + sign.len()..];
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

pub fn command(text: &str) -> Command {
    Command::try_from(text.to_string()).unwrap()
}

pub fn done(ran: &str) -> Done {
    Deed::ran(vec![command(ran)]).into()
}

pub fn expect(done: Done) -> Pattern {
    Pattern::Expect(Form::Done(done))
}

pub fn forbid(done: Done) -> Pattern {
    Pattern::Forbid(Form::Done(done))
}

/// A pattern as a lab's author writes it, as JSON.
pub fn pattern(json: &str) -> Pattern {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

pub fn signal(points: i32, pattern: Pattern) -> Marking {
    let mark = SignalMark { id: "s".into(), title: "S".into(), points, dimension: "d".into(), pattern };
    Marking { signals: vec![mark], ..Marking::default() }
}

pub fn check(id: &str, points: i32, required: bool) -> CheckMark {
    CheckMark { id: id.into(), title: id.into(), points, required, dimension: "d".into() }
}

pub fn line(result: &AttemptResult) -> &Line {
    &result.lines[0]
}

/// How a pattern comes out on a story.
pub fn outcome(json: &str, text: &str) -> Outcome {
    line(&score(&signal(2, pattern(json)), &story(text))).outcome
}
