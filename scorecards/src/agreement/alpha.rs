//! Krippendorff's alpha: any number of raters, with gaps.

use std::collections::BTreeMap;

use super::{Units, Withheld};

/// Krippendorff's alpha for ordered levels.
///
/// α = 1 − Dₒ ÷ Dₑ, the distance that was seen over the one that chance would give. With n_c, how often level c was given
/// in units with two ratings at least, and n = Σ n_c:
///
/// - o_ck = Σᵤ (pairs of c and k in unit u) ÷ (mᵤ − 1), where mᵤ is how many have rated it; Dₒ = Σ o_ck δ²_ck
/// - Dₑ = Σ n_c n_k δ²_ck ÷ (n − 1)
/// - δ_ck = Σ n_g over levels g from c to k, less (n_c + n_k) ÷ 2: levels are as far apart as there are ratings between them
///
/// A unit that only one person has rated says nothing and is left out. Sums are of whole numbers wherever they can be, so
/// the order of units or raters changes nothing.
///
/// Source: Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011.
///
/// # Errors
/// [`Withheld::NoPairs`]; [`Withheld::NoVariance`] if one level only was given in units with two ratings.
pub fn alpha(units: &Units<u8>) -> Result<f64, Withheld> {
    let counted: Vec<BTreeMap<u8, u64>> = units.rows().iter().filter_map(|row| counts(row)).collect();
    let mut given: BTreeMap<u8, u64> = BTreeMap::new();
    for (level, count) in counted.iter().flatten() {
        *given.entry(*level).or_default() += count;
    }
    if given.is_empty() {
        return Err(Withheld::NoPairs);
    }
    if given.len() == 1 {
        return Err(Withheld::NoVariance);
    }
    let distances = distances(&given);
    let distance = |c: u8, k: u8| distances.get(&(c, k)).copied().unwrap_or_default();

    // By how many have rated the unit, so that only the last step divides.
    let mut seen: BTreeMap<u64, u128> = BTreeMap::new();
    for unit in &counted {
        let among = each_pair(unit).map(|(c, k, pairs)| u128::from(pairs) * distance(c, k)).sum::<u128>();
        *seen.entry(unit.values().sum()).or_default() += among;
    }
    let seen: f64 = seen.into_iter().map(|(raters, among)| among as f64 / (raters - 1) as f64).sum();
    let n: u64 = given.values().sum();
    let by_chance: u128 = each_pair(&given).map(|(c, k, pairs)| u128::from(pairs) * distance(c, k)).sum();
    Ok(1.0 - seen * (n - 1) as f64 / by_chance as f64)
}

/// How often a unit got each level; `None` if fewer than two have rated it.
fn counts(row: &[Option<u8>]) -> Option<BTreeMap<u8, u64>> {
    let mut counts: BTreeMap<u8, u64> = BTreeMap::new();
    for level in row.iter().flatten() {
        *counts.entry(*level).or_default() += 1;
    }
    (counts.values().sum::<u64>() >= 2).then_some(counts)
}

/// Each pair of different levels, the lower first, with how many pairs of ratings they make.
fn each_pair(counts: &BTreeMap<u8, u64>) -> impl Iterator<Item = (u8, u8, u64)> + '_ {
    counts.iter().flat_map(move |(c, of_c)| counts.range(c + 1..).map(move |(k, of_k)| (*c, *k, of_c * of_k)))
}

/// 4 δ² of each pair of different levels, the lower first: whole numbers.
fn distances(given: &BTreeMap<u8, u64>) -> BTreeMap<(u8, u8), u128> {
    let twice = |c: u8, k: u8| 2 * given.range(c..=k).map(|(_, count)| count).sum::<u64>() - given[&c] - given[&k];
    each_pair(given).map(|(c, k, _)| ((c, k), u128::from(twice(c, k)).pow(2))).collect()
}
