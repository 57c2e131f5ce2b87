//! Work as organisations record it: by people's tools, by a lab that stands for one, or by somebody's word.
//!
//! Each family is about things that have a name (a ticket, an alert, a change …); all events of one thing make its
//! *episode*, and KPIs are observed on episodes. Adding a family is one module and one line here.

mod alert;
mod attested;
mod automation;
mod backup;
mod change;
mod drift;
mod incident;
mod monitor;
mod patch;
mod plan;
mod pull_request;
pub mod rating;
mod restore;
mod roster;
mod runbook;
mod survey;
mod ticket;
mod vulnerability;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::Value;
use strum::VariantNames;

pub use alert::{Alert, HandOn};
pub use attested::{Attested, Stated};
pub use automation::{Automation, Way, Wish};
pub use backup::{Backup, ScheduleChange};
pub use change::{Capture, Change};
pub use drift::{Closing, Drift};
pub use incident::{Incident, Told};
pub use monitor::{Monitor, Sort};
pub use patch::{Patch, Ring};
pub use plan::{Plan, PlanItem};
pub use pull_request::{PullRequest, Review};
pub use rating::{Cited, Decision, Given, Label, Level, Rated, Rating};
pub use restore::{Count, Restore};
pub use roster::Roster;
pub use runbook::{Feedback, Runbook, Step, Substance};
pub use survey::{Chooser, Survey};
pub use ticket::{Audit, Return, Ticket};
pub use vulnerability::Vulnerability;

use super::{Unknown, read::known};

macro_rules! families {
    ($($(#[doc = $doc:expr])* $family:ident,)*) => {
        /// An event of one of the families.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Work {
            $($(#[doc = $doc])* $family($family),)*
        }

        /// Which family.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Family {
            $($(#[doc = $doc])* $family,)*
        }

        impl Family {
            /// All of them, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$family,)*];
        }

        $(impl From<$family> for Work {
            fn from(event: $family) -> Self {
                Self::$family(event)
            }
        })*

        impl Work {
            /// Its family.
            #[must_use]
            pub fn family(&self) -> Family {
                match self { $(Self::$family(_) => Family::$family,)* }
            }

            /// The name of the thing that it is about, unique in its family and series.
            #[must_use]
            pub fn about(&self) -> &str {
                match self { $(Self::$family(event) => event.about(),)* }
            }

            /// Every tag of every family.
            pub fn tags() -> impl Iterator<Item = &'static str> {
                [$($family::VARIANTS,)*].into_iter().flatten().copied()
            }

            /// Reads what has this tag; gives the data back if no family has it.
            pub(super) fn read(tag: &str, data: Value) -> Result<Result<Self, String>, Value> {
                $(if $family::VARIANTS.contains(&tag) {
                    return Ok(known(tag, data, |whole| $family::deserialize(whole)).map(Self::$family));
                })*
                Err(data)
            }
        }

        impl Serialize for Work {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$family(event) => event.serialize(serializer),)* }
            }
        }

        impl<'de> Deserialize<'de> for Work {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let Unknown { kind, data } = Unknown::deserialize(deserializer)?;
                let none = |_| Err(format!("no family of events has the kind {kind}"));
                Self::read(&kind, data).unwrap_or_else(none).map_err(D::Error::custom)
            }
        }
    };
}

families! {
    /// Who was on call, away, or in a team that was short of people.
    Roster,
    /// Alerts, pages, and who took them.
    Alert,
    /// Incidents, the limits of one's scope, and calls for help.
    Incident,
    /// Tickets and requests.
    Ticket,
    /// Changes of what runs.
    Change,
    /// Runbooks: used, followed, improved.
    Runbook,
    /// Dashboards, alert rules and log sources, and how much noise an area makes.
    Monitor,
    /// Systems brought to the level that is required.
    Patch,
    /// Findings of scanners, and their mending.
    Vulnerability,
    /// Runs of backup jobs.
    Backup,
    /// Restore tests.
    Restore,
    /// Where what runs differs from what the code says.
    Drift,
    /// Pull requests of infrastructure code.
    PullRequest,
    /// Work that a machine does now.
    Automation,
    /// What partners say.
    Survey,
    /// What is to be learnt in a quarter, and what has been.
    Plan,
    /// What people judged: ratings, red flags, decisions. Automation never writes these.
    Rating,
    /// Figures that somebody answers for with their name.
    Attested,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Can wait.
    Low,
    /// Should not wait long.
    Medium,
    /// Somebody is hit.
    High,
    /// Many are hit, or data is in danger.
    Critical,
}

/// How risky something is in production.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Follows a known pattern and is easily undone.
    Low,
    /// Between the two.
    Medium,
    /// May hurt, or can't be undone.
    High,
}

/// How much work something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Complexity {
    /// Small.
    S,
    /// Medium.
    M,
    /// Large.
    L,
}
