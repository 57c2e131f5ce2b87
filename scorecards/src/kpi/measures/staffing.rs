//! Whether a person could be expected to act at a moment.

use chrono::{DateTime, Utc};

use crate::{
    event::work::{Family, Incident, Severity, Work},
    kpi::{Episode, Exclusion, Setting, method::after_minutes, roster::Duty},
};

/// Why somebody could not be expected to act at a moment: they were not on call, their team was short of people, or
/// they held an incident of high severity, other than `own`. An incident excuses for no longer than the setting
/// `busy-hours`, so that leaving one open excuses nobody for ever.
pub(super) fn excuse(setting: &Setting<'_>, moment: DateTime<Utc>, own: Option<&str>) -> Option<Exclusion> {
    let duty = Duty::new(setting.others(Family::Roster));
    if !duty.on_call(moment) {
        return Some(Exclusion::OffCall);
    }
    if duty.understaffed(moment) {
        return Some(Exclusion::Understaffed);
    }
    let minutes = setting.number("busy-hours") * 60.0;
    let busy = setting
        .others(Family::Incident)
        .iter()
        .filter(|incident| Some(incident.about) != own)
        .any(|incident| holds(incident, moment, minutes));
    busy.then_some(Exclusion::Busy)
}

/// Whether an incident was open at a moment, of high severity by then, and not for longer than so many minutes.
fn holds(incident: &Episode<'_>, moment: DateTime<Utc>, minutes: f64) -> bool {
    let (mut since, mut severity) = (None, Severity::Low);
    for (event, work) in incident.events.iter().take_while(|(event, _)| event.at < moment) {
        match work {
            Work::Incident(Incident::IncidentOpened { severity: now, .. }) => {
                since = since.or(Some(event.at));
                severity = *now;
            }
            Work::Incident(Incident::IncidentSeveritySet { severity: now, .. }) => severity = *now,
            Work::Incident(Incident::IncidentResolved { .. }) => since = None,
            _ => {}
        }
    }
    severity >= Severity::High && since.is_some_and(|since| moment < after_minutes(since, minutes))
}
