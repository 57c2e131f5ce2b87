//! Readiness for the next role, criterion by criterion.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;
use rstest::rstest;
use scorecards::{
    event::Source,
    readiness::{Criterion, Known, Named, Need, Readiness, Series, Shown, SignOff, Standing, WindowState, readiness},
    scorecard::{Level, Middle},
};
use uuid::Uuid;

const MAYA: Uuid = Uuid::from_u128(1);
const INGRID: Uuid = Uuid::from_u128(2);

fn named(id: &str) -> Named {
    Named { id: id.into(), title: id.replace('-', " ") }
}

fn criterion(needs: Vec<Need>) -> Criterion {
    Criterion { id: "independence".into(), title: "Works alone on routine".into(), needs }
}

fn of(need: Need, known: &Known) -> Readiness {
    readiness(&[criterion(vec![need])], known).remove(0)
}

fn nothing() -> Known {
    Known { subject: MAYA, ..Known::default() }
}

/// A KPI's windows in a series, the last one last; each window rests on an event of its own.
fn kpi(id: &str, series: Source, windows: &[Option<bool>]) -> Series {
    let window = |(n, on_target): (usize, &Option<bool>)| WindowState {
        until: DateTime::UNIX_EPOCH + TimeDelta::days(30 * n as i64),
        on_target: *on_target,
        events: vec![Uuid::from_u128(100 + n as u128)],
    };
    Series { kpi: id.into(), series, windows: windows.iter().enumerate().map(window).collect() }
}

fn two_of_three() -> Need {
    let kpis = ["ticket-quality", "reopen-rate", "change-success"].map(named).to_vec();
    Need::KpisOnTarget { kpis, at_least: 2, series: Source::Imported, windows: 2 }
}

const ON: Option<bool> = Some(true);
const OFF: Option<bool> = Some(false);

#[rstest]
#[case::two_on([vec![ON, ON], vec![ON, ON], vec![OFF, OFF]], Standing::Met)]
#[case::an_older_window_does_not_matter([vec![OFF, ON, ON], vec![ON, ON], vec![OFF, OFF]], Standing::Met)]
#[case::one_on_and_two_off([vec![ON, ON], vec![ON, OFF], vec![OFF, ON]], Standing::NotYet)]
#[case::what_is_unknown_could_make_it([vec![ON, ON], vec![ON, None], vec![OFF, ON]], Standing::Unknown)]
#[case::what_is_unknown_could_not([vec![OFF, ON], vec![ON, None], vec![OFF, ON]], Standing::NotYet)]
#[case::too_few_windows([vec![ON, ON], vec![ON], vec![]], Standing::Unknown)]
#[case::off_in_a_window_although_the_other_is_unknown([vec![ON, ON], vec![None, OFF], vec![None, OFF]], Standing::NotYet)]
fn kpis_are_on_target_in_each_of_the_last_windows(#[case] windows: [Vec<Option<bool>>; 3], #[case] standing: Standing) {
    let ids = ["ticket-quality", "reopen-rate", "change-success"];
    let kpis = ids.iter().zip(windows).map(|(id, windows)| kpi(id, Source::Imported, &windows)).collect();
    assert_eq!(of(two_of_three(), &Known { kpis, ..nothing() }).standing, standing);
}

#[test]
fn windows_count_by_their_time_in_whatever_order_they_come() {
    let mut kpis: Vec<Series> =
        ["ticket-quality", "reopen-rate"].iter().map(|id| kpi(id, Source::Imported, &[OFF, ON, ON])).collect();
    kpis.iter_mut().for_each(|kpi| kpi.windows.reverse());
    assert_eq!(of(two_of_three(), &Known { kpis, ..nothing() }).standing, Standing::Met);
}

#[test]
fn another_series_says_nothing() {
    let ids = ["ticket-quality", "reopen-rate"];
    let kpis = ids.iter().map(|id| kpi(id, Source::Simulated, &[ON, ON])).collect();
    assert_eq!(of(two_of_three(), &Known { kpis, ..nothing() }).standing, Standing::Unknown);
}

#[test]
fn kpis_are_answered_in_words_and_with_the_events_behind_them() {
    let kpis =
        vec![kpi("ticket-quality", Source::Imported, &[OFF, ON, ON]), kpi("reopen-rate", Source::Imported, &[ON, OFF])];
    let answer = of(two_of_three(), &Known { kpis, ..nothing() }).needs.remove(0);
    assert_eq!(
        answer.says,
        "1 of at least 2 KPIs on target in real work in each of the last 2 windows. On target: ticket quality. Off target: \
         reopen rate. Too little is known of: change success."
    );
    // The first window of ticket quality is too old to matter.
    assert_eq!(answer.events, [101, 102, 100, 101].map(Uuid::from_u128));
}

fn middle(twice: u8) -> Middle {
    let level = |number: u8| Level::ALL[usize::from(number) - 1];
    Middle::of(&[level(twice / 2), level(twice.div_ceil(2))]).unwrap()
}

#[rstest]
#[case::at_it(Some(6), Standing::Met, "communication is at 3: at least 3 is asked for.")]
#[case::above(Some(7), Standing::Met, "communication is at 3.5: at least 3 is asked for.")]
#[case::half_a_step_below(Some(5), Standing::NotYet, "communication is at 2.5; at least 3 is missing.")]
#[case::not_observed(None, Standing::Unknown, "communication was not observed.")]
fn a_dimension_has_a_least_median(#[case] twice: Option<u8>, #[case] standing: Standing, #[case] says: &str) {
    let events = vec![Uuid::from_u128(9)];
    let dimensions =
        twice.map(|twice| ("communication".to_string(), Shown { value: middle(twice), events: events.clone() }));
    let known = Known { dimensions: dimensions.into_iter().collect(), ..nothing() };
    let need = Need::Dimension { dimension: named("communication"), at_least: middle(6) };
    let answer = of(need, &known).needs.remove(0);
    assert_eq!((answer.standing, answer.says.as_str()), (standing, says));
    assert_eq!(answer.events, if twice.is_some() { events } else { vec![] });
}

#[rstest]
#[case(Some(true), Standing::Met, "“linux shell” is mastered.", "“linux shell” is reached.")]
#[case(Some(false), Standing::NotYet, "“linux shell” is not yet mastered.", "“linux shell” is not yet reached.")]
#[case(
    None,
    Standing::Unknown,
    "Nothing says whether “linux shell” is mastered.",
    "Nothing says whether “linux shell” is reached."
)]
fn skills_are_mastered_and_goals_reached(
    #[case] value: Option<bool>,
    #[case] standing: Standing,
    #[case] mastered: &str,
    #[case] reached: &str,
) {
    let shown = value.map(|value| ("linux-shell".to_string(), Shown { value, events: vec![] }));
    let known =
        Known { mastered: shown.clone().into_iter().collect(), goals: shown.into_iter().collect(), ..nothing() };
    let of = |need| of(need, &known).needs.remove(0);
    let (skill, goal) = (of(Need::Mastered(named("linux-shell"))), of(Need::Goal(named("linux-shell"))));
    assert_eq!((skill.standing, skill.says.as_str()), (standing, mastered));
    assert_eq!((goal.standing, goal.says.as_str()), (standing, reached));
}

#[rstest]
#[case::none(None, Standing::NotYet)]
#[case::given(Some((INGRID, true)), Standing::Met)]
#[case::refused(Some((INGRID, false)), Standing::NotYet)]
#[case::ones_own(Some((MAYA, true)), Standing::NotYet)]
#[case::nobodys(Some((Uuid::nil(), true)), Standing::NotYet)]
fn a_sign_off_is_somebody_elses(#[case] word: Option<(Uuid, bool)>, #[case] standing: Standing) {
    let word = word.map(|(by, given)| ("independence".to_string(), SignOff { by, given, event: Uuid::from_u128(5) }));
    let known = Known { sign_offs: word.into_iter().collect(), ..nothing() };
    assert_eq!(of(Need::SignOff, &known).standing, standing);
}

#[test]
fn a_criterion_that_nothing_shows_is_unknown() {
    let ours = readiness(&[criterion(vec![])], &nothing()).remove(0);
    assert_eq!(ours.standing, Standing::Unknown);
    assert_eq!(ours.needs[0].says, "Nothing is named that would show it: talk about it.");
}

#[test]
fn what_is_missing_weighs_more_than_what_is_unknown() {
    let skill = || Need::Mastered(named("git"));
    let ours = |needs| readiness(&[criterion(needs)], &nothing()).remove(0).standing;
    assert_eq!(ours(vec![skill()]), Standing::Unknown);
    assert_eq!(ours(vec![skill(), Need::SignOff]), Standing::NotYet);
}

#[test]
fn readiness_is_a_list_in_the_order_of_the_criteria() {
    let criteria = ["one", "two"].map(|id| Criterion { id: id.into(), ..criterion(vec![Need::SignOff]) });
    let word = SignOff { by: INGRID, given: true, event: Uuid::from_u128(5) };
    let known = Known { sign_offs: [("two".to_string(), word)].into(), ..nothing() };
    let ours: Vec<_> =
        readiness(&criteria, &known).into_iter().map(|answer| (answer.criterion, answer.standing)).collect();
    assert_eq!(ours, [("one".into(), Standing::NotYet), ("two".into(), Standing::Met)]);
}

proptest! {
    /// A window more on target never makes it worse, in whatever order windows come.
    #[test]
    fn a_better_window_never_makes_it_worse(
        windows in prop::array::uniform3(prop::collection::vec(prop::option::of(any::<bool>()), 0..4)),
        at in (0..3_usize, any::<prop::sample::Index>()), at_least in 0..5_usize, count in 0..5_usize,
    ) {
        let ids = ["a", "b", "c"];
        let need = || Need::KpisOnTarget {
            kpis: ids.map(named).to_vec(), at_least, series: Source::Imported, windows: count,
        };
        let known = |windows: &[Vec<Option<bool>>; 3]| {
            let mut kpis: Vec<Series> =
                ids.iter().zip(windows).map(|(id, windows)| kpi(id, Source::Imported, windows)).collect();
            kpis[0].windows.reverse();
            Known { kpis, ..nothing() }
        };
        let before = of(need(), &known(&windows)).standing;
        let mut better = windows.clone();
        let (which, window) = at;
        prop_assume!(!better[which].is_empty());
        let window = window.index(better[which].len());
        better[which][window] = Some(true);
        let after = of(need(), &known(&better)).standing;
        prop_assert!(after >= before, "{before:?} became {after:?}");
    }
}
