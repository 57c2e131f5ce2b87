//! From scorecards to how far raters agree.

use scorecards::{
    agreement::{exact, icc},
    scorecard::{Panel, Rule, calibration},
};

use crate::{INGRID, JONAS, RAFAEL, card, dimensions, read};

fn panels() -> Vec<Panel> {
    let mut two = card(INGRID, [3; 9]);
    two.extend(card(RAFAEL, [3, 3, 3, 3, 3, 3, 3, 4, 0]));
    let mut unsubmitted = card(JONAS, [1; 9]);
    unsubmitted.pop();
    two.extend(unsubmitted);
    let mut again = card(INGRID, [4; 9]);
    again.extend(card(RAFAEL, [0, 4, 4, 4, 4, 4, 4, 4, 4]));
    vec![read(&two), read(&again)]
}

#[test]
fn a_unit_is_a_dimension_on_a_scorecard() {
    let units = calibration::levels(&panels(), &dimensions());
    assert_eq!((units.rows().len(), units.raters()), (18, 3));
    // Who has not submitted has a column and no ratings; not observed is missing.
    assert!(units.rows().iter().all(|row| row[2].is_none()));
    assert_eq!(units.doubly_rated(), 16);
    // 7 and 8 pairs alike, one (3 and 4) not.
    assert_eq!(exact(&units), Ok(15.0 / 16.0));
}

#[test]
fn a_raters_own_score_counts_where_they_saw_enough() {
    let units = calibration::scores(&panels(), &dimensions(), &Rule::default());
    let two_thirds = 2.0 / 3.0;
    assert_eq!(units.rows()[0][0], Some(two_thirds));
    // Without D9, D8 at 4: (24 · ⅔ + 2 · 1) ÷ 26 = 18 ÷ 26.
    assert_eq!(units.rows()[0][1], Some(18.0 / 26.0));
    // Rafael did not see D1, which has a high weight.
    assert_eq!(units.rows()[1], [Some(1.0), None, None]);
    assert!(icc(&units).is_err(), "one unit that all have scored is none");
}
