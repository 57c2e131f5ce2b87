//! What a machine may not decide waits for people: a *case*. Several judge it, each without seeing the others; then somebody
//! decides, with a reason. Nobody judges their own.
//!
//! What they say are events: ratings of a scorecard whose name is the case's id. Words are kept beside the log.

mod ask;
mod decide;
mod inbox;
mod rate;
mod seen;
mod show;

use chrono::{DateTime, TimeDelta, Utc};
use scorecards::{
    event::{Artefact, Event, Kind, Source, work::Work},
    scorecard::{Panel, check},
};
use uuid::Uuid;

use super::Attempts;
use crate::{
    access::{Action, Relation, allowed},
    error::{Error, Result},
    store::{
        cases::{self, Case, Judge},
        events,
    },
    views::Viewer,
};

/// How long something said in a form may be, in bytes.
const LONGEST: usize = 16 << 10;

/// A case, and who judges it.
struct Open {
    case: Case,
    judges: Vec<Judge>,
}

impl Open {
    /// Whether as many have judged it as are to: then it can be decided. What has nothing to be judged at levels always can.
    fn is_judged(&self) -> bool {
        self.case.rubric.is_empty() || self.submitted() >= self.case.raters
    }

    fn submitted(&self) -> u32 {
        u32::try_from(self.judges.iter().filter(|judge| judge.submitted_at.is_some()).count()).unwrap_or(u32::MAX)
    }

    /// Whether somebody is done with it. Until then they see nothing of what others think.
    fn done_by(&self, viewer: Uuid) -> bool {
        self.judges.iter().any(|judge| judge.id == viewer && judge.submitted_at.is_some())
    }
}

impl Attempts {
    /// A case, for somebody who may judge it. To everybody else it does not exist.
    async fn reach_case(&self, viewer: &Viewer, case: Uuid) -> Result<Open> {
        let case = cases::by_id(&self.store, case).await?.ok_or(Error::NotFound)?;
        if !allowed(viewer.role, Action::JudgeCase, Relation::between(viewer.id, case.subject)) {
            return Err(Error::NotFound);
        }
        let judges = cases::judges_of(&self.store, case.id).await?;
        Ok(Open { case, judges })
    }

    /// What people have said of a case.
    async fn panel(&self, case: &Case) -> Result<Panel> {
        let until = self.clock.now() + TimeDelta::seconds(1);
        let events = events::of_person(&self.store, case.subject, case.asked_at, until).await?;
        Ok(Panel::read(&case.id.to_string(), case.subject, &events))
    }

    /// An event of a case; a judgement that can't be taken is refused with words.
    fn said(&self, case: &Case, actor: Uuid, work: Work) -> Result<Event> {
        let source = match &work {
            Work::Rating(rating) => {
                check(rating, Some(actor), case.subject).map_err(|refused| Error::Conflict(format!("{refused}.")))?;
                Source::Attested
            }
            // A lab's runbook is as little real as the lab, and so are its partners.
            _ => Source::Simulated,
        };
        let (id, at) = (self.ids.next(), self.clock.now());
        let kind = Kind::Work(work);
        Ok(Event { id, at, box_at: None, actor: Some(actor), subject: case.subject, attempt: None, source, kind })
    }
}

/// Words that were typed, without what a database does not take.
fn typed(words: &str) -> Result<String> {
    let words = words.replace('\0', "").replace("\r\n", "\n").trim().to_string();
    if words.len() > LONGEST {
        let longest = LONGEST >> 10;
        return Err(Error::Conflict(format!("This is longer than the {longest} KiB that it may have. Shorten it.")));
    }
    Ok(words)
}

/// The words behind a name, where they are still there.
fn words(all: &std::collections::BTreeMap<String, String>, name: Option<&Artefact>) -> Option<String> {
    name.and_then(|name| all.get(&name.0)).cloned()
}

/// So many days later.
fn in_days(now: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    now + TimeDelta::days(days.into())
}
