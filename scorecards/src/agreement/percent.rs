//! How often two ratings are the same, or next to each other.

use super::{Units, Withheld};

/// The share of pairs of ratings of one unit that are the same. Every pair counts once, so a unit that four people have
/// rated counts six times as much as one that two have.
///
/// # Errors
/// [`Withheld::NoPairs`]
pub fn exact(units: &Units<u8>) -> Result<f64, Withheld> {
    share(units, 0)
}

/// The share of pairs of ratings of one unit that are at most one level apart; counted as in [`exact`].
///
/// # Errors
/// [`Withheld::NoPairs`]
pub fn adjacent(units: &Units<u8>) -> Result<f64, Withheld> {
    share(units, 1)
}

fn share(units: &Units<u8>, apart: u8) -> Result<f64, Withheld> {
    let (mut found, mut all) = (0_u64, 0_u64);
    for row in units.rows() {
        let rated: Vec<u8> = row.iter().copied().flatten().collect();
        for (place, a) in rated.iter().enumerate() {
            for b in &rated[place + 1..] {
                found += u64::from(a.abs_diff(*b) <= apart);
                all += 1;
            }
        }
    }
    if all == 0 { Err(Withheld::NoPairs) } else { Ok(found as f64 / all as f64) }
}
