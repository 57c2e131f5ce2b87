//! Labels, reasons and what is to be talked over, in words.

use std::fmt::{self, Display};

use super::{DebriefItem, Label, Middle, Reason, Weighting};

impl Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDecision => "no decision",
            Self::No => "no",
            Self::Discuss => "discuss",
            Self::Yes => "yes",
            Self::StrongYes => "strong yes",
        })
    }
}

impl Display for Weighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.high, self.medium_high, self.medium)
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RedFlag { flag } => {
                write!(f, "The red flag “{flag}” is confirmed by a second person: that is a no, whatever the score.")
            }
            Self::NotObserved { dimensions } => {
                write!(f, "Not observed, and nothing is decided without: {}.", list(dimensions))
            }
            Self::LowCoverage { observed, needed, missing } => write!(
                f,
                "Only {} of the weight was observed, {} is needed. Not observed: {}.",
                percent(*observed),
                percent(*needed),
                list(missing)
            ),
            Self::Missed { below, at_least, among, allowed, misses } => {
                write!(f, "{}: ", levels(below))?;
                match (among.len(), allowed) {
                    (1, _) => write!(f, "at least {at_least} is a must.")?,
                    (_, 0) => write!(f, "at least {at_least} is a must for {}.", list(among))?,
                    _ => write!(
                        f,
                        "of {} at most {allowed} may be below {at_least}, and by no more than one level.",
                        list(among)
                    )?,
                }
                if *misses > 1 { write!(f, " This counts as {misses} misses.") } else { Ok(()) }
            }
            Self::MissAllowed { below, at_least } => {
                write!(f, "{}: below {at_least}, which the rule allows here.", levels(below))
            }
            Self::MustMeetNotObserved { dimensions, at_least } => write!(
                f,
                "Not observed: {}. At least {at_least} is a must, so there is no yes until it is.",
                list(dimensions)
            ),
            Self::MustMeetsMet => f.write_str("Everything that must be met is met."),
            Self::Score { score, reaches, short_of } => {
                write!(f, "The score is {score:.3}: it ")?;
                match (reaches, short_of) {
                    (Some((label, from)), None) => write!(f, "reaches “{label}” ({from:.2})."),
                    (Some((label, from)), Some((next, at))) => {
                        write!(f, "reaches “{label}” ({from:.2}) but not “{next}” ({at:.2}).")
                    }
                    (None, Some((next, at))) => write!(f, "does not reach “{next}” ({at:.2})."),
                    (None, None) => f.write_str("reaches nothing."),
                }
            }
            Self::NotAllAtThree { below } => {
                write!(f, "{}: a strong yes asks for at least 3 everywhere.", levels(below))
            }
        }
    }
}

impl Display for DebriefItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apart { dimension, lowest, highest } => {
                write!(f, "{dimension}: raters are apart, from {lowest} to {highest}. What did each of you see?")
            }
            Self::WeightSensitive(other) => {
                write!(f, "With the weights {} it would be “{}”", other.weighting, other.label)?;
                if let Some(score) = other.score {
                    write!(f, " ({score:.3})")?;
                }
                f.write_str(": it hangs on the weights, so talk it over.")
            }
            Self::OpenFlag { flag } => {
                write!(f, "The red flag “{flag}” was raised and is not confirmed: is it one?")
            }
            Self::Waiting { rater } => {
                write!(f, "{rater} has begun and not submitted: those ratings do not count yet.")
            }
            Self::UnknownDimension { dimension } => {
                write!(f, "“{dimension}” was rated but is no dimension of this role: it counts for nothing.")
            }
        }
    }
}

fn percent(share: f64) -> String {
    let percent = format!("{:.1}", share * 100.0);
    format!("{} %", percent.strip_suffix(".0").unwrap_or(&percent))
}

/// `A`, `A and B`, `A, B and C`.
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_string(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}

fn levels(of: &[(String, Middle)]) -> String {
    let each: Vec<String> = of.iter().map(|(title, middle)| format!("{title} is at {middle}")).collect();
    list(&each)
}
