//! K01 to K03, on tickets.

use chrono::{DateTime, Utc};

use super::checklist::{self, request, weight};
use crate::{
    event::{
        Event,
        work::{Audit, Family, Return, Ticket, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value,
        method::{Fold, Method, after_days, after_minutes},
    },
};

/// K01: tickets that were completed to standard, by weight, a month of the time in which the person was there.
///
/// - To standard: closed, the checklist of K02 met, and not come back within `reopen-days`. That is known only when
///   those days are over: until then a ticket is pending. It then counts at the moment at which it was decided, so that
///   every window holds as many days' tickets as it is long. The days on which the person was there are those on which the work was
///   done: `reopen-days` before the window.
/// - Where only a person can see the checklist, what stood is to standard unless it was drawn for the audit of K02 and
///   failed there: that nobody has looked at it is not the person's fault.
/// - A ticket counts once, by the first closing that stood; one that never stood counts nothing, but is counted in `count`.
/// - Its weight is complexity × risk as triaged by somebody else before it was assigned; 1 where nobody did.
/// - Tickets of one requester on one matter, opened within `split-hours`, are flagged: one request may have been split.
pub(in crate::kpi) const TICKET_THROUGHPUT: Method = Method {
    family: Family::Ticket,
    unit: Unit::PerMonth,
    settings: &[("reopen-days", 14.0), ("note-fields", 3.0), ("audit-share", 0.2), ("split-hours", 24.0)],
    observe: throughput,
    fold: Fold::PerMonthThere("reopen-days"),
};

/// K02: closed tickets that meet the whole checklist, of those that are audited; by when they were last closed.
///
/// - The checklist: approved by somebody else before the first privileged action (or a standard request); evidence added
///   while the ticket was open, of this ticket only, in the simulated series made by a recorder; a note with
///   `note-fields` fields; a reason for closing.
/// - Every ticket is audited of which the events show it. A share `audit-share` of tickets, drawn by a hash of their names
///   and so roughly as large at every complexity, is looked at by a person besides: who fails one there, fails it. Where
///   only a person can see it, tickets that were not drawn do not count, reviewed or not, and those that were drawn are
///   pending until somebody else has reviewed them.
pub(in crate::kpi) const TICKET_QUALITY: Method = Method {
    family: Family::Ticket,
    unit: Unit::Share,
    settings: &[("note-fields", 3.0), ("audit-share", 0.2)],
    observe: quality,
    fold: Fold::Share,
};

/// K03: tickets that came back, of those that were closed, by weight.
///
/// - It came back if within `reopen-days` of a closing it was reopened, or another ticket was opened on what it had left,
///   for an error or a missing step. Who wants something new is no error, if somebody else than the person says so; a
///   ticket that came back only for that does not count.
/// - As in K01, a ticket counts when it is decided: `reopen-days` after it was last closed. Until then it is pending.
pub(in crate::kpi) const REOPEN_RATE: Method = Method {
    family: Family::Ticket,
    unit: Unit::Share,
    settings: &[("reopen-days", 14.0)],
    observe: came_back,
    fold: Fold::Share,
};

fn throughput(ticket: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let days = setting.number("reopen-days");
    let closings = closings(ticket);
    let stood = closings.iter().find(|closing| {
        !returns(ticket).any(|(event, reason)| reason != Return::NewRequirement && soon(closing.at, event.at, days))
    });
    let Some(closing) = stood.or(closings.last()) else { return Vec::new() };
    let decided = after_days(closing.at, days);
    let passed = setting.passed(decided);
    let standard = stood.is_some()
        && match audit(ticket, closing) {
            Some(Audit::Human) => audited(ticket, closing, setting).1 != Some(false),
            _ => checklist::met(ticket, closing, setting),
        };
    let value = if standard {
        Value::Amount { weighted: weight(ticket), raw: 1.0 }
    } else {
        Value::Amount { weighted: 0.0, raw: 0.0 }
    };
    let flags = if split(ticket, setting) { vec![Flag::MaybeSplit] } else { Vec::new() };
    let at = if passed { decided } else { closing.at };
    vec![observation(ticket, at, value, (!passed).then_some(Exclusion::Pending), flags)]
}

fn quality(ticket: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let Some(closing) = closings(ticket).pop() else { return Vec::new() };
    let Some(audit) = audit(ticket, closing) else { return Vec::new() };
    let (drawn, review) = audited(ticket, closing, setting);
    let (met, excluded) = match audit {
        Audit::Automatic => (checklist::met(ticket, closing, setting) && review != Some(false), None),
        Audit::Human if !drawn => (false, Some(Exclusion::NotSampled)),
        Audit::Human => (review == Some(true), review.is_none().then_some(Exclusion::Pending)),
    };
    let flags = if checklist::reused(ticket, setting) { vec![Flag::StaleEvidence] } else { Vec::new() };
    vec![observation(ticket, closing.at, Value::share(met), excluded, flags)]
}

fn came_back(ticket: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let days = setting.number("reopen-days");
    let closings = closings(ticket);
    let Some(last) = closings.last() else { return Vec::new() };
    let decided = after_days(last.at, days);
    let passed = setting.passed(decided);
    let soon_after_a_closing = |event: &Event| closings.iter().any(|closing| soon(closing.at, event.at, days));
    let reasons: Vec<Return> =
        returns(ticket).filter(|(event, _)| soon_after_a_closing(event)).map(|(_, reason)| reason).collect();
    let met = reasons.iter().any(|reason| *reason != Return::NewRequirement);
    let new = !met && !reasons.is_empty();
    let excluded = (!passed).then_some(Exclusion::Pending).or(new.then_some(Exclusion::NewRequirement));
    let followed = ticket.events.iter().any(|(event, work)| {
        matches!(work, Work::Ticket(Ticket::TicketFollowedUp { .. })) && soon_after_a_closing(event)
    });
    let flags = if followed { vec![Flag::FollowedUp] } else { Vec::new() };
    let at = if passed { decided } else { last.at };
    vec![observation(ticket, at, Value::Share { met, weight: weight(ticket) }, excluded, flags)]
}

fn observation(
    ticket: &Episode<'_>,
    at: DateTime<Utc>,
    value: Value,
    excluded: Option<Exclusion>,
    flags: Vec<Flag>,
) -> Observation {
    let events = ticket.ids();
    Observation { about: ticket.about.to_string(), at, value, excluded, flags, events }
}

/// Every closing, in order of time.
fn closings<'a>(ticket: &Episode<'a>) -> Vec<&'a Event> {
    let closes = |work: &Work| matches!(work, Work::Ticket(Ticket::TicketClosed { .. }));
    ticket.events.iter().filter(|(_, work)| closes(work)).map(|(event, _)| *event).collect()
}

/// Every time it came back, and why. That something new is wanted is for somebody else to say than whoever closed it.
fn returns<'a>(ticket: &'a Episode<'_>) -> impl Iterator<Item = (&'a Event, Return)> {
    ticket.events.iter().filter_map(|(event, work)| match work {
        Work::Ticket(Ticket::TicketReopened { reason, .. } | Ticket::TicketFollowedUp { reason, .. }) => {
            let own = event.actor == Some(event.subject);
            Some((*event, if own && *reason == Return::NewRequirement { Return::Error } else { *reason }))
        }
        _ => None,
    })
}

/// Whether something came after a closing, within so many days.
fn soon(closed: DateTime<Utc>, came: DateTime<Utc>, days: f64) -> bool {
    closed <= came && came <= after_days(closed, days)
}

/// How a closing is to be audited.
fn audit(ticket: &Episode<'_>, closing: &Event) -> Option<Audit> {
    ticket.events.iter().find_map(|(event, work)| match work {
        Work::Ticket(Ticket::TicketClosed { audit, .. }) if event.id == closing.id => Some(*audit),
        _ => None,
    })
}

/// Whether a ticket was drawn for a person to look at, and what was said there of a closing, if anything was.
fn audited(ticket: &Episode<'_>, closing: &Event, setting: &Setting<'_>) -> (bool, Option<bool>) {
    let drawn = checklist::drawn(ticket.about, setting.number("audit-share"));
    (drawn, if drawn { reviewed(ticket, closing.at) } else { None })
}

/// What somebody else than the person said last about a closed ticket.
fn reviewed(ticket: &Episode<'_>, closed: DateTime<Utc>) -> Option<bool> {
    ticket.events.iter().rev().find_map(|(event, work)| match work {
        Work::Ticket(Ticket::TicketReviewed { passed, .. }) => {
            let other = event.by_another();
            (other && event.at >= closed).then_some(*passed)
        }
        _ => None,
    })
}

/// Whether it may be a part of a request that also became other tickets.
fn split(ticket: &Episode<'_>, setting: &Setting<'_>) -> bool {
    let Some((opened, matter, requester)) = request(ticket) else { return false };
    let minutes = setting.number("split-hours") * 60.0;
    setting.others(Family::Ticket).iter().filter(|other| other.about != ticket.about).any(|other| {
        request(other).is_some_and(|(at, other_matter, other_requester)| {
            let same_matter = matter.is_none() || other_matter.is_none() || matter == other_matter;
            let (first, second) = (opened.min(at), opened.max(at));
            requester == other_requester && same_matter && second < after_minutes(first, minutes)
        })
    })
}
