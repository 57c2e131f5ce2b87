//! What must hold for any panel.
//!
//! Raising a level that a rater gave never lowers the score and never worsens the label (no < discuss < yes < strong yes),
//! without exception: it changes neither what was observed, so `no decision` stays what it is, nor any red flag. What is
//! *not* monotonous, by the rule itself:
//!
//! - a level where nothing was observed before can lower the score, and turns `no decision` into anything;
//! - a confirmed red flag is a no at any level;
//! - whether the label hangs on the weights: a higher level can bring a score between two thresholds.

use proptest::{collection::vec, prelude::*, sample::subsequence};
use scorecards::scorecard::{Label, Recommendation, Rule, recommend};
use uuid::Uuid;

use crate::{CARD, INGRID, RAFAEL, card, confirmed, dimensions, event, judged, raised, read};

type Cards = Vec<[u8; 9]>;

/// Mostly whole cards, so that labels other than `no decision` are common.
fn cards() -> impl Strategy<Value = Cards> {
    let level = prop_oneof![1 => Just(0_u8), 2 => Just(1_u8), 5 => Just(2_u8), 8 => Just(3_u8), 8 => Just(4_u8)];
    vec([(); 9].map(|()| level.clone()), 1..5)
}

fn events(cards: &Cards) -> Vec<scorecards::event::Event> {
    cards.iter().enumerate().flat_map(|(n, levels)| card(Uuid::from_u128(20 + n as u128), *levels)).collect()
}

fn of(cards: &Cards) -> Recommendation {
    judged(&events(cards))
}

/// The same, without who gave what.
fn without_names(recommendation: &Recommendation) -> Recommendation {
    let mut plain = recommendation.clone();
    for one in &mut plain.dimensions {
        one.given.clear();
    }
    plain
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_score_is_a_share_and_the_label_can_be_checked(cards in cards()) {
        let ours = of(&cards);
        prop_assert!((0.0..=1.0).contains(&ours.coverage));
        for one in &ours.weighed {
            prop_assert!(one.score.is_none_or(|score| (0.0..=1.0).contains(&score)));
        }
        prop_assert!(!ours.reasons.is_empty());
        let alike = ours.weighed.iter().all(|one| one.label == ours.label);
        prop_assert_eq!(ours.robust, (ours.label != Label::NoDecision).then_some(alike));
    }

    #[test]
    fn the_order_of_raters_and_of_events_changes_nothing(cards in cards(), order in any::<u64>()) {
        let reversed: Cards = cards.iter().rev().copied().collect();
        prop_assert_eq!(without_names(&of(&cards)), without_names(&of(&reversed)));
        let mut shuffled = events(&cards);
        shuffled.sort_by_key(|event| event.id.as_u128().wrapping_mul(u128::from(order | 1)) % 1_000_003);
        prop_assert_eq!(judged(&shuffled), of(&cards));
    }

    #[test]
    fn raising_a_level_never_lowers_the_score_or_worsens_the_label(
        cards in cards(), rater in any::<prop::sample::Index>(), dimension in 0..9_usize,
    ) {
        let rater = rater.index(cards.len());
        prop_assume!((1..4).contains(&cards[rater][dimension]));
        let mut raised = cards.clone();
        raised[rater][dimension] += 1;
        let (before, after) = (of(&cards), of(&raised));
        prop_assert_eq!(before.label == Label::NoDecision, after.label == Label::NoDecision);
        prop_assert!(after.label >= before.label, "{:?} became {:?}", before.label, after.label);
        for (before, after) in before.weighed.iter().zip(&after.weighed) {
            prop_assert!(after.score >= before.score && after.label >= before.label);
        }
    }

    #[test]
    fn a_four_where_nothing_was_observed_never_lowers_the_score_or_worsens_the_label(
        levels in cards(), dimension in 0..9_usize,
    ) {
        let mut before = levels[0];
        before[dimension] = 0;
        let mut after = before;
        after[dimension] = 4;
        let (before, after) = (of(&vec![before]), of(&vec![after]));
        prop_assert!(after.score >= before.score);
        prop_assert!(after.label >= before.label);
    }

    #[test]
    fn a_confirmed_red_flag_is_a_no_at_any_level(cards in cards()) {
        let mut events = events(&cards);
        events.push(event(1, 90, Some(INGRID), raised("f")));
        prop_assert_eq!(judged(&events).label, of(&cards).label, "raised by one it changes no label");
        events.push(event(2, 91, Some(RAFAEL), confirmed("f")));
        let ours = judged(&events);
        prop_assert_eq!((ours.label, ours.score), (Label::No, of(&cards).score));
    }

    #[test]
    fn no_rule_and_no_part_of_the_events_panics(
        cards in cards(),
        thresholds in [any::<f64>(), any::<f64>(), any::<f64>(), any::<f64>()],
        numbers in [any::<u32>(), any::<u32>(), any::<u32>()],
        at_least in any::<u8>(), allowed in any::<u32>(),
        kept in subsequence((0..10_usize).collect::<Vec<_>>(), 0..10),
    ) {
        let [strong_yes, yes, discuss, coverage] = thresholds;
        let mut rule = Rule { strong_yes, yes, discuss, coverage, ..Rule::default() };
        rule.weighting.high = numbers[0];
        rule.weighting.medium_high = numbers[1];
        rule.weighting.medium = numbers[2];
        for must in &mut rule.must_meets {
            must.at_least = at_least;
            must.misses_allowed = allowed;
        }
        let events = events(&cards);
        let part: Vec<_> = kept.into_iter().filter_map(|n| events.get(n).cloned()).collect();
        for events in [&events, &part] {
            let ours = recommend(&dimensions(), &rule, &read(events));
            prop_assert!(ours.score.is_none_or(|score| (0.0..=1.0).contains(&score)));
            let _: Vec<String> = crate::words(&ours.reasons);
        }
        prop_assert_eq!(read(&[]).cards.len(), 0, "nothing of {}", CARD);
    }
}
