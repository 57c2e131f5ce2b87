//! All figures of a table together, hidden where too little was rated.

use serde::{Deserialize, Serialize};

use super::{Interval, Rated, Units, Withheld, adjacent, alpha, bootstrap, exact, icc, kappa};

/// What is asked of the figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// With fewer units that two people have rated, a figure is hidden.
    pub minimum: usize,
    /// For the intervals.
    pub seed: u64,
    /// For the intervals: how often units are drawn anew.
    pub resamples: u32,
    /// For the intervals: how much they hold, between 0 and 1.
    pub level: f64,
}

impl Asked {
    /// 20 units at least, and an interval of 95 % from 1000 resamples.
    #[must_use]
    pub fn with_seed(seed: u64) -> Self {
        Self { minimum: 20, seed, resamples: 1000, level: 0.95 }
    }
}

/// A figure, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// It can be shown.
    Shown(Estimate),
    /// It cannot.
    Hidden(Withheld),
}

/// A figure with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Where it would lie with other units of the same kind; `None` where too many resamples have no figure.
    pub interval: Option<Interval>,
    /// On how many units, rated by two people at least, it rests.
    pub units: usize,
}

/// How far raters agree on levels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// How many units were rated by two people at least.
    pub doubly_rated: usize,
    /// [`exact`]
    pub exact: Figure,
    /// [`adjacent`]
    pub adjacent: Figure,
    /// [`alpha`](super::alpha())
    pub alpha: Figure,
    /// [`kappa`](super::kappa()) of each pair of raters; the least number of units holds for each pair by itself.
    pub pairs: Vec<PairOfRaters>,
}

/// How far two raters agree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairOfRaters {
    /// The column of the one, from 0.
    pub first: usize,
    /// The column of the other.
    pub second: usize,
    /// Their kappa.
    pub kappa: Figure,
}

/// How far raters agree on levels.
#[must_use]
pub fn agreement(units: &Units<u8>, asked: &Asked) -> Agreement {
    let pairs = (0..units.raters()).flat_map(|first| (first + 1..units.raters()).map(move |second| (first, second)));
    let kappa_of = |(first, second)| PairOfRaters {
        first,
        second,
        kappa: match units.pair(first, second) {
            Some(both) => figure(&both, |units| kappa(units, 0, 1), asked),
            None => Figure::Hidden(Withheld::NoSuchRater),
        },
    };
    Agreement {
        doubly_rated: units.doubly_rated(),
        exact: figure(units, exact, asked),
        adjacent: figure(units, adjacent, asked),
        alpha: figure(units, alpha, asked),
        pairs: pairs.map(kappa_of).collect(),
    }
}

/// How far the mean of these raters' scores can be relied on: [`icc`](super::icc()), over the units that all have scored.
#[must_use]
pub fn consistency(units: &Units<f64>, asked: &Asked) -> Figure {
    let whole = units.whole().into_iter().map(|row| row.into_iter().map(Some).collect()).collect();
    Units::new(whole).map_or(Figure::Hidden(Withheld::NoPairs), |whole| figure(&whole, icc, asked))
}

fn figure<T: Copy + Rated>(units: &Units<T>, of: impl Fn(&Units<T>) -> Result<f64, Withheld>, asked: &Asked) -> Figure {
    let rated = units.doubly_rated();
    if rated < asked.minimum {
        return Figure::Hidden(Withheld::TooFew { units: rated, needed: asked.minimum });
    }
    match of(units) {
        Ok(value) => {
            let interval = bootstrap(units, of, asked.seed, asked.resamples, asked.level).ok();
            Figure::Shown(Estimate { value, interval, units: rated })
        }
        Err(withheld) => Figure::Hidden(withheld),
    }
}
