//! The rule: coverage, must-meets, thresholds, medians; in words too.

use rstest::rstest;
use scorecards::scorecard::{
    Dimension, Label, Level, Middle, Panel, Recommendation, Rule, Weight, Weighting, recommend,
};

use crate::{INGRID, JONAS, RAFAEL, card, dimensions, judged, of_levels, read, words};

#[rstest]
#[case::one(&[3], "3")]
#[case::two(&[2, 3], "2.5")]
#[case::two_apart(&[1, 4], "2.5")]
#[case::three(&[4, 1, 4], "4")]
#[case::four(&[1, 2, 3, 4], "2.5")]
#[case::four_alike_in_the_middle(&[1, 3, 3, 4], "3")]
fn the_median_is_the_half_step_between_the_middle_two(#[case] levels: &[usize], #[case] middle: &str) {
    let levels: Vec<Level> = levels.iter().map(|level| Level::ALL[level - 1]).collect();
    assert_eq!(Middle::of(&levels).unwrap().to_string(), middle);
}

#[test]
fn what_nobody_observed_has_no_median() {
    assert_eq!(Middle::of(&[]), None);
}

#[test]
fn a_median_survives_json() {
    let middle = Middle::of(&[Level::Two, Level::Three]).unwrap();
    assert_eq!(serde_json::to_string(&middle).unwrap(), "2.5");
    assert_eq!(serde_json::from_str::<Middle>("2.5").unwrap(), middle);
    for wrong in ["0.5", "4.5", "2.25", "-1"] {
        assert!(serde_json::from_str::<Middle>(wrong).unwrap_err().to_string().contains("half steps"), "{wrong}");
    }
}

// Weights 4 4 3 2 4 4 3 2 2, together 28.
#[rstest]
// Without D8 and D9: 24 of 28 = 85.7 %. S = 16·⅔ + 8·⅔ ÷ 24.
#[case::two_medium_missing([3, 3, 3, 3, 3, 3, 3, 0, 0], Label::Yes)]
// Without D4, D8 and D9: 22 of 28 = 78.6 %.
#[case::three_medium_missing([4, 4, 4, 0, 4, 4, 4, 0, 0], Label::NoDecision)]
// Without D3 and D8: 23 of 28 = 82.1 %.
#[case::five_of_28_missing([3, 3, 0, 3, 3, 3, 3, 0, 3], Label::Yes)]
// A high one is missing: 24 of 28 is not enough.
#[case::high_missing([0, 4, 4, 4, 4, 4, 4, 4, 4], Label::NoDecision)]
#[case::nothing([0; 9], Label::NoDecision)]
// D7 is a must: not observed it is no miss, but there is no yes.
#[case::must_meet_not_observed([4, 4, 4, 4, 4, 4, 0, 4, 4], Label::Discuss)]
fn too_little_observed_is_no_decision(#[case] levels: [u8; 9], #[case] label: Label) {
    assert_eq!(of_levels(levels).label, label);
}

#[rstest]
// D1 = 1: what is allowed is one level, so this is a miss. S = (4·0 + 24·1) ÷ 28 = 0.857.
#[case::one_far_below([1, 4, 4, 4, 4, 4, 4, 4, 4], Label::Discuss)]
#[case::far_below_and_allowed([1, 2, 4, 4, 4, 4, 4, 4, 4], Label::Discuss)]
#[case::two_far_below([1, 1, 4, 4, 4, 4, 4, 4, 4], Label::No)]
// D1, D2, D5 = 2: one is allowed, two are misses. S = (12·⅓ + 16·1) ÷ 28 = 0.714.
#[case::three_below([2, 2, 4, 4, 2, 4, 4, 4, 4], Label::No)]
#[case::d6_and_d7([4, 4, 4, 4, 4, 2, 1, 4, 4], Label::No)]
#[case::d7([4, 4, 4, 4, 4, 4, 1, 4, 4], Label::Discuss)]
#[case::d7_at_2([4, 4, 4, 4, 4, 4, 2, 4, 4], Label::Yes)]
// One allowed, D6 missed: one miss.
#[case::d1_allowed_d6_missed([2, 4, 4, 4, 4, 2, 4, 4, 4], Label::Discuss)]
fn must_meets_are_counted(#[case] levels: [u8; 9], #[case] label: Label) {
    assert_eq!(of_levels(levels).label, label);
}

#[test]
fn a_half_step_below_a_must_meet_misses_it() {
    let mut events = card(INGRID, [3; 9]);
    events.extend(card(RAFAEL, [3, 3, 3, 3, 3, 2, 3, 3, 3]));
    let ours = judged(&events);
    assert_eq!(ours.label, Label::Discuss);
    assert_eq!(ours.reasons[0].to_string(), "Operational discipline is at 2.5: at least 3 is a must.");
}

#[test]
fn a_score_exactly_at_a_threshold_reaches_it() {
    // Five dimensions of one weight. Levels 3 3 3 3 2: Σ (r−1)/3 ÷ 5 = (8 + 1) ÷ 15 = 0.60; 4 3 4 3 3: 12 ÷ 15 = 0.80;
    // 3 3 2 2 2 with a half step (2.5 for one of the 2): (4 + 3.5) ÷ 15 = 0.50.
    let dimensions: Vec<Dimension> =
        (0..5).map(|n| Dimension { id: n.to_string(), title: n.to_string(), weight: Weight::Medium }).collect();
    let weighting = Weighting { high: 1, medium_high: 1, medium: 1 };
    let rule = Rule { weighting, others: Vec::new(), must_meets: Vec::new(), ..Rule::default() };
    let label = |cards: &[[u8; 5]]| {
        let mut panel = Panel::default();
        for (n, levels) in cards.iter().enumerate() {
            let mut whole = [0; 9];
            whole[..5].copy_from_slice(levels);
            let mut one = read(&card(INGRID, whole)).cards.remove(&INGRID).unwrap();
            for (n, version) in one.versions.iter_mut().enumerate() {
                version.dimension = n.to_string();
            }
            panel.cards.insert(uuid::Uuid::from_u128(n as u128 + 1), one);
        }
        recommend(&dimensions, &rule, &panel).label
    };
    assert_eq!(label(&[[3, 3, 3, 3, 2]]), Label::Yes);
    assert_eq!(label(&[[4, 3, 4, 3, 3]]), Label::StrongYes);
    assert_eq!(label(&[[3, 3, 2, 2, 2], [3, 3, 2, 2, 3]]), Label::Discuss);
    assert_eq!(label(&[[3, 3, 2, 2, 2]]), Label::No);
}

#[test]
fn raters_two_levels_apart_must_talk() {
    let mut events = card(INGRID, [3; 9]);
    events.extend(card(RAFAEL, [3, 3, 3, 3, 3, 3, 1, 4, 0]));
    events.extend(card(JONAS, [3, 3, 3, 3, 3, 3, 2, 3, 3]));
    assert_eq!(
        words(&judged(&events).debrief),
        ["Communication: raters are apart, from 1 to 3. What did each of you see?"]
    );
}

#[test]
fn not_observed_by_one_is_left_out_of_the_median() {
    let mut events = card(INGRID, [4; 9]);
    events.extend(card(RAFAEL, [0, 4, 4, 4, 4, 4, 4, 4, 4]));
    let ours = judged(&events);
    assert_eq!(ours.dimensions[0].middle, Some(Level::Four.into()));
    assert_eq!(ours.score, Some(1.0));
}

#[rstest]
#[case::strong([4; 9], &["Everything that must be met is met.", "The score is 1.000: it reaches “strong yes” (0.80)."])]
#[case::allowed([2, 4, 4, 4, 4, 4, 4, 4, 4], &[
    "Everything that must be met is met.",
    "Linux fundamentals is at 2: below 3, which the rule allows here.",
    "The score is 0.905: it reaches “strong yes” (0.80).",
    "Linux fundamentals is at 2: a strong yes asks for at least 3 everywhere.",
])]
#[case::two_of_three([2, 2, 3, 3, 3, 3, 3, 3, 3], &[
    "Linux fundamentals is at 2 and Networking fundamentals is at 2: of Linux fundamentals, Networking fundamentals and \
     Troubleshooting at most 1 may be below 3, and by no more than one level.",
    "The score is 0.571: it reaches “discuss” (0.50) but not “yes” (0.60).",
])]
#[case::all_2([2; 9], &[
    "Operational discipline is at 2: at least 3 is a must.",
    "Linux fundamentals is at 2, Networking fundamentals is at 2 and Troubleshooting is at 2: of Linux fundamentals, \
     Networking fundamentals and Troubleshooting at most 1 may be below 3, and by no more than one level. This counts as \
     2 misses.",
    "The score is 0.333: it does not reach “discuss” (0.50).",
])]
#[case::no_decision([0, 3, 3, 0, 3, 3, 3, 0, 0], &[
    "Not observed, and nothing is decided without: Linux fundamentals.",
    "Only 64.3 % of the weight was observed, 80 % is needed. Not observed: Linux fundamentals, IaC and Git workflow, \
     Learning agility and Collaboration.",
])]
#[case::must_meet_open([3, 3, 3, 3, 3, 3, 0, 3, 3], &[
    "Not observed: Communication. At least 2 is a must, so there is no yes until it is.",
    "The score is 0.667: it reaches “yes” (0.60) but not “strong yes” (0.80).",
])]
fn the_reasons_can_be_read_and_checked(#[case] levels: [u8; 9], #[case] expected: &[&str]) {
    assert_eq!(words(&of_levels(levels).reasons), expected);
}

#[test]
fn a_label_of_no_decision_has_no_robustness() {
    let ours = of_levels([4, 4, 4, 0, 4, 4, 4, 0, 0]);
    assert_eq!((ours.label, ours.robust, ours.debrief.len()), (Label::NoDecision, None, 0));
    // 22 of 28 were observed.
    assert_eq!(ours.coverage, 22.0 / 28.0);
}

#[test]
fn coverage_exactly_at_its_least_share_is_enough() {
    // Without D8 and D9: 24 of 28.
    let panel = read(&card(INGRID, [3, 3, 3, 3, 3, 3, 3, 0, 0]));
    let label = |coverage| recommend(&dimensions(), &Rule { coverage, ..Rule::default() }, &panel).label;
    assert_eq!([label(24.0 / 28.0), label(24.1 / 28.0)], [Label::Yes, Label::NoDecision]);
}

#[test]
fn a_recommendation_survives_json() {
    let ours = of_levels([2, 2, 3, 3, 0, 3, 3, 3, 3]);
    let text = serde_json::to_string(&ours).unwrap();
    assert_eq!(serde_json::from_str::<Recommendation>(&text).unwrap(), ours);
}

#[test]
fn a_rule_without_dimensions_decides_nothing() {
    let ours = recommend(&[], &Rule::default(), &read(&card(INGRID, [3; 9])));
    assert_eq!((ours.label, ours.score), (Label::NoDecision, None));
    assert_eq!(ours.debrief.len(), 9, "each rated dimension is unknown: {:?}", ours.debrief);
}

#[test]
fn a_must_meet_on_a_dimension_that_is_not_there_is_not_met() {
    let mut without = dimensions();
    without.retain(|dimension| dimension.id != "communication");
    let ours = recommend(&without, &Rule::default(), &read(&card(INGRID, [4; 9])));
    assert_eq!(ours.label, Label::Discuss);
}
