//! What cases, levels and decisions are called.

use platform::views::Matter;
use scorecards::scorecard::{Decision, Given, Label};

/// What sort of thing it is.
pub(crate) fn matter(matter: Matter) -> &'static str {
    match matter {
        Matter::Work => "Handed in",
        Matter::Dispute => "Dispute",
        Matter::Runbook => "Runbook",
        Matter::Evidence => "Evidence",
    }
}

/// What can be decided, the best news first.
pub(super) fn decisions(matter: Matter) -> &'static [Decision] {
    match matter {
        Matter::Dispute | Matter::Runbook => &[Decision::Yes, Decision::No],
        Matter::Work | Matter::Evidence => &[Decision::Yes, Decision::Later, Decision::No],
    }
}

/// What a decision comes to.
pub(crate) fn decision(matter: Matter, decision: Decision) -> &'static str {
    match (matter, decision) {
        (Matter::Work, Decision::Yes) => "Good: it can be used as it is",
        (Matter::Work, Decision::Later) => "Not yet: worth doing once more",
        (Matter::Work, Decision::No) => "Not good enough",
        (Matter::Dispute, Decision::Yes) => "It was right: the check counts",
        (Matter::Dispute, _) => "The check stands",
        (Matter::Runbook, Decision::Yes) => "It is merged",
        (Matter::Runbook, _) => "It is not merged",
        (Matter::Evidence, Decision::Yes) => "It shows the goal",
        (Matter::Evidence, Decision::Later) => "Not yet: more is needed",
        (Matter::Evidence, Decision::No) => "It does not show the goal",
    }
}

/// What somebody recommends.
pub(super) fn recommended(label: Label) -> &'static str {
    match label {
        Label::StrongYes => "Strong",
        Label::Yes => "Good",
        Label::Discuss => "To be talked over",
        Label::No => "Not good enough",
        Label::NoDecision => "Too little to say",
    }
}

/// A level in a word.
pub(super) fn level(given: Given) -> String {
    match given {
        Given::NotObserved => "not seen".into(),
        Given::Level(level) => level.number().to_string(),
    }
}
