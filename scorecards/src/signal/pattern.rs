//! Patterns: what to look for in the record of an attempt.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray, VariantNames};

use super::{
    command::Command,
    glob::Glob,
    values::{Args, Within},
};

/// What to look for, and whether it is good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Good practice: earns its points when seen.
    Expect(Form),
    /// Bad practice: costs its points when seen.
    Forbid(Form),
}

/// What to look for. As JSON it has the very keys of a lab's file, so what is stored of one reads like it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Form {
    /// Several things, each after the one before.
    Order(Order),
    /// Something between any two of another kind.
    Between(Between),
    /// The same command line again and again.
    Repeat(Repeat),
    /// One thing, at its time.
    Done(Done),
}

impl Form {
    /// All that it looks for, and all that it is held against.
    #[must_use]
    pub fn deeds(&self) -> Vec<&Deed> {
        let (deed, steps): (Option<&Deed>, Vec<&[Step]>) = match self {
            Self::Order(order) => (None, vec![&order.order]),
            Self::Between(between) => (Some(&between.deed), vec![&between.between]),
            Self::Repeat(repeat) => (Some(&repeat.deed), Vec::new()),
            Self::Done(done) => {
                let when = &done.when;
                (Some(&done.deed), vec![&when.before, &when.before_first, &when.after, &when.after_last])
            }
        };
        deed.into_iter().chain(steps.into_iter().flatten().map(|step| &step.0)).collect()
    }
}

/// Several things, each after the one before it had been done; others may lie between.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The things, first to last.
    pub order: Vec<Step>,
}

/// Something that was done between any two of another kind: one change for each look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Between {
    /// What must lie between.
    #[serde(flatten)]
    pub deed: Deed,
    /// Between any two of these.
    pub between: Vec<Step>,
}

/// The same command line more than so many times, with no other change between.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repeat {
    /// Of which commands.
    #[serde(flatten)]
    pub deed: Deed,
    /// More than so many times.
    pub repeat: u32,
}

/// One thing that was done, at its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// What.
    #[serde(flatten)]
    pub deed: Deed,
    /// At least so many different ones: the same command line again is not another.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub times: u32,
    /// When.
    #[serde(flatten)]
    pub when: When,
}

/// When something was done. All that is given must hold; of several things under one key any one will do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct When {
    /// One of these was begun later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Step>,
    /// One of these was begun later, and none earlier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before_first: Vec<Step>,
    /// One of these was begun earlier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Step>,
    /// One of these was begun earlier, and none later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after_last: Vec<Step>,
    /// Not further than this from what `after` or `before` names; from the start where neither is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Within>,
}

/// Something that can be done, where it is one of several: a text is short for `{ ran = text }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Step(pub Deed);

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Deed {
    /// A program was run.
    Ran(Ran),
    /// A file was changed, made or removed.
    Changed {
        /// Any of these.
        changed: Vec<Glob>,
    },
    /// The learner said something.
    Said {
        /// Any of these.
        said: Vec<Said>,
    },
}

/// A program was run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    /// Any of these.
    pub ran: Vec<Command>,
    /// Ended with this code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// An argument matches this regular expression (unanchored).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Args>,
    /// None of these words is among the arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
}

/// What a learner can say.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray, VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Said {
    /// What they think the cause is.
    Hypothesis,
    /// What became of the last open hypothesis: from then on none was open.
    Settled,
    /// A note of any kind.
    Note,
    /// What was wrong, what was done, how it was verified.
    ClosingNote,
    /// For whoever takes over.
    HandoverNote,
}

/// A step as it is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Short(Command),
    Whole(Deed),
}

impl From<Written> for Step {
    fn from(written: Written) -> Self {
        Self(match written {
            Written::Short(command) => Deed::Ran(Ran { ran: vec![command], ..Ran::default() }),
            Written::Whole(deed) => deed,
        })
    }
}

impl From<Step> for Written {
    fn from(Step(deed): Step) -> Self {
        match deed {
            Deed::Ran(Ran { mut ran, exit: None, args: None, without }) if ran.len() == 1 && without.is_empty() => {
                Self::Short(ran.remove(0))
            }
            deed => Self::Whole(deed),
        }
    }
}

impl Deed {
    /// Any of these commands.
    #[must_use]
    pub fn ran(ran: Vec<Command>) -> Self {
        Self::Ran(Ran { ran, ..Ran::default() })
    }

    /// Whether a gap of the ledger could hide it. What the learner says goes to the server straight.
    pub(super) fn can_be_lost(&self) -> bool {
        !matches!(self, Self::Said { .. })
    }
}

impl From<Deed> for Step {
    fn from(deed: Deed) -> Self {
        Self(deed)
    }
}

impl From<Deed> for Done {
    fn from(deed: Deed) -> Self {
        Self { deed, times: 1, when: When::default() }
    }
}

impl From<Done> for Form {
    fn from(done: Done) -> Self {
        Self::Done(done)
    }
}

const fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_one(times: &u32) -> bool {
    *times == 1
}

/// In words, as short as may be: `nginx -t`, `a change of /etc/nginx/*`.
impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, all: &[T]) -> fmt::Result {
            for (n, one) in all.iter().enumerate() {
                f.write_str(if n == 0 { "" } else { " or " })?;
                write!(f, "`{one}`")?;
            }
            Ok(())
        }
        match self {
            Self::Ran(Ran { ran, exit, args, without }) => {
                list(f, ran)?;
                if let Some(args) = args {
                    write!(f, " with an argument like `{args}`")?;
                }
                if !without.is_empty() {
                    f.write_str(" without ")?;
                    list(f, without)?;
                }
                exit.map_or(Ok(()), |exit| write!(f, " that ended with {exit}"))
            }
            Self::Changed { changed } => {
                f.write_str("a change of ")?;
                list(f, changed)
            }
            Self::Said { said } => {
                let words = |said: &Said| match said {
                    Said::Hypothesis => "a hypothesis",
                    Said::Settled => "the settling of every hypothesis",
                    Said::Note => "a note",
                    Said::ClosingNote => "a closing note",
                    Said::HandoverNote => "a note for whoever takes over",
                };
                f.write_str(&said.iter().map(words).collect::<Vec<_>>().join(" or "))
            }
        }
    }
}
