//! K20: what partners say, and that nobody learns who said it.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::{
        Source,
        work::{Chooser, Survey, Ticket},
    },
    kpi::{Definition, Direction, Exclusion, Flag, Measure, Parts, State, Tracker, Value},
};
use uuid::Uuid;

use crate::{
    all, at_least, close, defined, excluded, figure, flags,
    support::{Events, INGRID, MAYA, days, hours, start},
    tripped,
};

/// The examples begin on the second of March; the month is over 29 days and 15 hours later.
const APRIL: i64 = 30;

fn satisfaction() -> Definition {
    defined(Measure::Satisfaction, 91, Direction::Up, at_least(4.0), 5)
}

fn sent(events: &mut Events, survey: &str, requester: &str, after: TimeDelta, chosen_by: Chooser) -> Uuid {
    let (survey, requester) = (survey.to_string(), requester.to_string());
    events.by(None, after, Survey::SurveySent { survey, requester, ticket: None, chosen_by })
}

fn answered(events: &mut Events, survey: &str, after: TimeDelta, score: u8) -> Uuid {
    events.by(None, after, Survey::SurveyAnswered { survey: survey.into(), score, text: None })
}

/// The system asks somebody, who answers a day later.
fn asked(events: &mut Events, who: &str, after: TimeDelta, score: u8) -> Uuid {
    let survey = format!("{who}-{}", after.num_hours());
    sent(events, &survey, who, after, Chooser::System);
    answered(events, &survey, after + days(1), score)
}

fn scores(events: &mut Events, scores: &[u8]) {
    for (number, score) in scores.iter().enumerate() {
        asked(events, &format!("r-{number}"), hours(number as i64), *score);
    }
}

/// (5+4+4+4+3)/5 = 4; (5+4+4+3+3)/5 = 3.8; (5+5+5+4+4+4)/6 = 4.5.
#[rstest]
#[case(&[5, 4, 4, 4, 3], 4.0, State::In)]
#[case(&[5, 4, 4, 3, 3], 3.8, State::Below)]
#[case(&[5, 5, 5, 4, 4, 4], 4.5, State::In)]
fn the_mean_answer_is_held_against_its_target(#[case] given: &[u8], #[case] mean: f64, #[case] state: State) {
    let mut events = Events::new();
    scores(&mut events, given);
    let figure = figure(&satisfaction(), &events, days(APRIL));
    assert!(close(figure.value, mean), "{figure:?}");
    assert_eq!((figure.state, figure.count as usize), (state, given.len()));
    assert_eq!(figure.events.len(), given.len());
}

/// Four answers: no figure, no sum, no event from which one could be read.
#[test]
fn four_answers_say_nothing_and_show_nothing() {
    let mut events = Events::new();
    scores(&mut events, &[5, 1, 5, 5]);
    let four = figure(&satisfaction(), &events, days(APRIL));
    assert_eq!((four.state, four.value, &four.parts), (State::Insufficient, None, &Parts::Other));
    assert_eq!(excluded(&four), [(Exclusion::TooFew, 4)]);
    assert!(four.events.is_empty() && four.exclusions.iter().all(|excluded| excluded.events.is_empty()), "{four:?}");
    let told = serde_json::to_string(&four).unwrap();
    assert!(!told.contains("r-0"), "{told}");
}

/// Everything that can be asked of the engine about one who was asked: it is the same for all.
#[test]
fn nobody_learns_who_said_what() {
    let mut events = Events::new();
    scores(&mut events, &[5, 1, 5, 4, 5]);
    let mut tracker = Tracker::new(MAYA);
    events.list.iter().for_each(|event| tracker.add(event));
    let seen = tracker.observations(&satisfaction(), Source::Imported, start() + days(APRIL));
    assert_eq!(seen.len(), 5);
    for one in &seen {
        assert_eq!(one, &seen[0], "all look alike");
        assert_eq!((one.value, one.events.len()), (Value::Level(4.0), 5));
    }
}

/// An answer that came a day after five others would show as the difference of two days' sums.
#[test]
fn a_months_answers_come_all_at_once() {
    let mut events = Events::new();
    scores(&mut events, &[5, 5, 5, 5, 5]);
    asked(&mut events, "late", days(20), 1);
    for day in [5, 20, 22, 29] {
        let figure = figure(&satisfaction(), &events, days(day));
        assert_eq!(figure.value, None, "on day {day}");
    }
    assert!(close(figure(&satisfaction(), &events, days(APRIL)).value, 26.0 / 6.0));
}

/// The second answer of the same month is not counted, that of the next month is.
#[test]
fn a_requester_counts_once_a_month_with_the_first_answer() {
    let mut events = Events::new();
    scores(&mut events, &[4, 4, 4, 4, 2]);
    for again in 1..4 {
        asked(&mut events, "r-0", days(4 * again), 5);
    }
    let march = figure(&satisfaction(), &events, days(APRIL));
    assert!(close(march.value, 3.6), "{march:?}");
    assert_eq!(excluded(&march), [(Exclusion::NotSampled, 3)]);
    asked(&mut events, "r-0", days(40), 5);
    let april = figure(&satisfaction(), &events, days(60));
    assert!(close(april.value, 23.0 / 6.0), "{april:?}");
}

/// Five happy friends, asked by hand, beside five whom the system drew.
#[test]
fn whom_a_person_chose_to_ask_is_outside_of_the_sample() {
    let mut events = Events::new();
    scores(&mut events, &[3, 3, 3, 3, 3]);
    for friend in 0..5 {
        let survey = format!("friend-{friend}");
        sent(&mut events, &survey, &survey, hours(1), Chooser::Person);
        answered(&mut events, &survey, hours(2), 5);
    }
    let figure = figure(&satisfaction(), &events, days(APRIL));
    assert!(close(figure.value, 3.0));
    assert_eq!(excluded(&figure), [(Exclusion::NotSampled, 5)]);
    assert_eq!(flags(&figure), [(Flag::UnevenSample, 5)]);
    assert_eq!(tripped(&figure, "uneven-sample"), Some(true), "five of ten");
}

#[test]
fn ones_own_answer_does_not_count() {
    let mut events = Events::new();
    scores(&mut events, &[4, 4, 4, 4, 4]);
    asked(&mut events, &MAYA.to_string(), hours(9), 5);
    let figure = figure(&satisfaction(), &events, days(APRIL));
    assert!(close(figure.value, 4.0));
    assert_eq!(excluded(&figure), [(Exclusion::NotSampled, 1)]);
}

/// Five of twelve answered, which is less than half; two declined, five said nothing.
#[test]
fn few_answers_of_many_asked_are_an_uneven_sample() {
    let mut events = Events::new();
    scores(&mut events, &[5, 5, 5, 5, 5]);
    for silent in 0..7 {
        let survey = format!("silent-{silent}");
        sent(&mut events, &survey, &survey, hours(1), Chooser::System);
        if silent < 2 {
            events.by(None, hours(2), Survey::SurveyDeclined { survey });
        }
    }
    let figure = figure(&satisfaction(), &events, days(APRIL));
    assert!(close(figure.value, 5.0));
    assert_eq!(excluded(&figure), [(Exclusion::Unanswered, 7)]);
    assert_eq!(flags(&figure), [(Flag::UnevenSample, 12)], "all who were asked");
    assert_eq!(tripped(&figure, "uneven-sample"), Some(true));
}

/// The fewer answer, the less may the guard be silent.
#[rstest]
#[case::five_of_thirty(5, 25)]
#[case::too_few_for_a_figure(4, 26)]
#[case::nobody(0, 3)]
fn the_fewer_answer_the_more_it_is_uneven(#[case] answers: usize, #[case] silent: usize) {
    let mut events = Events::new();
    scores(&mut events, &vec![5; answers]);
    for silent in 0..silent {
        let survey = format!("silent-{silent}");
        sent(&mut events, &survey, &survey, hours(1), Chooser::System);
    }
    let figure = figure(&satisfaction(), &events, days(APRIL));
    assert_eq!(flags(&figure), [(Flag::UnevenSample, (answers + silent) as u32)]);
    assert_eq!(tripped(&figure, "uneven-sample"), Some(true));
}

/// While the month runs its answers are kept back, so those who are silent say nothing either.
#[test]
fn a_month_that_is_not_over_is_not_uneven() {
    let mut events = Events::new();
    scores(&mut events, &[5, 5, 5, 5, 5]);
    sent(&mut events, "silent", "silent", hours(1), Chooser::System);
    assert_eq!(flags(&figure(&satisfaction(), &events, days(20))), []);
    assert_eq!(flags(&figure(&satisfaction(), &events, days(APRIL))), []);
}

#[test]
fn half_of_those_asked_are_enough() {
    let mut events = Events::new();
    scores(&mut events, &[5, 5, 5, 5, 5]);
    for silent in 0..5 {
        let survey = format!("silent-{silent}");
        sent(&mut events, &survey, &survey, hours(1), Chooser::System);
    }
    let figure = figure(&satisfaction(), &events, days(APRIL));
    assert_eq!((excluded(&figure), flags(&figure)), (vec![(Exclusion::Unanswered, 5)], vec![]));
}

#[test]
fn who_may_still_answer_is_pending() {
    let mut events = Events::new();
    sent(&mut events, "s", "r-1", days(25), Chooser::System);
    assert_eq!(excluded(&figure(&satisfaction(), &events, days(38))), [(Exclusion::Pending, 1)]);
    assert_eq!(excluded(&figure(&satisfaction(), &events, days(39))), [(Exclusion::Unanswered, 1)]);
}

#[rstest]
#[case(0)]
#[case(6)]
#[case(255)]
fn a_score_outside_of_one_to_five_is_none(#[case] score: u8) {
    let mut events = Events::new();
    scores(&mut events, &[4, 4, 4, 4, 4]);
    asked(&mut events, "odd", hours(9), score);
    let figure = figure(&satisfaction(), &events, days(APRIL));
    assert!(close(figure.value, 4.0));
    assert_eq!(excluded(&figure), [(Exclusion::Unmeasured, 1)]);
}

/// Saying yes to what must not be done makes five partners happy, and every ticket fails the checklist.
#[test]
fn saying_yes_to_unsafe_requests_shows_beside_it() {
    let mut events = Events::new();
    scores(&mut events, &[5, 5, 5, 5, 5]);
    for number in 0..5 {
        let ticket = || format!("ticket-{number}");
        let requester = format!("r-{number}");
        let opened = Ticket::TicketOpened { ticket: ticket(), requester, matter: None, preapproved: false };
        events.by(Some(INGRID), hours(number), opened);
        events.at(hours(number + 1), Ticket::TicketActedOn { ticket: ticket(), privileged: true });
        let closed = Ticket::TicketClosed { ticket: ticket(), reason: Some("done".into()), audit: Default::default() };
        events.at(hours(number + 2), closed);
    }
    let mut partners = satisfaction();
    partners.guards = vec!["ticket-quality".into()];
    let quality = defined(Measure::TicketQuality, 91, Direction::Up, at_least(0.95), 5);
    let figures = all(&[partners, quality], &events, start() + days(APRIL));
    assert_eq!(figures[0].state, State::In);
    assert_eq!(tripped(&figures[0], "ticket-quality"), Some(true), "{:?}", figures[1]);
}

/// Who asks again until the answer pleases gets the first one.
#[test]
fn the_first_answer_to_a_question_counts() {
    let mut events = Events::new();
    scores(&mut events, &[3, 3, 3, 3, 3]);
    answered(&mut events, "r-0-0", days(5), 5);
    assert!(close(figure(&satisfaction(), &events, days(APRIL)).value, 3.0));
}

#[test]
fn an_answer_to_a_person_does_not_displace_one_to_the_system() {
    let mut events = Events::new();
    sent(&mut events, "by-hand", "r-0", hours(0), Chooser::Person);
    answered(&mut events, "by-hand", hours(1), 5);
    scores(&mut events, &[3, 3, 3, 3, 3]);
    let figure = figure(&satisfaction(), &events, days(APRIL));
    assert!(close(figure.value, 3.0), "{figure:?}");
    assert_eq!(figure.count, 5);
}
