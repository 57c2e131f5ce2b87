//! The kinds of things that a role pack is made of, and where each is written.

use std::fmt;

use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};

/// A kind of thing: one table of one file. Its word in TOML is its name in kebab case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Table {
    /// With whom one works.
    Collaborates,
    /// What the work is for.
    Outcome,
    /// What one is answerable for.
    Responsibility,
    /// What is done, by rhythm.
    Activity,
    /// What comes out.
    Deliverable,
    /// What is reached, by phase: an item of the path.
    Goal,
    /// What success looks like.
    Success,
    /// What high performance looks like.
    HighPerformance,
    /// A KPI.
    Kpi,
    /// What to mind when measuring.
    Note,
    /// A technical skill.
    Skill,
    /// A behaviour.
    Behaviour,
    /// A row of tools.
    Tool,
    /// What one finds there.
    Environment,
    /// Who has to do with the work.
    Stakeholder,
    /// How people work together.
    Collaboration,
    /// Whom to call, in order.
    Escalation,
    /// A level of decision.
    Level,
    /// What is decided at a level.
    Right,
    /// Authority over budget, architecture and the like.
    Authority,
    /// What one brings.
    Prerequisite,
    /// Certifications that help.
    Certification,
    /// Where people come from.
    Background,
    /// Roles before this one.
    Feeder,
    /// Roles after this one.
    Next,
    /// What promotion asks.
    Criterion,
    /// How the role grows.
    Stage,
    /// What is hard about it.
    Challenge,
    /// Where work waits.
    Bottleneck,
    /// What to avoid.
    Antipattern,
    /// Why people fall short.
    Underperformance,
    /// What the company risks.
    BusinessRisk,
    /// A variant of the role.
    Variant,
    /// What a variant asks for beyond the base.
    Evidence,
    /// What machines can do.
    Automatable,
    /// What stays with people.
    Human,
    /// How the role changes.
    Shift,
    /// What is newly expected.
    Expectation,
    /// What to assess in an interview.
    Assess,
    /// A practical exercise.
    Exercise,
    /// What speaks for somebody.
    StrongSignal,
    /// What speaks against somebody.
    WeakSignal,
    /// What rules somebody out, once confirmed.
    RedFlag,
    /// A dimension of the scorecard.
    Dimension,
}

impl Table {
    /// Its word in TOML: `high-performance`.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The section of the blueprint that it belongs to, from 1 to 19; section 20 only names things of others.
    #[must_use]
    pub const fn section(self) -> u8 {
        match self {
            Self::Collaborates => 1,
            Self::Outcome => 2,
            Self::Responsibility => 3,
            Self::Activity => 4,
            Self::Deliverable => 5,
            Self::Goal | Self::Success | Self::HighPerformance => 6,
            Self::Kpi | Self::Note => 7,
            Self::Skill => 8,
            Self::Behaviour => 9,
            Self::Tool => 10,
            Self::Environment => 11,
            Self::Stakeholder | Self::Collaboration | Self::Escalation => 12,
            Self::Level | Self::Right | Self::Authority => 13,
            Self::Prerequisite | Self::Certification | Self::Background => 14,
            Self::Feeder | Self::Next | Self::Criterion | Self::Stage => 15,
            Self::Challenge | Self::Bottleneck | Self::Antipattern | Self::Underperformance | Self::BusinessRisk => 16,
            Self::Variant | Self::Evidence => 17,
            Self::Automatable | Self::Human | Self::Shift | Self::Expectation => 18,
            Self::Assess | Self::Exercise | Self::StrongSignal | Self::WeakSignal | Self::RedFlag | Self::Dimension => {
                19
            }
        }
    }

    /// The file that it is written in, without `.toml`; of a variant's, the folder.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Collaborates | Self::Outcome | Self::Success | Self::HighPerformance => "role",
            Self::Responsibility => "responsibilities",
            Self::Activity => "activities",
            Self::Deliverable => "deliverables",
            Self::Goal => "goals",
            Self::Kpi | Self::Note => "kpis",
            Self::Skill => "skills",
            Self::Behaviour => "behaviours",
            Self::Tool => "tools",
            Self::Environment => "environment",
            Self::Stakeholder | Self::Collaboration | Self::Escalation => "stakeholders",
            Self::Level | Self::Right | Self::Authority => "decisions",
            Self::Prerequisite | Self::Certification | Self::Background => "background",
            Self::Feeder | Self::Next | Self::Criterion | Self::Stage => "career",
            Self::Challenge | Self::Bottleneck | Self::Antipattern | Self::Underperformance | Self::BusinessRisk => {
                "risks"
            }
            Self::Variant | Self::Evidence => "variants",
            Self::Automatable | Self::Human | Self::Shift | Self::Expectation => "ai",
            Self::Assess | Self::Exercise | Self::StrongSignal | Self::WeakSignal | Self::RedFlag => "hiring",
            Self::Dimension => "scorecard",
        }
    }

    /// Whether `says` may be missing, because its other keys say it.
    pub(super) const fn speaks_otherwise(self) -> bool {
        matches!(
            self,
            Self::Kpi
                | Self::Skill
                | Self::Behaviour
                | Self::Tool
                | Self::Exercise
                | Self::Dimension
                | Self::Certification
                | Self::Escalation
                | Self::Authority
                | Self::Level
                | Self::Right
        )
    }

    /// How a `[[not-here]]` names all of it: `section:hiring.red-flag`.
    #[must_use]
    pub fn path(self) -> String {
        format!("section:{}.{}", self.file(), self.key())
    }

    /// The table that a [path](Self::path) names.
    #[must_use]
    pub fn all_of(path: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|table| table.path() == path)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A word with its article.
pub(super) fn a(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}

/// The names of the blueprint's sections, the first one first.
pub const SECTIONS: [&str; 20] = [
    "Summary",
    "Mission",
    "Responsibilities",
    "Activities",
    "Deliverables",
    "Goals",
    "KPIs",
    "Technical skills",
    "Behaviours",
    "Tools",
    "Environment",
    "Stakeholders",
    "Decision rights",
    "Background",
    "Career",
    "Risks",
    "Variants",
    "AI",
    "Hiring",
    "Scorecard summary",
];
