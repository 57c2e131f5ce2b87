//! Whether a ticket was done to standard, how much it weighs, and whether a person is to look at it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::{
    event::{
        Artefact, Event, Source,
        work::{Family, Ticket, Work},
    },
    kpi::{Episode, Setting},
};

/// Whether a ticket met the whole checklist when it was closed: see [`super::tickets::TICKET_QUALITY`].
pub(super) fn met(ticket: &Episode<'_>, closing: &Event, setting: &Setting<'_>) -> bool {
    approved(ticket, closing.at)
        && evidenced(ticket, closing.at, setting)
        && noted(ticket, closing.at, setting.number("note-fields"))
        && reasoned(ticket, closing)
}

/// Approved by somebody else before the first privileged action, or before it was closed where none is on record.
fn approved(ticket: &Episode<'_>, closed: DateTime<Utc>) -> bool {
    let (mut preapproved, mut approved, mut acted) = (false, None, None);
    for (event, work) in before(ticket, closed) {
        match work {
            Ticket::TicketOpened { preapproved: standard, .. } => preapproved |= standard,
            Ticket::TicketApproved { .. } if event.by_another() => {
                approved = approved.or(Some(event.at));
            }
            Ticket::TicketActedOn { privileged: true, .. } => acted = acted.or(Some(event.at)),
            _ => {}
        }
    }
    preapproved || approved.is_some_and(|approved| acted.is_none_or(|acted| approved < acted))
}

/// Whether there is evidence of this ticket's own. In the simulated series a recorder sees all; elsewhere there may be none.
fn evidenced(ticket: &Episode<'_>, closed: DateTime<Utc>, setting: &Setting<'_>) -> bool {
    before(ticket, closed).any(|(_, work)| match work {
        Ticket::TicketEvidenceAdded { artefact, recorded, .. } => {
            (*recorded || ticket.series != Source::Simulated) && !elsewhere(ticket, artefact, setting)
        }
        _ => false,
    })
}

/// Whether it has evidence that another of the person's tickets has as well.
pub(super) fn reused(ticket: &Episode<'_>, setting: &Setting<'_>) -> bool {
    evidence(ticket).any(|artefact| elsewhere(ticket, artefact, setting))
}

/// Whether another of the person's tickets has this evidence.
fn elsewhere(ticket: &Episode<'_>, artefact: &Artefact, setting: &Setting<'_>) -> bool {
    let mut others = setting.others(Family::Ticket).iter().filter(|other| other.about != ticket.about);
    others.any(|other| evidence(other).any(|used| used == artefact))
}

fn evidence<'a>(ticket: &'a Episode<'_>) -> impl Iterator<Item = &'a Artefact> {
    ticket.events.iter().filter_map(|(_, work)| match work {
        Work::Ticket(Ticket::TicketEvidenceAdded { artefact, .. }) => Some(artefact),
        _ => None,
    })
}

/// Whether its notes, together, have so many fields.
fn noted(ticket: &Episode<'_>, closed: DateTime<Utc>, fields: f64) -> bool {
    let mut filled = BTreeSet::new();
    for (_, work) in before(ticket, closed) {
        if let Ticket::TicketNoted { fields, .. } = work {
            filled.extend(fields);
        }
    }
    filled.len() as f64 >= fields
}

fn reasoned(ticket: &Episode<'_>, closing: &Event) -> bool {
    ticket.events.iter().any(|(event, work)| match work {
        Work::Ticket(Ticket::TicketClosed { reason, .. }) => {
            event.id == closing.id && reason.as_deref().is_some_and(|reason| !reason.trim().is_empty())
        }
        _ => false,
    })
}

/// What happened up to a closing: what is added afterwards was not there when it mattered.
fn before<'a>(ticket: &'a Episode<'_>, closed: DateTime<Utc>) -> impl Iterator<Item = (&'a Event, &'a Ticket)> {
    ticket.events.iter().filter(move |(event, _)| event.at <= closed).filter_map(|(event, work)| match work {
        Work::Ticket(ticket) => Some((*event, ticket)),
        _ => None,
    })
}

/// Complexity × risk, as said last by somebody else before the ticket was the person's; 1 where nobody did.
pub(super) fn weight(ticket: &Episode<'_>) -> f64 {
    let mut weight = 1.0;
    for (event, work) in &ticket.events {
        match work {
            Work::Ticket(Ticket::TicketTriaged { complexity, risk, .. }) if event.actor != Some(event.subject) => {
                weight = complexity.weight() * risk.weight();
            }
            Work::Ticket(Ticket::TicketAssigned { .. }) => break,
            _ => {}
        }
    }
    weight
}

/// When it was opened, on what matter, and by whom.
pub(super) fn request<'a>(ticket: &'a Episode<'_>) -> Option<(DateTime<Utc>, Option<&'a str>, &'a str)> {
    ticket.events.iter().find_map(|(event, work)| match work {
        Work::Ticket(Ticket::TicketOpened { requester, matter, .. }) => {
            Some((event.at, matter.as_deref(), requester.as_str()))
        }
        _ => None,
    })
}

/// Whether a ticket is drawn for a person to look at: by a hash of its name, so that nobody chooses and everybody can
/// check. FNV-1a of 64 bits with the final mix of MurmurHash3, whose upper bits are even also for names in a row.
pub(super) fn drawn(name: &str, share: f64) -> bool {
    let mut hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^= hash >> 33;
    ((hash >> 11) as f64) < share * (1u64 << 53) as f64
}
