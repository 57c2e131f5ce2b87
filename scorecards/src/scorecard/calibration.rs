//! What raters gave, as tables for [`agreement`](crate::agreement): only what counts, so what each gave before seeing the
//! others.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{
    Dimension, Dimensional, Given, Level, Panel, Rule,
    composite::{composite, is_covered},
};
use crate::agreement::Units;

/// Who has rated on these scorecards: the columns of the tables, in this order.
#[must_use]
pub fn raters(panels: &[Panel]) -> Vec<Uuid> {
    let all: BTreeSet<Uuid> = panels.iter().flat_map(|panel| panel.cards.keys().copied()).collect();
    all.into_iter().collect()
}

/// Levels: a unit is one of these dimensions on one scorecard. For a figure of one dimension give that one alone.
pub fn levels(panels: &[Panel], dimensions: &[Dimension]) -> Units<u8> {
    let raters = raters(panels);
    let units = panels.iter().flat_map(|panel| dimensions.iter().map(move |dimension| (panel, dimension)));
    let level = |panel: &Panel, rater: &Uuid, id: &str| given(panel, *rater, id).map(Level::number);
    let row = |(panel, dimension): (&Panel, &Dimension)| {
        raters.iter().map(|rater| level(panel, rater, &dimension.id)).collect()
    };
    table(units.map(row).collect())
}

/// Scores: a unit is one scorecard. A rater's own score counts where they alone observed enough for one.
pub fn scores(panels: &[Panel], dimensions: &[Dimension], rule: &Rule) -> Units<f64> {
    let raters = raters(panels);
    let own = |panel: &Panel, rater: Uuid| {
        let seen = |dimension: &Dimension| Dimensional {
            dimension: dimension.clone(),
            middle: given(panel, rater, &dimension.id).map(Into::into),
            given: Vec::new(),
        };
        let seen: Vec<Dimensional> = dimensions.iter().map(seen).collect();
        let composite = composite(&seen, rule.weighting);
        composite.score.filter(|_| is_covered(&seen, rule, &composite))
    };
    table(panels.iter().map(|panel| raters.iter().map(|rater| own(panel, *rater)).collect()).collect())
}

fn table<T: Copy>(rows: Vec<Vec<Option<T>>>) -> Units<T> {
    Units::new(rows).expect("each row has a column for each rater")
}

fn given(panel: &Panel, rater: Uuid, dimension: &str) -> Option<Level> {
    match panel.cards.get(&rater)?.counting(dimension)?.level {
        Given::Level(level) => Some(level),
        Given::NotObserved => None,
    }
}
