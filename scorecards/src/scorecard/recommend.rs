//! From a panel to a recommendation.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Dimension, FlagState, Given, Label, Level, Middle, Panel, Rule, Weight, Weighting,
    composite::{Composite, composite, is_covered},
    must::{Standing, standing},
};

/// What a scorecard adds up to. It advises; a person decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// The label, by the rule's own weights.
    pub label: Label,
    /// The score, from 0 to 1; `None` if nothing was observed.
    pub score: Option<f64>,
    /// The share of the weight that was observed.
    pub coverage: f64,
    /// The label and score by each weighting, the rule's own first.
    pub weighed: Vec<Weighed>,
    /// Whether every weighting gives the same label; `None` where nothing is recommended. If not, talk it over.
    pub robust: Option<bool>,
    /// Why, so that it can be checked by hand: what decides first.
    pub reasons: Vec<Reason>,
    /// What must be talked over.
    pub debrief: Vec<DebriefItem>,
    /// What it rests on, in the order of the role pack.
    pub dimensions: Vec<Dimensional>,
}

/// What one weighting gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weighed {
    /// The numbers.
    pub weighting: Weighting,
    /// The score by them.
    pub score: Option<f64>,
    /// The label by them.
    pub label: Label,
}

/// What was seen of one dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dimensional {
    /// Which.
    pub dimension: Dimension,
    /// The middle of what was given; `None` if nobody observed it.
    pub middle: Option<Middle>,
    /// What each rater gave who has submitted: rater, level, event.
    pub given: Vec<(Uuid, Given, Uuid)>,
}

/// Why a recommendation is as it is. Its words are a sentence each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A red flag that two people stand for: the answer is no.
    RedFlag {
        /// Which, by id.
        flag: String,
    },
    /// Dimensions of high weight that nobody observed.
    NotObserved {
        /// Their names.
        dimensions: Vec<String>,
    },
    /// Too little of the weight was observed.
    LowCoverage {
        /// The share that was.
        observed: f64,
        /// The least share.
        needed: f64,
        /// The names of those that were not.
        missing: Vec<String>,
    },
    /// A must-meet is missed.
    Missed {
        /// The names and levels of those below.
        below: Vec<(String, Middle)>,
        /// The least level.
        at_least: u8,
        /// The names of all that the must-meet is about.
        among: Vec<String>,
        /// So many may be below, by one level at most.
        allowed: u32,
        /// As how many misses it counts.
        misses: usize,
    },
    /// A must-meet has a miss that is allowed.
    MissAllowed {
        /// The names and levels of those below.
        below: Vec<(String, Middle)>,
        /// The least level.
        at_least: u8,
    },
    /// A must-meet cannot be said to be met, because nobody observed it. It counts as no miss, but there is no yes without.
    MustMeetNotObserved {
        /// Their names.
        dimensions: Vec<String>,
        /// The least level.
        at_least: u8,
    },
    /// Every must-meet is met.
    MustMeetsMet,
    /// The score, and what it reaches by itself.
    Score {
        /// From 0 to 1.
        score: f64,
        /// The best label it reaches, and from where.
        reaches: Option<(Label, f64)>,
        /// The next better label, and from where.
        short_of: Option<(Label, f64)>,
    },
    /// The score is enough for a strong yes, but something is below 3.
    NotAllAtThree {
        /// Names and levels.
        below: Vec<(String, Middle)>,
    },
}

/// What the raters must talk over before anybody decides. Its words are a sentence each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DebriefItem {
    /// Raters are two levels apart, or more.
    Apart {
        /// The dimension's name.
        dimension: String,
        /// The lowest level that was given.
        lowest: u8,
        /// The highest.
        highest: u8,
    },
    /// Another weighting, as right as the rule's own, gives another label.
    WeightSensitive(Weighed),
    /// A red flag that is not confirmed.
    OpenFlag {
        /// Which, by id.
        flag: String,
    },
    /// A rater has begun and not submitted.
    Waiting {
        /// Who.
        rater: Uuid,
    },
    /// Ratings of a dimension that the role does not have: they count for nothing.
    UnknownDimension {
        /// Its id.
        dimension: String,
    },
}

/// Raters who are so many levels apart have seen different things.
const APART: u8 = 2;

/// What a panel's scorecard adds up to by a role's dimensions and rule.
#[must_use]
pub fn recommend(dimensions: &[Dimension], rule: &Rule, panel: &Panel) -> Recommendation {
    let seen: Vec<Dimensional> = dimensions.iter().map(|dimension| Dimensional::of(dimension, panel)).collect();
    let in_state = |state| panel.flags.iter().filter(move |(_, flag)| flag.state() == state).map(|(id, _)| id.clone());
    let flags: Vec<String> = in_state(FlagState::Confirmed).collect();
    let mut debrief: Vec<DebriefItem> = seen.iter().filter_map(Dimensional::apart).collect();
    debrief.extend(in_state(FlagState::Open).map(|flag| DebriefItem::OpenFlag { flag }));
    debrief.extend(panel.waiting_for().map(|rater| DebriefItem::Waiting { rater }));
    debrief.extend(unknown(dimensions, panel));
    Recommendation::of(seen, rule, &flags, debrief)
}

impl Recommendation {
    /// What these medians add up to, with these confirmed red flags; `debrief` is what is to be talked over anyway.
    #[must_use]
    pub fn of(dimensions: Vec<Dimensional>, rule: &Rule, flags: &[String], mut debrief: Vec<DebriefItem>) -> Self {
        let must = standing(&dimensions, rule);
        let weigh = |weighting: Weighting| {
            let composite = composite(&dimensions, weighting);
            Weighed { weighting, score: composite.score, label: label(&dimensions, rule, flags, &must, &composite) }
        };
        let own = composite(&dimensions, rule.weighting);
        let main = weigh(rule.weighting);
        let others: Vec<Weighed> = rule.others.iter().copied().map(weigh).collect();
        let recommends = main.label != Label::NoDecision;
        if recommends {
            let other = others.iter().copied().filter(|other| other.label != main.label);
            debrief.extend(other.map(DebriefItem::WeightSensitive));
        }
        Self {
            label: main.label,
            score: main.score,
            coverage: own.coverage,
            robust: recommends.then(|| others.iter().all(|other| other.label == main.label)),
            weighed: [main].into_iter().chain(others).collect(),
            reasons: reasons(&dimensions, rule, flags, must, &own),
            debrief,
            dimensions,
        }
    }
}

impl Dimensional {
    fn of(dimension: &Dimension, panel: &Panel) -> Self {
        let given: Vec<(Uuid, Given, Uuid)> =
            panel.counting(&dimension.id).map(|(rater, version)| (rater, version.level, version.event)).collect();
        let mut seen = Self { dimension: dimension.clone(), middle: None, given };
        seen.middle = Middle::of(&seen.levels());
        seen
    }

    fn levels(&self) -> Vec<Level> {
        let level = |given: &Given| if let Given::Level(level) = given { Some(*level) } else { None };
        self.given.iter().filter_map(|(_, given, _)| level(given)).collect()
    }

    fn apart(&self) -> Option<DebriefItem> {
        let levels = self.levels();
        let (lowest, highest) = (levels.iter().min()?.number(), levels.iter().max()?.number());
        (highest - lowest >= APART).then(|| DebriefItem::Apart {
            dimension: self.dimension.title.clone(),
            lowest,
            highest,
        })
    }

    fn below(&self, level: Level) -> Option<(String, Middle)> {
        let middle = self.middle.filter(|middle| !middle.at_least(level))?;
        Some((self.dimension.title.clone(), middle))
    }
}

fn unknown(dimensions: &[Dimension], panel: &Panel) -> Vec<DebriefItem> {
    let known = |id: &str| dimensions.iter().any(|dimension| dimension.id == id);
    let rated = panel.cards.values().flat_map(|card| &card.versions).map(|version| &version.dimension);
    let unknown: std::collections::BTreeSet<&String> = rated.filter(|id| !known(id)).collect();
    unknown.into_iter().map(|id| DebriefItem::UnknownDimension { dimension: id.clone() }).collect()
}

fn label(seen: &[Dimensional], rule: &Rule, flags: &[String], must: &Standing, composite: &Composite) -> Label {
    if !flags.is_empty() {
        return Label::No;
    }
    let Some(score) = composite.score.filter(|_| is_covered(seen, rule, composite)) else {
        return Label::NoDecision;
    };
    let met = must.misses == 0 && !must.open;
    if must.misses >= 2 || score < rule.discuss {
        Label::No
    } else if met && score >= rule.strong_yes && seen.iter().all(|one| one.below(Level::Three).is_none()) {
        Label::StrongYes
    } else if met && score >= rule.yes {
        Label::Yes
    } else {
        Label::Discuss
    }
}

fn reasons(seen: &[Dimensional], rule: &Rule, flags: &[String], must: Standing, own: &Composite) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = flags.iter().map(|flag| Reason::RedFlag { flag: flag.clone() }).collect();
    let not_observed = |weight: Option<Weight>| -> Vec<String> {
        let of_weight = |one: &&Dimensional| weight.is_none_or(|weight| one.dimension.weight == weight);
        let missing = seen.iter().filter(|one| one.middle.is_none()).filter(of_weight);
        missing.map(|one| one.dimension.title.clone()).collect()
    };
    let high = not_observed(Some(Weight::High));
    if !high.is_empty() {
        reasons.push(Reason::NotObserved { dimensions: high });
    }
    if own.coverage < rule.coverage {
        let (observed, needed) = (own.coverage, rule.coverage);
        reasons.push(Reason::LowCoverage { observed, needed, missing: not_observed(None) });
    }
    let Some(score) = own.score.filter(|_| is_covered(seen, rule, own)) else {
        return reasons;
    };
    reasons.extend(must.reasons);
    let steps = [(Label::Discuss, rule.discuss), (Label::Yes, rule.yes), (Label::StrongYes, rule.strong_yes)];
    reasons.push(Reason::Score {
        score,
        reaches: steps.into_iter().rfind(|(_, from)| score >= *from),
        short_of: steps.into_iter().find(|(_, from)| score < *from),
    });
    let below: Vec<(String, Middle)> = seen.iter().filter_map(|one| one.below(Level::Three)).collect();
    if score >= rule.strong_yes && !below.is_empty() {
        reasons.push(Reason::NotAllAtThree { below });
    }
    reasons
}
