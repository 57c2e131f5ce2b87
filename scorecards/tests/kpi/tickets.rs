//! Tickets for the examples of K01 to K03.

use chrono::TimeDelta;
use scorecards::event::{
    Artefact,
    work::{Audit, Complexity, Return, Risk, Ticket},
};

use crate::support::{Events, INGRID, MAYA, hours};

/// What is particular about a ticket; everything else is done to standard.
#[derive(Clone)]
pub struct Like {
    pub requester: String,
    pub complexity: Complexity,
    pub risk: Risk,
    pub preapproved: bool,
    /// When it is approved, in hours before it is closed, and by whom.
    pub approved: Option<(i64, uuid::Uuid)>,
    /// When evidence is added, in hours before it is closed.
    pub evidence: Option<i64>,
    pub artefact: Option<String>,
    pub recorded: bool,
    pub fields: usize,
    pub reason: Option<String>,
    pub audit: Audit,
}

impl Default for Like {
    fn default() -> Self {
        Self {
            requester: String::new(),
            complexity: Complexity::S,
            risk: Risk::Low,
            preapproved: false,
            approved: Some((3, INGRID)),
            evidence: Some(1),
            artefact: None,
            recorded: true,
            fields: 3,
            reason: Some("done".into()),
            audit: Audit::Automatic,
        }
    }
}

/// A ticket that is opened four hours before it is closed, acted on two hours before, and closed so long after the start.
pub fn ticket(events: &mut Events, name: &str, closed: TimeDelta, like: Like) {
    let before = |number: i64| closed - hours(number);
    let requester = if like.requester.is_empty() { format!("requester-of-{name}") } else { like.requester };
    let opened = Ticket::TicketOpened { ticket: name.into(), requester, matter: None, preapproved: like.preapproved };
    events.by(None, before(4), opened);
    let triaged = Ticket::TicketTriaged { ticket: name.into(), complexity: like.complexity, risk: like.risk };
    events.by(Some(INGRID), before(4) + TimeDelta::minutes(1), triaged);
    events.by(Some(INGRID), before(4) + TimeDelta::minutes(2), Ticket::TicketAssigned { ticket: name.into() });
    if let Some((hours_before, by)) = like.approved {
        events.by(Some(by), before(hours_before), Ticket::TicketApproved { ticket: name.into() });
    }
    events.at(before(2), Ticket::TicketActedOn { ticket: name.into(), privileged: true });
    if let Some(hours_before) = like.evidence {
        let artefact = Artefact(like.artefact.unwrap_or_else(|| format!("evidence of {name}")));
        let added = Ticket::TicketEvidenceAdded { ticket: name.into(), artefact, recorded: like.recorded };
        events.at(before(hours_before), added);
    }
    let fields = ["asked", "done", "verified"].into_iter().take(like.fields).map(str::to_string).collect();
    events.at(before(1), Ticket::TicketNoted { ticket: name.into(), fields });
    close(events, name, closed, like.reason, like.audit);
}

pub fn close(events: &mut Events, name: &str, at: TimeDelta, reason: Option<String>, audit: Audit) {
    events.at(at, Ticket::TicketClosed { ticket: name.into(), reason, audit });
}

/// So many tickets to standard, all small and of low risk, one closed every `every` from then on.
pub fn many(events: &mut Events, number: usize, from: TimeDelta, every: TimeDelta) {
    for ordinal in 0..number {
        ticket(events, &format!("plain-{ordinal}"), from + every * ordinal as i32, Like::default());
    }
}

pub fn reopened(events: &mut Events, name: &str, at: TimeDelta, reason: Return) {
    events.by(Some(INGRID), at, Ticket::TicketReopened { ticket: name.into(), reason });
}

pub fn reopened_by_maya(events: &mut Events, name: &str, at: TimeDelta, reason: Return) {
    events.by(Some(MAYA), at, Ticket::TicketReopened { ticket: name.into(), reason });
}
