//! K06 and K07.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::{
        Artefact,
        work::{Change, Feedback, Runbook, Step, Substance, Ticket},
    },
    kpi::{Exclusion, Flag, Measure, State},
};

use crate::{
    ask::{ask, excluded, flags, standard, tripped},
    support::{Events, INGRID, TOBIAS, days, hours, minutes},
};

const BOOK: &str = "disk-full";

/// How an item differs from one in which the runbook was followed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum But {
    Nothing,
    NotOpened,
    OpenedAfterTheChange,
    OpenedWithTheChange,
    AStepNotTicked,
    TickedMinutesLater,
    AllTickedAtTheEnd,
    TickedHoursBefore,
    NothingSaid,
    SaidDaysLater,
    UpdatedByNobody,
    Updated,
    NothingDone,
}

/// An item for which the runbook was followed, but for one thing. All of it happens within forty minutes.
fn item(events: &mut Events, name: &str, after: TimeDelta, but: But) {
    let (item, runbook) = (|| name.to_string(), || BOOK.to_string());
    let at = |minute| after + minutes(minute);
    let mandatory = vec!["look".into(), "grow".into()];
    events.by(None, at(0), Runbook::RunbookMatched { item: item(), runbook: runbook(), mandatory });
    match but {
        But::NotOpened => {}
        But::OpenedAfterTheChange => {
            events.at(at(6), Runbook::RunbookOpened { item: item(), runbook: runbook() });
        }
        But::OpenedWithTheChange => {
            events.at(at(5), Runbook::RunbookOpened { item: item(), runbook: runbook() });
        }
        _ => {
            events.at(at(1), Runbook::RunbookOpened { item: item(), runbook: runbook() });
        }
    }
    for (step, minute, changes) in [("look", 3, false), ("grow", 5, true)] {
        let step = || step.to_string();
        let ticked = match but {
            But::AStepNotTicked if changes => None,
            But::TickedMinutesLater => Some(minute + 5),
            But::AllTickedAtTheEnd => Some(30),
            But::TickedHoursBefore => Some(minute - 120),
            _ => Some(minute - 1),
        };
        if let Some(ticked) = ticked {
            events.at(at(ticked), Runbook::RunbookStepTicked { item: item(), runbook: runbook(), step: step() });
        }
        if but != But::NothingDone {
            let step = Some(Step { runbook: runbook(), step: step() });
            events.at(at(minute), Runbook::ActionTaken { item: item(), step, changes });
        }
    }
    let (said, feedback) = match but {
        But::NothingSaid => return,
        But::SaidDaysLater => (after + days(3), Feedback::NoUpdateNeeded),
        But::Updated | But::UpdatedByNobody => (at(40), Feedback::Updated("r1".into())),
        _ => (at(40), Feedback::NoUpdateNeeded),
    };
    if but == But::Updated {
        let diff = Artefact("d1ff".into());
        events.at(at(39), Runbook::RevisionProposed { runbook: runbook(), revision: "r1".into(), diff });
    }
    events.at(said, Runbook::RunbookFeedbackGiven { item: item(), runbook: runbook(), feedback });
}

fn month(items: &[But]) -> Events {
    let mut events = Events::new();
    for (number, but) in items.iter().enumerate() {
        item(&mut events, &format!("alert-{number}"), days(number as i64), *but);
    }
    events
}

#[rstest]
// 4 ÷ 5 = 0.8, which is just enough.
#[case::in_band(&[But::Nothing, But::Nothing, But::Nothing, But::Nothing, But::NotOpened], 0.8, State::In)]
// 3 ÷ 5 = 0.6 < 0.8.
#[case::out(&[But::Nothing, But::Nothing, But::Nothing, But::NothingSaid, But::NotOpened], 0.6, State::Below)]
// 4 ÷ 4 = 1, but four are fewer than five.
#[case::insufficient(&[But::Nothing; 4], 1.0, State::Insufficient)]
fn adherence_is_a_share_of_the_items_with_a_runbook(#[case] items: &[But], #[case] value: f64, #[case] state: State) {
    let figure = ask(&standard(Measure::RunbookAdherence), &month(items).list, days(29));
    assert_eq!((figure.value, figure.state), (Some(value), state));
    assert_eq!(figure.count as usize, items.len());
}

#[rstest]
#[case(But::Nothing, true, &[])]
#[case(But::NotOpened, false, &[])]
#[case(But::OpenedAfterTheChange, false, &[])]
#[case(But::OpenedWithTheChange, true, &[])]
#[case(But::AStepNotTicked, false, &[])]
// Who does and then ticks, five minutes later at the latest, works by the runbook.
#[case(But::TickedMinutesLater, true, &[])]
// The perverse incentive: ticking after the fact. 30 − 3 = 27 minutes late.
#[case(But::AllTickedAtTheEnd, false, &[Flag::TickedOutOfTime])]
// Ticks may come before the command; two hours before is worth a look.
#[case(But::TickedHoursBefore, true, &[Flag::TickedOutOfTime])]
#[case(But::NothingSaid, false, &[])]
// Three days after the last use, and two are allowed: bulk answers at the month's end count for nothing.
#[case(But::SaidDaysLater, false, &[])]
// A claimed update that nobody has seen.
#[case(But::UpdatedByNobody, false, &[])]
#[case(But::Updated, true, &[])]
#[case(But::NothingDone, true, &[])]
fn an_item_is_adherent_only_with_all_of_it(#[case] but: But, #[case] met: bool, #[case] seen: &[Flag]) {
    let figure = ask(&standard(Measure::RunbookAdherence), &month(&[but]).list, days(29));
    assert_eq!(figure.value, Some(if met { 1.0 } else { 0.0 }));
    assert_eq!(flags(&figure), seen);
    // One of one is more than a fifth.
    assert_eq!(tripped(&figure), if seen.is_empty() { vec![] } else { vec!["ticked-out-of-time"] });
}

/// The reference's stricter rule is a setting: no tick after its command.
#[test]
fn a_pack_may_allow_no_tick_after_its_command() {
    let mut definition = standard(Measure::RunbookAdherence);
    definition.settings.insert("tick-late-minutes".into(), 0.0);
    let figure = ask(&definition, &month(&[But::Nothing, But::TickedMinutesLater]).list, days(29));
    assert_eq!(figure.value, Some(0.5));
}

#[test]
fn what_has_no_runbook_is_a_gap_and_not_a_fault() {
    let mut events = month(&[But::Nothing]);
    events.at(days(2), Runbook::RunbookMissing { item: "ticket-7".into() });
    // Nobody even looked for one.
    events.at(days(3), Runbook::ActionTaken { item: "ticket-8".into(), step: None, changes: true });
    let figure = ask(&standard(Measure::RunbookAdherence), &events.list, days(29));
    assert_eq!((figure.value, figure.count), (Some(1.0), 1));
    assert_eq!(excluded(&figure), [(Exclusion::NoRunbook, 2)]);
    assert_eq!(figure.exclusions[0].about, ["ticket-7", "ticket-8"]);
}

#[test]
fn what_can_still_be_followed_is_pending() {
    let definition = standard(Measure::RunbookAdherence);
    let mut events = Events::new();
    item(&mut events, "alert-1", days(0), But::NothingSaid);
    // Last used at minute 5: until two days after that something can be said of it.
    let early = ask(&definition, &events.list, days(2));
    assert_eq!((early.value, excluded(&early)), (None, vec![(Exclusion::Pending, 1)]));
    let late = ask(&definition, &events.list, days(2) + minutes(5));
    assert_eq!((late.value, excluded(&late)), (Some(0.0), vec![]));
}

#[test]
fn what_was_not_begun_is_pending_until_it_is_let_lie() {
    let definition = standard(Measure::RunbookAdherence);
    let mut events = Events::new();
    let mandatory = vec!["look".into()];
    events.by(None, days(0), Runbook::RunbookMatched { item: "alert-1".into(), runbook: BOOK.into(), mandatory });
    let early = ask(&definition, &events.list, days(1));
    assert_eq!((early.value, excluded(&early)), (None, vec![(Exclusion::Pending, 1)]));
    assert_eq!(ask(&definition, &events.list, days(2)).value, Some(0.0));
}

#[test]
fn a_claimed_update_is_the_one_that_was_proposed() {
    let mut events = month(&[But::UpdatedByNobody]);
    let (runbook, revision) = (BOOK.into(), "r2".into());
    events.at(minutes(39), Runbook::RevisionProposed { runbook, revision, diff: Artefact("diff".into()) });
    assert_eq!(ask(&standard(Measure::RunbookAdherence), &events.list, days(29)).value, Some(0.0));
}

#[test]
fn what_was_changed_without_the_runbook_is_decided_at_once() {
    let mut events = Events::new();
    item(&mut events, "alert-1", days(0), But::NotOpened);
    let figure = ask(&standard(Measure::RunbookAdherence), &events.list, hours(1));
    assert_eq!((figure.value, excluded(&figure)), (Some(0.0), vec![]));
}

#[test]
fn a_gap_in_the_record_is_not_held_against_anybody() {
    let mut events = month(&[But::AStepNotTicked, But::Nothing]);
    events.by(None, minutes(10), Runbook::RunbookRecordLost { item: "alert-0".into() });
    events.by(None, days(1) + minutes(10), Runbook::RunbookRecordLost { item: "alert-1".into() });
    let figure = ask(&standard(Measure::RunbookAdherence), &events.list, days(29));
    assert_eq!((figure.value, figure.count), (Some(1.0), 1));
    assert_eq!(excluded(&figure), [(Exclusion::NotObserved, 1)]);
}

#[rstest]
#[case::nobody_has_looked_at(None, false)]
#[case::a_reviewer_agrees_with(Some((INGRID, true)), true)]
#[case::a_reviewer_disagrees_with(Some((INGRID, false)), false)]
#[case::one_agrees_with_oneself(Some((crate::support::MAYA, true)), false)]
fn a_deviation_counts_if_a_reviewer_agrees(#[case] review: Option<(uuid::Uuid, bool)>, #[case] met: bool) {
    let mut events = month(&[But::AStepNotTicked]);
    let (item, runbook, step) = (|| "alert-0".to_string(), || BOOK.to_string(), || "grow".to_string());
    let reason = Artefact("because".into());
    events.at(minutes(7), Runbook::RunbookDeviated { item: item(), runbook: runbook(), step: step(), reason });
    if let Some((who, agreed)) = review {
        let review = Runbook::RunbookDeviationReviewed { item: item(), runbook: runbook(), step: step(), agreed };
        events.by(Some(who), days(1), review);
    }
    let figure = ask(&standard(Measure::RunbookAdherence), &events.list, days(29));
    assert_eq!(figure.value, Some(if met { 1.0 } else { 0.0 }));
}

#[test]
fn an_agreement_without_a_deviation_excuses_nothing() {
    let mut events = month(&[But::AStepNotTicked]);
    let (item, runbook, step) = ("alert-0".into(), BOOK.into(), "grow".into());
    let review = Runbook::RunbookDeviationReviewed { item, runbook, step, agreed: true };
    events.by(Some(INGRID), days(1), review);
    assert_eq!(ask(&standard(Measure::RunbookAdherence), &events.list, days(29)).value, Some(0.0));
}

#[test]
fn what_a_change_or_ticket_says_of_itself_is_believed_too() {
    for work in [
        scorecards::event::work::Work::from(Change::ChangeStarted { change: "item-1".into() }),
        Ticket::TicketActedOn { ticket: "item-1".into(), privileged: true }.into(),
    ] {
        let mut events = Events::new();
        item(&mut events, "item-1", days(0), But::Nothing);
        // 30 seconds after the match and before the runbook was opened.
        let before = events.at(TimeDelta::seconds(30), work);
        let figure = ask(&standard(Measure::RunbookAdherence), &events.list, days(29));
        assert_eq!(figure.value, Some(0.0));
        assert!(figure.events.contains(&before));
    }
    let mut events = Events::new();
    item(&mut events, "item-1", days(0), But::Nothing);
    events.at(TimeDelta::seconds(30), Ticket::TicketActedOn { ticket: "item-1".into(), privileged: false });
    assert_eq!(ask(&standard(Measure::RunbookAdherence), &events.list, days(29)).value, Some(1.0));
}

#[test]
fn an_item_with_two_runbooks_counts_once_and_one_is_enough() {
    let mut events = month(&[But::Nothing]);
    let mandatory = vec!["call".into()];
    let other = Runbook::RunbookMatched { item: "alert-0".into(), runbook: "quota".into(), mandatory };
    events.by(None, minutes(0), other);
    let figure = ask(&standard(Measure::RunbookAdherence), &events.list, days(29));
    assert_eq!((figure.value, figure.count), (Some(1.0), 1));
}

/// A revision that was merged so long after the start, with what a reviewer says of it.
fn revision(
    events: &mut Events,
    runbook: &str,
    name: &str,
    merged: TimeDelta,
    review: Option<(uuid::Uuid, Substance)>,
) {
    let (runbook, revision) = (|| runbook.to_string(), || name.to_string());
    let diff = Artefact(format!("{name}-diff"));
    events.at(merged - hours(2), Runbook::RevisionProposed { runbook: runbook(), revision: revision(), diff });
    if let Some((who, substance)) = review {
        let review = Runbook::RevisionReviewed { runbook: runbook(), revision: revision(), substance };
        events.by(Some(who), merged - hours(1), review);
    }
    events.by(Some(INGRID), merged, Runbook::RevisionMerged { runbook: runbook(), revision: revision() });
}

const MEANINGFUL: Option<(uuid::Uuid, Substance)> = Some((INGRID, Substance::Command));

#[rstest]
#[case::below(1, 1.0, State::Below)]
#[case::in_band(2, 2.0, State::In)]
#[case::top_of_the_band(4, 4.0, State::In)]
#[case::look(5, 5.0, State::Above)]
fn improvements_are_counted_by_the_month(#[case] number: i64, #[case] value: f64, #[case] state: State) {
    let mut events = Events::new();
    for number in 0..number {
        revision(&mut events, &format!("book-{number}"), "r1", days(number + 1), MEANINGFUL);
    }
    // So many in 30 days are so many a month.
    let figure = ask(&standard(Measure::RunbookImprovements), &events.list, days(30));
    assert_eq!((figure.value, figure.state), (Some(value), state));
}

#[test]
fn no_improvement_is_a_figure_if_there_was_work_and_nothing_if_there_was_none() {
    let definition = standard(Measure::RunbookImprovements);
    let figure = ask(&definition, &month(&[But::Nothing]).list, days(29));
    assert_eq!((figure.value, figure.state), (Some(0.0), State::Below));
    let figure = ask(&definition, &month(&[But::Nothing]).list, days(90));
    assert_eq!((figure.value, figure.state), (None, State::Insufficient));
}

#[rstest]
#[case::another_wording(Some((INGRID, Substance::Wording)), Some(Exclusion::BelowStandard))]
#[case::another_step(Some((INGRID, Substance::Step)), None)]
#[case::another_decision(Some((TOBIAS, Substance::Decision)), None)]
#[case::that_nobody_has_reviewed(None, Some(Exclusion::OwnWord))]
#[case::that_the_author_has_reviewed(Some((crate::support::MAYA, Substance::Step)), Some(Exclusion::OwnWord))]
fn a_revision_counts_if_a_reviewer_finds_it_meaningful(
    #[case] review: Option<(uuid::Uuid, Substance)>,
    #[case] reason: Option<Exclusion>,
) {
    let mut events = Events::new();
    revision(&mut events, BOOK, "r1", days(1), review);
    let figure = ask(&standard(Measure::RunbookImprovements), &events.list, days(29));
    assert_eq!(excluded(&figure), reason.map(|reason| (reason, 1)).into_iter().collect::<Vec<_>>());
    assert_eq!(figure.count, u32::from(reason.is_none()));
}

#[test]
fn a_proposal_is_no_improvement_yet() {
    let mut events = Events::new();
    let diff = Artefact("diff".into());
    events.at(days(1), Runbook::RevisionProposed { runbook: BOOK.into(), revision: "r1".into(), diff });
    let figure = ask(&standard(Measure::RunbookImprovements), &events.list, days(29));
    assert_eq!((figure.count, excluded(&figure)), (0, vec![]));
}

#[test]
fn one_change_in_five_commits_is_one_change() {
    let mut events = Events::new();
    // Day 1 counts; days 2, 3 and 7 are within a week of it; day 8 is a week later and counts; day 9 is within a week.
    for day in [1, 2, 3, 7, 8, 9] {
        revision(&mut events, BOOK, &format!("r{day}"), days(day), MEANINGFUL);
    }
    // Another runbook on the same day is another matter.
    revision(&mut events, "dns", "r1", days(2), MEANINGFUL);
    let figure = ask(&standard(Measure::RunbookImprovements), &events.list, days(30));
    assert_eq!(figure.value, Some(3.0));
    assert_eq!(excluded(&figure), [(Exclusion::Capped, 4)]);
    assert_eq!(figure.exclusions[0].about, ["disk-full: r2", "disk-full: r3", "disk-full: r7", "disk-full: r9"]);
}

#[rstest]
#[case::by_a_colleague(TOBIAS, 10, true)]
#[case::by_oneself(crate::support::MAYA, 10, false)]
#[case::too_late(TOBIAS, 62, false)]
fn use_by_others_is_shown_beside_and_adds_nothing(#[case] who: uuid::Uuid, #[case] day: i64, #[case] flagged: bool) {
    let mut events = Events::new();
    revision(&mut events, BOOK, "r1", days(1), MEANINGFUL);
    let used = Runbook::RevisionUsed { runbook: BOOK.into(), revision: "r1".into() };
    events.by(Some(who), days(day), used);
    let mut definition = standard(Measure::RunbookImprovements);
    definition.window_days = 90;
    let figure = ask(&definition, &events.list, days(80));
    assert_eq!(figure.count, 1);
    assert_eq!(flags(&figure), if flagged { vec![Flag::UsedByOthers] } else { vec![] });
    // It is praise, and no warning.
    assert_eq!(tripped(&figure), Vec::<&str>::new());
}
