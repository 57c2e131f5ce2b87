//! How sure one can be of a figure: the bootstrap.

use serde::{Deserialize, Serialize};

use super::{Rated, SplitMix64, Units, Withheld};

/// An interval around a figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// How much of the resamples lies in it, between 0 and 1.
    pub level: f64,
    /// How many resamples had no figure and were left out.
    pub undefined: u32,
}

/// At most so much of the resamples may have no figure.
const UNDEFINED: f64 = 0.05;

/// The percentile interval of a figure: units are drawn with replacement, as many as there are, `resamples` times; the
/// interval holds the middle `level` of the figures. Percentiles are interpolated linearly.
///
/// Units are put in order first, so the same seed gives the same interval in whatever order they come. A resample that
/// happens to have no figure (nothing in it varies, say) is left out and counted.
///
/// Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
///
/// # Errors
/// What `figure` has against the units as they are; [`Withheld::NoInterval`]; [`Withheld::Unstable`] if more than one
/// resample in twenty has no figure.
pub fn bootstrap<T: Copy + Rated>(
    units: &Units<T>,
    figure: impl Fn(&Units<T>) -> Result<f64, Withheld>,
    seed: u64,
    resamples: u32,
    level: f64,
) -> Result<Interval, Withheld> {
    figure(units)?;
    if resamples == 0 || !(level > 0.0 && level < 1.0) {
        return Err(Withheld::NoInterval);
    }
    let units = units.clone().sorted();
    let count = units.rows().len();
    let mut generator = SplitMix64::new(seed);
    let mut found: Vec<f64> = Vec::new();
    for _ in 0..resamples {
        let picked: Vec<usize> = (0..count).map(|_| generator.below(count)).collect();
        found.extend(figure(&units.with_rows(picked.into_iter())));
    }
    let undefined = resamples - u32::try_from(found.len()).unwrap_or(resamples);
    if f64::from(undefined) > UNDEFINED * f64::from(resamples) {
        return Err(Withheld::Unstable { undefined, resamples });
    }
    found.sort_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    Ok(Interval { low: percentile(&found, tail), high: percentile(&found, 1.0 - tail), level, undefined })
}

/// The percentile of sorted figures, of which there is one at least, by a share from 0 to 1.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor();
    let (low, part) = (sorted[below as usize], place - below);
    let high = sorted[(below as usize + 1).min(sorted.len() - 1)];
    low + part * (high - low)
}
