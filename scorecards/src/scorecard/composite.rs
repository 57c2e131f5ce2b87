//! The score, and how much of a scorecard was observed.

use super::{Dimensional, Rule, Weight, Weighting};

/// What one weighting makes of a scorecard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Composite {
    /// From 0 to 1; `None` if nothing with a weight was observed.
    pub score: Option<f64>,
    /// The share of the weight that was observed.
    pub coverage: f64,
}

/// S = Σ w (r − 1) ÷ 3 ÷ Σ w over what was observed. Sums are of whole numbers and one division rounds them, so a score
/// that is exactly 0.60 is not below it.
pub(super) fn composite(seen: &[Dimensional], weighting: Weighting) -> Composite {
    let (mut earned, mut observed, mut all) = (0_u64, 0_u64, 0_u64);
    for one in seen {
        let weight = u64::from(weighting.of(one.dimension.weight));
        all += weight;
        if let Some(middle) = one.middle {
            observed += weight;
            earned += weight * u64::from(middle.twice() - 2);
        }
    }
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    Composite { score: share(earned, 6 * observed), coverage: share(observed, all).unwrap_or(0.0) }
}

/// Whether enough was observed: every dimension of high weight, and the rule's share of the whole weight.
pub(super) fn is_covered(seen: &[Dimensional], rule: &Rule, composite: &Composite) -> bool {
    let open = seen.iter().any(|one| one.dimension.weight == Weight::High && one.middle.is_none());
    !open && composite.coverage >= rule.coverage
}
