//! Section 19, the scorecard: what is rated, and what follows from the ratings.

use serde::Serialize;

use super::{Entry, Own};
use crate::{
    role::{read::Row, table::Table},
    scorecard::{MustMeet, Rule, Weight, Weighting},
};

/// A dimension of the scorecard.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dimension {
    /// Its number in the blueprint.
    pub number: u32,
    /// How much it counts.
    pub weight: Weight,
    /// The bar: what a rating of 3 looks like, in short.
    pub meets: String,
    /// What can show it.
    pub evidence: String,
    /// What each rating looks like, from 1 to 4.
    pub anchors: [String; 4],
    /// What a machine can see of it.
    pub observed_by: Vec<String>,
    /// What only people can judge.
    pub judged_by: Vec<String>,
    /// Whether a [`MustMeet`] of the rule names it.
    pub must_meet: bool,
}

impl Own for Dimension {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self {
            number: row.number("number", 1..=99, "1"),
            weight: row.word("weight", Weight::High),
            meets: row.text("meets", "\"Finds the way around a machine\""),
            evidence: row.text("evidence", "\"Explains what a command shows\""),
            anchors: anchors(row),
            observed_by: row.list("observed-by", "[\"First diagnosis within ten minutes\"]"),
            judged_by: row.list("judged-by", "\"How well it is explained\""),
            must_meet: row.yes("must-meet"),
        }
    }
}

fn anchors(row: &Row<'_, '_, '_>) -> [String; 4] {
    let anchors = row.list("anchors", "[\"1 …\", \"2 …\", \"3 …\", \"4 …\"]");
    let count = anchors.len();
    anchors.try_into().unwrap_or_else(|_| {
        if count > 0 {
            let what = format!("`anchors` has {count} texts");
            row.wrong("anchors", what, "give four: what a rating of 1, 2, 3 and 4 looks like");
        }
        <[String; 4]>::default()
    })
}

/// What is rated, and what follows from the ratings.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scorecard {
    /// What is rated, in the order of their numbers.
    pub dimensions: Vec<Entry<Dimension>>,
    /// How a recommendation comes about.
    pub rule: Rule,
}

impl Scorecard {
    /// Reads `scorecard.toml`.
    pub(in crate::role) fn read(root: &Row<'_, '_, '_>) -> Self {
        let mut dimensions = root.entries::<Dimension>(Table::Dimension);
        if dimensions.is_empty() && !root.has("dimension") {
            root.wrong("dimension", "it has no dimension", "add a `[[dimension]]` for each thing that is rated");
        }
        dimensions.sort_by_key(|dimension| dimension.own.number);
        let weights = "{ high = 4, medium-high = 3, medium = 2 }";
        let (weighting, others) = root
            .required_section("weights", &format!("{{ default = {weights} }}"), |row| {
                (row.required_section("default", weights, weighting), row.rows("others", weighting))
            })
            .unwrap_or_default();
        let limits = root.required_section("rule", "{ strong-yes = 0.8, … }", limits).unwrap_or_default();
        let [strong_yes, yes, discuss, coverage] = limits;
        let must_meets = root.rows("must-meet", must_meet);
        for dimension in dimensions.iter().filter(|dimension| dimension.own.must_meet) {
            if !must_meets.iter().any(|must| must.dimensions.contains(&dimension.id)) {
                let what =
                    format!("dimension \"{}\" says `must-meet = true`, but no [[must-meet]] names it", dimension.id);
                root.wrong("must-meet", what, "say there which rating it must reach");
            }
        }
        let weighting = weighting.unwrap_or(Rule::default().weighting);
        let rule = Rule { weighting, others, strong_yes, yes, discuss, coverage, must_meets };
        Self { dimensions, rule }
    }
}

fn weighting(row: &Row<'_, '_, '_>) -> Weighting {
    let [high, medium_high, medium] = ["high", "medium-high", "medium"].map(|key| {
        row.require(key, "3");
        row.maybe_number(key, 1..=100)
    });
    // Of one that could not be read that has been said.
    if high.zip(medium_high).is_some_and(|(high, between)| high < between)
        || medium_high.zip(medium).is_some_and(|(between, medium)| between < medium)
    {
        row.wrong("high", "the weights do not fall from `high` to `medium`", "give `high` the largest one");
    }
    let [high, medium_high, medium] = [high, medium_high, medium].map(Option::unwrap_or_default);
    Weighting { high, medium_high, medium }
}

/// The least scores for a strong yes, a yes and a discussion, and the least share of the weight that must be observed.
fn limits(row: &Row<'_, '_, '_>) -> [f64; 4] {
    let limits = ["strong-yes", "yes", "discuss", "coverage"].map(|key| {
        row.require(key, "0.6");
        row.maybe_float(key, 0.0..=1.0, "0.6")
    });
    let [strong_yes, yes, discuss, _] = limits;
    if strong_yes.zip(yes).is_some_and(|(strong, yes)| strong < yes)
        || yes.zip(discuss).is_some_and(|(yes, discuss)| yes < discuss)
    {
        row.wrong("strong-yes", "the limits do not fall from `strong-yes` to `discuss`", "put them in order");
    }
    limits.map(Option::unwrap_or_default)
}

fn must_meet(row: &Row<'_, '_, '_>) -> MustMeet {
    let dimensions = row.required_ids("dimensions", &[Table::Dimension]);
    let misses_allowed = row.maybe_number("misses-allowed", 0..=9).unwrap_or(0);
    if misses_allowed > 0 && misses_allowed as usize >= dimensions.len() {
        let what = format!("{misses_allowed} misses are allowed of {} dimensions", dimensions.len());
        row.wrong("misses-allowed", what, "allow fewer, or nothing must be met");
    }
    let at_least = u8::try_from(row.number("at-least", 2..=4, "3")).unwrap_or_default();
    MustMeet { dimensions, at_least, misses_allowed }
}
