//! The result of an attempt, by worked examples and by properties.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "signal/support.rs"]
mod support;

use proptest::prelude::*;
use rstest::rstest;
use scorecards::{
    event::{Artefact, By, EndReason, Event, Kind, Mode, Verdict},
    kpi::{Exclusion, Value},
    marking::{KpiMark, Marking},
    score::{About, Line, Outcome, observations, score},
    signal::{Args, Command, Deed, Done, Ran, When},
};
use support::{check, checked, command, done, event, expect, forbid, line, pattern, ran, ran_by, signal, story};
use uuid::Uuid;

fn validated() -> Marking {
    signal(2, pattern(r#"{"expect": {"ran": ["nginx -t"], "exit": 0, "before": ["@restart nginx"]}}"#))
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
    let forbidden = signal(-3, forbid(done("chmod 777")));
    let hidden = called("ls", "/usr/bin/chmod", "chmod 777 /srv");
    assert_eq!(line(&score(&forbidden, &hidden)).outcome, Outcome::Cost);
    let rightly = signal(1, expect(done("vi /etc/hosts")));
    let edited = called("vi", "/usr/bin/vim.basic", "vi /etc/hosts");
    assert_eq!(line(&score(&rightly, &edited)).outcome, Outcome::Earned);
}

#[test]
fn a_copy_of_a_program_does_not_hide_bad_practice() {
    let forbidden = signal(-3, forbid(done("rm -r")));
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
    let forbidden = signal(-3, forbid(done("chmod")));
    assert_eq!(line(&score(&forbidden, &[gap])).outcome, Outcome::NotObserved);
}

#[test]
fn bad_practice_costs_and_points_never_fall_below_zero() {
    let args = Some(Args::try_from(r"^0?777$|[ao]\+w".to_string()).unwrap());
    let deed = Deed::Ran(Ran { ran: vec![command("chmod")], args, ..Ran::default() });
    let marking = signal(-3, forbid(Done { deed, times: 1, when: When::default() }));
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
#[case("@listeners 80", "fuser 80/tcp", true)]
#[case("@listeners 80", "fuser -k 80/tcp", false)]
#[case("@listeners 80", "fuser -vk 80/tcp", false)]
#[case("@listeners 80", "fuser --kill -n tcp 80", false)]
#[case("@kill *", "fuser -k 80/tcp", true)]
#[case("@editor *", "sed -i s/a/b/ x", true)]
#[case("@restart *", "nginx -s reload", false)]
fn commands_match_on_words(#[case] pattern: &str, #[case] ran_line: &str, #[case] matches: bool) {
    let result = score(&signal(1, expect(done(pattern))), &ran(1, 1, ran_line, 0));
    assert_eq!(line(&result).outcome == Outcome::Earned, matches, "{pattern} on {ran_line}");
}

#[test]
fn patterns_say_what_is_wrong_with_them() {
    let wrong = |text: &str| Command::try_from(text.to_string()).unwrap_err().to_string();
    assert!(wrong("@reboots nginx").starts_with("no set of commands is named @reboots; there are: @restart"));
    assert!(wrong("@restart").contains("takes a word"));
    assert!(wrong(" ").contains("empty command"));
    assert!(Args::try_from("(".to_string()).unwrap_err().to_string().contains("unclosed group"));
}

#[test]
fn an_attempt_passes_with_every_required_check() {
    let marking =
        Marking { checks: vec![check("a", 4, true), check("b", 2, false)], hints: vec![1, 2], ..Marking::default() };
    let passed = score(&marking, &[checked("a", 1, Verdict::Passed), checked("b", 2, Verdict::Failed)]);
    assert_eq!(passed.passed, Some(true));
    assert_eq!((passed.points, passed.possible), (4, 6));
    assert_eq!((passed.dimensions[0].points, passed.dimensions[0].possible), (4, 6));
    let failed = score(&marking, &[checked("a", 1, Verdict::Failed), checked("b", 2, Verdict::Passed)]);
    assert_eq!(failed.passed, Some(false));
}

#[rstest]
#[case::never_made(&[("b", Verdict::Passed)], None)]
#[case::broken(&[("a", Verdict::Broken), ("b", Verdict::Passed)], None)]
#[case::another_failed(&[("a", Verdict::Broken), ("b", Verdict::Failed)], Some(false))]
#[case::another_waited(&[("b", Verdict::Blocked)], Some(false))]
#[case::none_made(&[], None)]
#[case::one_that_is_not_required(&[("a", Verdict::Passed), ("b", Verdict::Passed), ("c", Verdict::Broken)], Some(true))]
fn what_could_not_be_checked_leaves_the_attempt_undecided(
    #[case] made: &[(&str, Verdict)],
    #[case] passed: Option<bool>,
) {
    let checks = vec![check("a", 4, true), check("b", 2, true), check("c", 1, false)];
    let marking = Marking { checks, ..Marking::default() };
    let events: Vec<Event> = (1..).zip(made).map(|(second, (id, verdict))| checked(id, second, *verdict)).collect();
    assert_eq!(score(&marking, &events).passed, passed);
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
fn a_kpi_is_met_where_all_it_needs_was_earned() {
    let marking = |needs: &[&str]| Marking {
        checks: vec![check("a", 4, true), check("b", 2, false)],
        kpis: vec![KpiMark { kpi: "ticket-quality".into(), needs: needs.iter().map(ToString::to_string).collect() }],
        ..validated()
    };
    let good = [
        ran(1, 1, "nginx -t", 0),
        ran(2, 2, "systemctl restart nginx", 0),
        vec![checked("a", 3, Verdict::Passed), checked("b", 4, Verdict::Broken)],
    ]
    .concat();
    let of = |needs: &[&str], events: &[Event]| score(&marking(needs), events).kpis[0].clone();

    let met = of(&["a", "s"], &good);
    assert_eq!((met.met, met.lines), (Some(true), vec!["a".to_string(), "s".to_string()]));
    assert_eq!(met.evidence.len(), 3, "the check, and the two commands");
    let open = of(&["a", "b", "s"], &good);
    assert_eq!((open.met, open.lines), (None, vec!["b".to_string()]), "not observed");
    let missed = of(&["a", "b", "s"], &good[4..]);
    assert_eq!((missed.met, missed.lines), (Some(false), vec!["s".to_string()]), "one that was missed decides it");
    assert_eq!(of(&["a", "gone"], &good).met, None, "what is not there was not observed");
}

#[test]
fn an_attempt_is_one_observation_of_each_kpi_once_it_is_over() {
    let kpi = |kpi: &str, need: &str| KpiMark { kpi: kpi.into(), needs: vec![need.into()] };
    let checks = vec![check("a", 4, true), check("b", 2, false), check("c", 2, false)];
    let kpis = vec![kpi("met", "a"), kpi("not-met", "b"), kpi("open", "c")];
    let marking = Marking { checks, kpis, ..Marking::default() };
    let mut events = vec![
        event(1, 0, Kind::AttemptStarted { lab: "nginx".into(), version: "v".into(), mode: Mode::Assessed }),
        checked("a", 1, Verdict::Passed),
        checked("b", 2, Verdict::Failed),
        checked("c", 3, Verdict::Broken),
    ];
    assert!(observations(&score(&marking, &events), &events).is_empty(), "it is not over");

    events.push(event(9, 4, Kind::AttemptEnded { reason: EndReason::Finished }));
    let made = observations(&score(&marking, &events), &events);
    let told: Vec<_> = made.iter().map(|(kpi, seen)| (kpi.as_str(), seen.value, seen.excluded)).collect();
    let share = Value::Shown;
    assert_eq!(
        told,
        [
            ("met", share(true), None),
            ("not-met", share(false), None),
            ("open", share(false), Some(Exclusion::NotObserved)),
        ]
    );
    let (_, first) = &made[0];
    assert_eq!((first.about.as_str(), first.at), ("nginx", support::at(4)));
    assert_eq!(first.events, [events[1].id, Uuid::from_u128(9)]);
}

#[test]
fn how_much_was_looked_at_and_changed_is_counted() {
    let events = story(
        "1 ss -tlnp; 2 fuser -k 80/tcp; 3 sudo systemctl restart nginx; 3<3 systemctl restart nginx
         4 service nginx restart; 4<5 systemctl restart nginx; 5 curl localhost; 6s journalctl -f",
    );
    let work = score(&Marking::default(), &events).work;
    assert_eq!((work.looked, work.changed, work.looked_first), (2, 3, 1));
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

#[test]
fn what_somebody_else_has_found_right_counts() {
    let marking = Marking { checks: vec![check("site", 4, true), check("log", 1, false)], ..Marking::default() };
    let failed = checked("site", 10, Verdict::Failed);
    let overruled = |number, actor| {
        let kind = Kind::CheckOverruled { check: "site".into(), case: "a case".into(), reason: Artefact("e".into()) };
        Event { actor, ..event(number, 20, kind) }
    };
    let subject = failed.subject;
    for own in [None, Some(subject)] {
        let result = score(&marking, &[failed.clone(), overruled(2, own)]);
        assert_eq!((result.passed, result.points), (Some(false), 0), "nobody overrules for themselves");
    }
    let result = score(&marking, &[overruled(2, Some(Uuid::from_u128(77))), failed.clone()]);
    assert_eq!((result.passed, result.points), (Some(true), 4));
    let line = &result.lines[0];
    assert_eq!(line.outcome, Outcome::Earned);
    assert_eq!(line.evidence.len(), 2, "what the machine saw stays");

    // What waited for it was never looked at.
    let marking = Marking { checks: vec![check("site", 4, true), check("stays", 1, true)], ..Marking::default() };
    let waits = checked("stays", 11, Verdict::Blocked);
    assert_eq!(score(&marking, &[failed.clone(), waits.clone()]).lines[1].outcome, Outcome::Missed);
    let result = score(&marking, &[failed, waits, overruled(2, Some(Uuid::from_u128(77)))]);
    assert_eq!((result.passed, result.lines[1].outcome), (None, Outcome::NotObserved));
}

#[test]
fn what_was_given_up_is_not_passed_and_hides_no_miss() {
    let marking = Marking { checks: vec![check("site", 4, true)], ..Marking::default() };
    let ended = |reason| event(50, 50, Kind::AttemptEnded { reason });
    assert_eq!(
        score(&marking, &[ended(EndReason::Finished)]).passed,
        None,
        "checks that could not be made decide nothing"
    );
    let given_up = score(&marking, &[ended(EndReason::Abandoned)]);
    assert_eq!(given_up.passed, Some(false));
    assert!(given_up.lines.iter().filter(|line| line.required).all(|line| line.outcome == Outcome::Missed));
}
