//! The result of an attempt, by worked examples and by properties.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use rstest::rstest;
use scorecards::{
    event::{By, CheckRun, CommandRun, Event, Kind, Source, Verdict},
    marking::{CheckMark, Marking, SignalMark},
    score::{About, AttemptResult, Line, Outcome, score},
    signal::{Args, Command, Expect, Pattern},
};
use uuid::Uuid;

const SUBJECT: Uuid = Uuid::from_u128(1);

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(second)
}

fn event(number: u128, second: i64, kind: Kind) -> Event {
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

/// The two events of a command: started at a second, ended half a second later in event order.
fn ran(run: u64, second: i64, line: &str, code: i32) -> Vec<Event> {
    ran_by(By::Terminal(1), true, run, second, line, Some(code))
}

fn ran_by(by: By, pristine: bool, run: u64, second: i64, line: &str, code: Option<i32>) -> Vec<Event> {
    let argv: Vec<String> = line.split(' ').map(str::to_string).collect();
    let start = CommandRun {
        run,
        parent: None,
        by,
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

fn checked(id: &str, second: i64, verdict: Verdict) -> Event {
    let run = CheckRun {
        check: id.into(),
        closing: true,
        verdict,
        feedback: "words".into(),
        observation: serde_json::Value::Null,
    };
    event(1_000_000 + second.unsigned_abs() as u128, second, Kind::CheckRun(run))
}

fn command(text: &str) -> Command {
    Command::try_from(text.to_string()).unwrap()
}

fn expect(ran: &str) -> Expect {
    Expect { ran: vec![command(ran)], ..Expect::default() }
}

fn signal(points: i32, pattern: Pattern) -> Marking {
    let mark = SignalMark { id: "s".into(), title: "S".into(), points, dimension: "d".into(), pattern };
    Marking { signals: vec![mark], ..Marking::default() }
}

fn check(id: &str, points: i32, required: bool) -> CheckMark {
    CheckMark { id: id.into(), title: id.into(), points, required, dimension: "d".into() }
}

fn line(result: &AttemptResult) -> &Line {
    &result.lines[0]
}

fn validated() -> Marking {
    signal(2, Pattern::Expect(Expect { exit: Some(0), before: vec![command("@restart nginx")], ..expect("nginx -t") }))
}

#[test]
fn a_signal_cites_the_very_command() {
    let events = [ran(1, 1, "nginx -t", 0), ran(2, 2, "systemctl restart nginx", 0)].concat();
    let result = score(&validated(), &events);
    assert_eq!((line(&result).outcome, line(&result).points), (Outcome::Earned, 2));
    let evidence = &line(&result).evidence[0];
    assert_eq!(evidence.command.as_deref(), Some("nginx -t"));
    assert_eq!((evidence.exit, evidence.terminal), (Some(0), Some(1)));
    assert_eq!(evidence.event, Uuid::from_u128(10));
}

#[rstest]
#[case::failing(ran(1, 1, "nginx -t", 1))]
#[case::only_echoed(ran(1, 1, "echo nginx -t", 0))]
#[case::copy_of_true(ran_by(By::Terminal(1), false, 1, 1, "nginx -t", Some(0)))]
#[case::by_a_service(ran_by(By::Services, true, 1, 1, "nginx -t", Some(0)))]
#[case::killed(ran_by(By::Terminal(1), true, 1, 1, "nginx -t", None))]
#[case::never(Vec::new())]
fn what_is_no_validation_earns_nothing(#[case] mut events: Vec<Event>) {
    events.extend(ran(2, 2, "systemctl restart nginx", 0));
    assert_eq!(line(&score(&validated(), &events)).outcome, Outcome::Missed);
}

/// A run whose caller chose another name than the file's: `exec -a`, or a link.
fn called(name: &str, file: &str, line: &str) -> Vec<Event> {
    let mut events = ran(1, 1, line, 0);
    if let Kind::CommandRun(run) = &mut events[0].kind {
        run.argv[0] = name.into();
        run.exe = file.into();
    }
    events
}

#[test]
fn a_borrowed_name_earns_nothing_and_hides_nothing() {
    let borrowed = [called("nginx", "/usr/bin/true", "nginx -t"), ran(2, 2, "systemctl restart nginx", 0)].concat();
    assert_eq!(line(&score(&validated(), &borrowed)).outcome, Outcome::Missed);
    let forbidden = signal(-3, Pattern::Forbid(expect("chmod 777")));
    let hidden = called("ls", "/usr/bin/chmod", "chmod 777 /srv");
    assert_eq!(line(&score(&forbidden, &hidden)).outcome, Outcome::Cost);
    let rightly = signal(1, Pattern::Expect(expect("vi /etc/hosts")));
    let edited = called("vi", "/usr/bin/vim.basic", "vi /etc/hosts");
    assert_eq!(line(&score(&rightly, &edited)).outcome, Outcome::Earned);
}

#[test]
fn a_copy_of_a_program_does_not_hide_bad_practice() {
    let forbidden = signal(-3, Pattern::Forbid(expect("rm -r")));
    let copied = ran_by(By::Terminal(1), false, 1, 1, "rm -rf /var/log", Some(0));
    assert_eq!(line(&score(&forbidden, &copied)).outcome, Outcome::Cost);
}

#[test]
fn a_typed_line_is_no_evidence() {
    let typed = event(5, 1, Kind::LineTyped { terminal: 1, text: "nginx -t".into() });
    let events = [vec![typed], ran(2, 2, "systemctl restart nginx", 0)].concat();
    assert_eq!(line(&score(&validated(), &events)).outcome, Outcome::Missed);
}

#[test]
fn validating_after_the_only_restart_is_too_late_and_before_the_last_one_is_not() {
    let late = [ran(1, 1, "systemctl restart nginx", 1), ran(2, 2, "nginx -t", 0)].concat();
    assert_eq!(line(&score(&validated(), &late)).outcome, Outcome::Missed);
    let again = [late, ran(3, 3, "systemctl restart nginx.service", 0)].concat();
    assert_eq!(line(&score(&validated(), &again)).outcome, Outcome::Earned);
}

#[test]
fn where_the_record_has_a_gap_a_signal_is_not_observed() {
    let gap = event(5, 1, Kind::CoverageLost { count: 3 });
    let result = score(&validated(), std::slice::from_ref(&gap));
    assert_eq!((line(&result).outcome, line(&result).possible, result.lost), (Outcome::NotObserved, 0, 3));
    let forbidden = signal(-3, Pattern::Forbid(expect("chmod")));
    assert_eq!(line(&score(&forbidden, &[gap])).outcome, Outcome::NotObserved);
}

#[test]
fn bad_practice_costs_and_points_never_fall_below_zero() {
    let args = Some(Args::try_from(r"^0?777$|[ao]\+w".to_string()).unwrap());
    let marking = signal(-3, Pattern::Forbid(Expect { args, ..expect("chmod") }));
    let result = score(&marking, &ran(1, 1, "chmod -R 777 /var/www", 0));
    assert_eq!((line(&result).outcome, line(&result).points, result.points), (Outcome::Cost, -3, 0));
    assert_eq!(line(&score(&marking, &ran(1, 1, "chmod 644 /var/www", 0))).outcome, Outcome::Clean);
}

#[rstest]
#[case("ss -t", "ss -tlnp", true)]
#[case("ss -l", "ss -t", false)]
#[case("lsof +L1", "lsof +L1 /", true)]
#[case("journalctl --unit", "journalctl --unit=nginx", true)]
#[case("@restart nginx", "service nginx restart", true)]
#[case("@restart nginx", "systemctl reload nginx.service", true)]
#[case("@restart nginx", "systemctl reload redis", false)]
#[case("cp nginx.conf", "cp /etc/nginx/nginx.conf /root", false)]
#[case("cp /nginx.conf", "cp /etc/nginx/nginx.conf /root", true)]
#[case("rm -r", "rm --recursive x", false)]
#[case("@stop *", "systemctl disable --now redis", true)]
#[case("@stop *", "systemctl status redis", false)]
#[case("@listeners 80", "lsof -nP -iTCP:80 -sTCP:LISTEN", true)]
#[case("@listeners 80", "lsof -i :80", true)]
#[case("@listeners 80", "fuser 443/tcp", false)]
#[case("@kill *", "fuser -k 80/tcp", true)]
#[case("@editor *", "sed -i s/a/b/ x", true)]
#[case("@restart *", "nginx -s reload", false)]
fn commands_match_on_words(#[case] pattern: &str, #[case] ran_line: &str, #[case] matches: bool) {
    let result = score(&signal(1, Pattern::Expect(expect(pattern))), &ran(1, 1, ran_line, 0));
    assert_eq!(line(&result).outcome == Outcome::Earned, matches, "{pattern} on {ran_line}");
}

#[test]
fn patterns_say_what_is_wrong_with_them() {
    let wrong = |text: &str| Command::try_from(text.to_string()).unwrap_err().to_string();
    assert!(wrong("@reboot nginx").starts_with("no set of commands is named @reboot; there are: @restart"));
    assert!(wrong("@restart").contains("takes one word"));
    assert!(wrong(" ").contains("empty command"));
    assert!(Args::try_from("(".to_string()).unwrap_err().to_string().contains("unclosed group"));
}

#[test]
fn an_attempt_passes_with_every_required_check() {
    let marking =
        Marking { checks: vec![check("a", 4, true), check("b", 2, false)], hints: vec![1, 2], ..Marking::default() };
    let passed = score(&marking, &[checked("a", 1, Verdict::Passed), checked("b", 2, Verdict::Failed)]);
    assert!(passed.passed);
    assert_eq!((passed.points, passed.possible), (4, 6));
    assert_eq!((passed.dimensions[0].points, passed.dimensions[0].possible), (4, 6));
    assert!(!score(&marking, &[checked("a", 1, Verdict::Failed), checked("b", 2, Verdict::Passed)]).passed);
    assert!(!score(&marking, &[]).passed);
}

#[test]
fn our_own_failure_costs_nothing() {
    let marking = Marking { checks: vec![check("a", 4, true), check("b", 2, false)], ..Marking::default() };
    let result = score(&marking, &[checked("a", 1, Verdict::Passed), checked("b", 2, Verdict::Broken)]);
    assert_eq!((result.points, result.possible), (4, 4));
}

#[test]
fn a_hint_is_paid_for_once_and_only_by_who_passes() {
    let marking = Marking { checks: vec![check("a", 4, true)], hints: vec![1, 2], ..Marking::default() };
    let hints = [event(7, 1, Kind::HintTaken { hint: 2 }), event(8, 2, Kind::HintTaken { hint: 2 })];
    let passed = score(&marking, &[&hints[..], &[checked("a", 3, Verdict::Passed)]].concat());
    assert_eq!(passed.points, 2);
    let taken: Vec<&Line> = passed.lines.iter().filter(|line| line.about == About::Hint).collect();
    assert_eq!((taken.len(), taken[0].points), (1, -2));
    let failed = score(&marking, &[&hints[..], &[checked("a", 3, Verdict::Failed)]].concat());
    assert_eq!(failed.lines.iter().find(|line| line.about == About::Hint).unwrap().points, 0);
}

#[test]
fn events_survive_the_round_trip() {
    for event in ran(1, 1, "nginx -t", 0).iter().chain([&checked("a", 1, Verdict::Blocked)]) {
        let text = serde_json::to_string(event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), *event, "{text}");
    }
}

proptest! {
    #[test]
    fn the_order_in_which_events_arrive_does_not_matter(order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let events = [
            ran(1, 1, "nginx -t", 0),
            ran(2, 2, "systemctl restart nginx", 0),
            vec![checked("a", 5, Verdict::Failed), checked("a", 6, Verdict::Passed)],
        ]
        .concat();
        let mut marking = validated();
        marking.checks.push(check("a", 1, true));
        let shuffled: Vec<Event> = order.iter().map(|&index| events[index].clone()).collect();
        prop_assert_eq!(score(&marking, &shuffled), score(&marking, &events));
    }

    #[test]
    fn no_pattern_text_panics(text: String, regex: String) {
        let _ = Command::try_from(text);
        let _ = Args::try_from(regex);
    }
}
