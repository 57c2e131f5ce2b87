//! Weighted kappa: two raters.

use super::{Units, Withheld};

/// Cohen's kappa with quadratic weights for two raters (columns, from 0), over the units that both have rated.
///
/// κ = 1 − n Σᵢ (aᵢ − bᵢ)² ÷ Σᵢ Σⱼ (aᵢ − bⱼ)², the squared distance that was seen over the one that chance would give
/// if both kept how often they give each level. 1 is full agreement, 0 what chance gives, below 0 less than that. The
/// weights of the textbook, (a − b)² ÷ (levels − 1)², have the same ratio. All sums are of whole numbers, so the order of
/// units changes nothing.
///
/// Source: Cohen, Weighted kappa, Psychological Bulletin 70 (1968), 213–220.
///
/// # Errors
/// [`Withheld::NoSuchRater`]; [`Withheld::NoPairs`]; [`Withheld::NoVariance`] if both gave one and the same level to
/// everything. (If they gave one level each but not the same, κ is 0.)
pub fn kappa(units: &Units<u8>, first: usize, second: usize) -> Result<f64, Withheld> {
    let pairs = units.pair(first, second).ok_or(Withheld::NoSuchRater)?.whole();
    if pairs.is_empty() {
        return Err(Withheld::NoPairs);
    }
    let sum = |of: &dyn Fn(i128, i128) -> i128| -> i128 {
        pairs.iter().map(|pair| of(i128::from(pair[0]), i128::from(pair[1]))).sum()
    };
    let n = sum(&|_, _| 1);
    let seen = n * sum(&|a, b| (a - b) * (a - b));
    // Σᵢ Σⱼ (aᵢ − bⱼ)² = n Σ a² + n Σ b² − 2 Σ a Σ b
    let by_chance = n * sum(&|a, b| a * a + b * b) - 2 * sum(&|a, _| a) * sum(&|_, b| b);
    if by_chance == 0 { Err(Withheld::NoVariance) } else { Ok(1.0 - seen as f64 / by_chance as f64) }
}
