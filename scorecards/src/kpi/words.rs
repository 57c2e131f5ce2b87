//! What is excluded, flagged and aimed at, in words for whoever reads a figure.

use super::{Exclusion, Flag, Target, Unit};

impl Exclusion {
    /// Why it does not count, as the end of "2 left out: …".
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Misrouted => "it had gone to the wrong team and was handed on",
            Self::OffCall => "it came outside the on-call window",
            Self::Busy => "another serious incident was already held",
            Self::Understaffed => "the team was short of people",
            Self::NotSampled => "nobody was asked to look at it",
            Self::Pending => "it is too early to say",
            Self::OtherClass => "of a class that the target is not about",
            Self::NoRunbook => "there is no runbook for it",
            Self::ApprovedException => "an approved exception that has not expired",
            Self::Deferred => "deferred with approval",
            Self::NewRequirement => "it came back with a new wish, not for an error",
            Self::WithinScope => "no call for help was needed",
            Self::NotObserved => "the record has a gap where it would be seen",
            Self::Unmeasured => "too little was measured to believe it",
            Self::ShownOnly => "shown in an exercise, which does not say how much",
            Self::OwnWord => "stated by the person, not by somebody else",
            Self::Superseded => "stated again later for the same time",
            Self::Capped => "more of the same than counts in so short a time",
            Self::BelowStandard => "done, but not of the substance that counts",
            Self::Frozen => "at a time when nothing was to be deployed",
            Self::Unconfirmed => "nobody else has confirmed what it is measured against",
            Self::NotWanted => "nobody had asked for it, and no schedule needed it",
            Self::Unanswered => "asked, and not answered",
            Self::TooFew => "so few answers that a figure would say who gave which",
        }
    }
}

impl Flag {
    /// What was seen, to look at.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::MaybeSplit => "may be one request split into several tickets",
            Self::FollowedUp => "closed, then followed by another ticket on the same matter",
            Self::AckWithoutAction => "acknowledged, and then nothing was looked at for ten minutes",
            Self::AutoAck => "acknowledged by a machine",
            Self::NeedlessEscalation => "a call for help that was not needed",
            Self::ThinContext => "a call for help with little context",
            Self::TickedOutOfTime => "runbook steps ticked before or long after they were done",
            Self::PlannedRollback => "rolled back as planned and in time: good discipline",
            Self::RiskRelabelled => "the risk class was changed after the work had begun",
            Self::StaleEvidence => "the evidence is older than the work, or another's",
            Self::RecallLost => "useful alerts were lost with the noise",
            Self::UnreviewedMerge => "merged fast and without a comment",
            Self::NotInCode => "settled by hand or by an ignore rule, not in code",
            Self::ScheduleChanged => "the schedule was changed without review",
            Self::NotRetained => "passed once, but not at the re-check",
            Self::PlanChanged => "the plan was changed in the quarter",
            Self::UnevenSample => "few answered, or only hand-picked people were asked",
            Self::UsedByOthers => "somebody else has worked by it since: good work",
            Self::NoisyMonitor => "a new monitor whose alerts mostly needed nobody",
            Self::RecallUnknown => "alert rules were changed, and nobody tried whether they still catch true incidents",
            Self::RiskUnreviewed => "nobody but the person has said how risky it is",
            Self::SelfApproved => "approved by the person, where another's approval was needed",
            Self::Ageing => "excepted or deferred for long, or again and again",
            Self::DueMoved => "the due date was moved later; the first one counts",
            Self::Unverified => "said to have gone well, but nothing has checked it",
            Self::SizeAnomaly => "far smaller or larger than those before it",
            Self::Oversized => "too large for a review to mean much",
            Self::SameReviewer => "one and the same reviewer approved everything",
        }
    }
}

impl Target {
    /// What is aimed at, in a unit: `at most 10 min`, `2 to 4 a month`.
    #[must_use]
    pub fn show(&self, unit: Unit) -> String {
        match (self.at_least, self.at_most) {
            (Some(least), Some(most)) if (most - least).abs() < f64::EPSILON => in_unit(least, unit),
            (Some(least), Some(most)) => format!("{} to {}", number(least, unit), in_unit(most, unit)),
            (Some(least), None) => format!("at least {}", in_unit(least, unit)),
            (None, Some(most)) => format!("at most {}", in_unit(most, unit)),
            (None, None) => "no target".into(),
        }
    }
}

/// A figure of a target, which is rounder than what was measured.
fn in_unit(value: f64, unit: Unit) -> String {
    let number = number(value, unit);
    match unit {
        Unit::Share | Unit::Change => format!("{number} %"),
        Unit::Minutes => format!("{number} min"),
        Unit::Days => format!("{number} days"),
        Unit::PerMonth | Unit::Slope => format!("{number} a month"),
        Unit::HoursPerMonth => format!("{number} h a month"),
        Unit::Grade => format!("{number} of 5"),
    }
}

fn number(value: f64, unit: Unit) -> String {
    let value = if matches!(unit, Unit::Share | Unit::Change) { value * 100.0 } else { value };
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_as_short_as_it_can_be() {
        let target = |at_least, at_most| Target { at_least, at_most, stretch: None };
        assert_eq!(target(Some(10.0), Some(25.0)).show(Unit::PerMonth), "10 to 25 a month");
        assert_eq!(target(Some(0.985), None).show(Unit::Share), "at least 98.5 %");
        assert_eq!(target(None, Some(10.0)).show(Unit::Minutes), "at most 10 min");
        assert_eq!(target(Some(-0.3), Some(-0.1)).show(Unit::Change), "\u{2212}30 to \u{2212}10 %");
        assert_eq!(target(Some(1.0), Some(1.0)).show(Unit::Share), "100 %");
    }
}
