//! Tickets and requests.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use super::{Complexity, Risk};
use crate::event::Artefact;

/// Tickets and requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Ticket {
    /// Somebody asked for something.
    TicketOpened {
        /// Which ticket.
        ticket: String,
        /// Who asked, as an opaque name.
        requester: String,
        /// What it is about, in the tracker's words: its category. Tickets that name different matters are never
        /// taken for parts of one request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        matter: Option<String>,
        /// Whether it is a standard request that needs no approval of its own.
        #[serde(default)]
        preapproved: bool,
    },
    /// Somebody said how much work it is and how risky. What the person who works on it says themselves, or what is said
    /// after it was assigned, gives it no weight.
    TicketTriaged {
        /// Which ticket.
        ticket: String,
        /// How much work.
        complexity: Complexity,
        /// How risky.
        risk: Risk,
    },
    /// It is the person's to do.
    TicketAssigned {
        /// Which ticket.
        ticket: String,
    },
    /// Whoever may approve it has done so: the event's actor.
    TicketApproved {
        /// Which ticket.
        ticket: String,
    },
    /// Something was done for it.
    TicketActedOn {
        /// Which ticket.
        ticket: String,
        /// Whether it took more rights than everybody has.
        #[serde(default)]
        privileged: bool,
    },
    /// Evidence was attached.
    TicketEvidenceAdded {
        /// Which ticket.
        ticket: String,
        /// What was attached.
        artefact: Artefact,
        /// Whether a recorder made it while the work was done, so that it is of this work.
        #[serde(default)]
        recorded: bool,
    },
    /// A note was written.
    TicketNoted {
        /// Which ticket.
        ticket: String,
        /// Which of the fields that a note must have are filled in: `asked`, `done`, `verified` …
        fields: Vec<String>,
    },
    /// The person closed it.
    TicketClosed {
        /// Which ticket.
        ticket: String,
        /// The reason that was given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Who can see whether the checklist is met.
        #[serde(default)]
        audit: Audit,
    },
    /// Somebody else held a closed ticket against the checklist: the event's actor.
    TicketReviewed {
        /// Which ticket.
        ticket: String,
        /// Whether it meets the whole checklist.
        passed: bool,
    },
    /// It came back: whoever the event's actor is says why.
    TicketReopened {
        /// Which ticket.
        ticket: String,
        /// Why.
        reason: Return,
    },
    /// Another ticket was opened on what this one had left.
    TicketFollowedUp {
        /// Which ticket, the earlier one.
        ticket: String,
        /// The later one.
        by: String,
        /// Why.
        reason: Return,
    },
}

/// Who can see whether a ticket meets the checklist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audit {
    /// Its events show it.
    #[default]
    Automatic,
    /// The tool does not record approvals, evidence and notes: a person has to look, at a sample.
    Human,
}

/// Why a ticket came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Return {
    /// Something was wrong.
    Error,
    /// Something was left out.
    MissingStep,
    /// The requester wants something new.
    NewRequirement,
}

impl Ticket {
    /// Which ticket it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::TicketOpened { ticket, .. }
            | Self::TicketTriaged { ticket, .. }
            | Self::TicketAssigned { ticket }
            | Self::TicketApproved { ticket }
            | Self::TicketActedOn { ticket, .. }
            | Self::TicketEvidenceAdded { ticket, .. }
            | Self::TicketNoted { ticket, .. }
            | Self::TicketClosed { ticket, .. }
            | Self::TicketReviewed { ticket, .. }
            | Self::TicketReopened { ticket, .. }
            | Self::TicketFollowedUp { ticket, .. } => ticket,
        }
    }
}
