//! The intraclass correlation: how far the mean over these raters can be relied on.

use super::{Units, Withheld};

/// ICC(2,k): two-way random effects, absolute agreement, the mean over k raters.
///
/// With the mean squares of units (MSR), of raters (MSC) and of what is left (MSE), n units and k raters:
/// ICC = (MSR − MSE) ÷ (MSR + (MSC − MSE) ÷ n). 1 is full agreement; it can be far below 0.
///
/// Missing scores: a unit that not every rater has scored is left out (listwise). That makes the figure one about the
/// units that all have scored, which need not be like the others; with many gaps look at [`alpha`](super::alpha()).
///
/// Source: Shrout and Fleiss, Intraclass correlations, Psychological Bulletin 86 (1979), 420–428.
///
/// # Errors
/// [`Withheld::NoPairs`] with fewer than two raters, or two units that all have scored; [`Withheld::NoVariance`];
/// [`Withheld::NotANumber`]; [`Withheld::UnitsAlike`] if MSR + (MSC − MSE) ÷ n is not above 0, where the formula would say
/// more than 1 for raters who contradict each other.
pub fn icc(units: &Units<f64>) -> Result<f64, Withheld> {
    if units.rows().iter().flatten().flatten().any(|score| !score.is_finite()) {
        return Err(Withheld::NotANumber);
    }
    let rows = units.clone().sorted().whole();
    let (n, k) = (rows.len(), units.raters());
    if n < 2 || k < 2 {
        return Err(Withheld::NoPairs);
    }
    if rows.iter().flatten().all(|score| *score == rows[0][0]) {
        return Err(Withheld::NoVariance);
    }
    let (count, raters) = (n as f64, k as f64);
    let grand = rows.iter().flatten().sum::<f64>() / (count * raters);
    let of_unit: Vec<f64> = rows.iter().map(|row| row.iter().sum::<f64>() / raters - grand).collect();
    let of_rater: Vec<f64> =
        (0..k).map(|rater| rows.iter().map(|row| row[rater]).sum::<f64>() / count - grand).collect();
    let left: f64 = rows
        .iter()
        .zip(&of_unit)
        .flat_map(|(row, unit)| row.iter().zip(&of_rater).map(move |(score, rater)| score - grand - unit - rater))
        .map(|rest| rest * rest)
        .sum();
    let squares = |of: &[f64]| of.iter().map(|mean| mean * mean).sum::<f64>();
    let msr = raters * squares(&of_unit) / (count - 1.0);
    let msc = count * squares(&of_rater) / (raters - 1.0);
    let mse = left / ((count - 1.0) * (raters - 1.0));

    let total = msr + (msc - mse) / count;
    if !(msr + msc + mse).is_finite() {
        return Err(Withheld::NotANumber);
    }
    // Nothing but rounding is left of what should be nothing.
    if total <= 1e-12 * (msr + msc + mse) {
        return Err(Withheld::UnitsAlike);
    }
    Ok(((msr - mse) / total).min(1.0))
}
