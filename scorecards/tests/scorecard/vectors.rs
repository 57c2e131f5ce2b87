//! The worked vectors of the reference: D1 to D9, score by the three weightings, labels, robust or not.

use rstest::rstest;
use scorecards::scorecard::{DebriefItem, Label};

use crate::of_levels;

const NO: Label = Label::No;
const DISCUSS: Label = Label::Discuss;
const YES: Label = Label::Yes;
const STRONG: Label = Label::StrongYes;

#[rstest]
#[case::all_3([3; 9], [(YES, "0.667"), (YES, "0.667"), (YES, "0.667")], true)]
#[case::all_2([2; 9], [(NO, "0.333"), (NO, "0.333"), (NO, "0.333")], true)]
#[case::all_4([4; 9], [(STRONG, "1.000"), (STRONG, "1.000"), (STRONG, "1.000")], true)]
#[case::d1_at_2([2, 3, 3, 3, 3, 3, 3, 3, 3], [(YES, "0.619"), (YES, "0.614"), (YES, "0.623")], true)]
#[case::d1_d2_at_2([2, 2, 3, 3, 3, 3, 3, 3, 3], [(DISCUSS, "0.571"), (DISCUSS, "0.561"), (DISCUSS, "0.580")], true)]
#[case::d6_at_2([4, 4, 4, 4, 4, 2, 4, 4, 4], [(DISCUSS, "0.905"), (DISCUSS, "0.895"), (DISCUSS, "0.913")], true)]
#[case::high_3([3, 3, 2, 2, 3, 3, 2, 2, 2], [(DISCUSS, "0.524"), (DISCUSS, "0.544"), (DISCUSS, "0.507")], true)]
#[case::high_4([4, 4, 2, 2, 4, 4, 2, 2, 2], [(YES, "0.714"), (YES, "0.754"), (YES, "0.681")], true)]
#[case::soft_4([3, 3, 4, 4, 3, 3, 4, 4, 4], [(STRONG, "0.810"), (YES, "0.789"), (STRONG, "0.826")], false)]
#[case::high_4_medium_2([4, 4, 3, 2, 4, 4, 3, 2, 2], [(YES, "0.786"), (YES, "0.825"), (YES, "0.754")], true)]
fn the_worked_vectors_come_out(#[case] levels: [u8; 9], #[case] expected: [(Label, &str); 3], #[case] robust: bool) {
    let ours = of_levels(levels);
    let weighed: Vec<(Label, String)> =
        ours.weighed.iter().map(|one| (one.label, format!("{:.3}", one.score.unwrap()))).collect();
    assert_eq!(weighed, expected.map(|(label, score)| (label, score.to_string())));
    let numbers: Vec<String> = ours.weighed.iter().map(|one| one.weighting.to_string()).collect();
    assert_eq!(numbers, ["4/3/2", "3/2/1", "6/5/4"]);
    assert_eq!((ours.label, ours.score), (ours.weighed[0].label, ours.weighed[0].score));
    assert_eq!(ours.robust, Some(robust));
    let sensitive = ours.debrief.iter().filter(|item| matches!(item, DebriefItem::WeightSensitive(_))).count();
    assert_eq!(sensitive, usize::from(!robust));
}

#[test]
fn what_hangs_on_the_weights_is_said_so() {
    let ours = of_levels([3, 3, 4, 4, 3, 3, 4, 4, 4]);
    let words: Vec<String> = ours.debrief.iter().map(ToString::to_string).collect();
    assert_eq!(words, ["With the weights 3/2/1 it would be “yes” (0.789): it hangs on the weights, so talk it over."]);
}
