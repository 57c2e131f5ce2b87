//! An attempt at a lab as the work that it stands for.

use crate::{
    event::{
        Event, Kind,
        work::{Alert, Work},
    },
    marking::Marking,
    pauses::Pauses,
};

/// What an attempt says as work, for KPIs that are taken from events: the work among its own events, and what the others
/// stand for. A lab that begins with an alert is an alert that fires when the box is ready, that the learner acknowledges
/// (which is an event of the attempt already), looks into with the first command, and that is over, by their doing, when
/// the attempt ends and has `passed`.
///
/// Each of these carries the id of the event that it was read from, so that evidence leads there; nothing is added to
/// the record. Their times are by a clock that stood still while the attempt was paused or the server was not there
/// ([`Pauses`]): nobody is slow for having been called away.
#[must_use]
pub fn work(marking: &Marking, passed: bool, events: &[Event]) -> Vec<Event> {
    let mut work: Vec<Event> = events.iter().filter(|event| matches!(event.kind, Kind::Work(_))).cloned().collect();
    work.extend(stands_for(marking, passed, events));
    let pauses = Pauses::of(events);
    for event in &mut work {
        event.at = pauses.worked(event.at);
        event.box_at = event.box_at.map(|at| pauses.worked(at));
    }
    work
}

/// What the events of an attempt stand for beside what they are.
fn stands_for(marking: &Marking, passed: bool, events: &[Event]) -> Vec<Event> {
    let Some(severity) = marking.alert else { return Vec::new() };
    let first =
        |is: &dyn Fn(&Event) -> bool| events.iter().filter(|event| is(event)).min_by_key(|event| (event.at, event.id));
    let Some(ready) = first(&|event| matches!(event.kind, Kind::SandboxReady { .. })) else { return Vec::new() };
    let alert = alert_of(ready);
    let read =
        |event: &Event, work: Alert| Event { kind: Kind::Work(Work::Alert(work)), box_at: None, ..event.clone() };

    let mut work = vec![read(ready, Alert::AlertFired { alert: alert.clone(), severity, rule: None, service: None })];
    // Looked into before it was acknowledged or after: the KPI says which of them count.
    let looks =
        |event: &Event| event.at >= ready.at && matches!(&event.kind, Kind::CommandRun(run) if run.by.learner());
    if let Some(looked) = first(&looks) {
        work.push(read(looked, Alert::AlertLookedInto { alert: alert.clone() }));
    }
    if passed && let Some(ended) = first(&|event| matches!(event.kind, Kind::AttemptEnded { .. })) {
        let resolved = read(ended, Alert::AlertResolved { alert, automatic: false });
        work.push(Event { actor: Some(ended.subject), ..resolved });
    }
    work
}

/// The name of the alert that an attempt begins with: the attempt's own.
fn alert_of(event: &Event) -> String {
    event.attempt.map(|attempt| attempt.to_string()).unwrap_or_default()
}
