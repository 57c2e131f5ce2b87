//! What the roster says of a person: when they began, when they were on call, away, or in a team short of people.

use chrono::{DateTime, Utc};

use super::{Episode, Window, method::days};
use crate::event::work::{Roster, Work};

/// The roster's entries of one person and series, as they were last told.
#[derive(Default)]
pub(super) struct Duty {
    began: Option<DateTime<Utc>>,
    shifts: Vec<(Window, bool)>,
    absences: Vec<Window>,
    shortages: Vec<Window>,
}

impl Duty {
    /// From the roster's episodes.
    pub(super) fn new(roster: &[Episode<'_>]) -> Self {
        let mut duty = Self::default();
        for episode in roster {
            // What was told last is what is so.
            let Some((event, Work::Roster(last))) = episode.events.last() else { continue };
            match last {
                Roster::PersonJoined { .. } => {
                    duty.began = Some(duty.began.map_or(event.at, |began| began.min(event.at)));
                }
                Roster::OnCallScheduled { from, until, understaffed, .. } => {
                    duty.shifts.push((Window { from: *from, until: *until }, *understaffed));
                }
                Roster::AbsenceRecorded { from, until, .. } => {
                    duty.absences.push(Window { from: *from, until: *until });
                }
                Roster::TeamUnderstaffed { from, until, .. } => {
                    duty.shortages.push(Window { from: *from, until: *until });
                }
                Roster::OnCallCancelled { .. } | Roster::AbsenceCancelled { .. } => {}
            }
        }
        duty
    }

    /// When the person began in the role.
    pub(super) fn began(&self) -> Option<DateTime<Utc>> {
        self.began
    }

    /// Whether the person was on call at a moment. Without any shift in the roster nobody can say that they were not.
    pub(super) fn on_call(&self, moment: DateTime<Utc>) -> bool {
        self.shifts.is_empty() || self.shifts.iter().any(|(shift, _)| shift.has(moment))
    }

    /// Whether the team was short of people at a moment.
    pub(super) fn understaffed(&self, moment: DateTime<Utc>) -> bool {
        self.shifts.iter().any(|(shift, short)| *short && shift.has(moment))
            || self.shortages.iter().any(|shortage| shortage.has(moment))
    }

    /// On how many days of a window the person was there to do planned work: all of its time since they began, less
    /// absences, and what is on call counts half. In days of 24 hours; weekends are neither here nor there, as the
    /// target of a month counts on them.
    pub(super) fn days_there(&self, window: Window) -> f64 {
        let mut cuts: Vec<DateTime<Utc>> = vec![window.from, window.until];
        let spans = self.shifts.iter().map(|(shift, _)| shift).chain(&self.absences);
        cuts.extend(spans.flat_map(|span| [span.from, span.until]).filter(|cut| window.has(*cut)));
        cuts.extend(self.began.filter(|began| window.has(*began)));
        cuts.sort();
        cuts.dedup();
        let mut there = 0.0;
        for piece in cuts.windows(2) {
            let (from, until) = (piece[0], piece[1]);
            there += days(until - from) * self.there(from);
        }
        there
    }

    /// How much of a moment is for planned work.
    fn there(&self, moment: DateTime<Utc>) -> f64 {
        let away =
            self.began.is_some_and(|began| moment < began) || self.absences.iter().any(|absence| absence.has(moment));
        let on_call = self.shifts.iter().any(|(shift, _)| shift.has(moment));
        match (away, on_call) {
            (true, _) => 0.0,
            (false, true) => 0.5,
            (false, false) => 1.0,
        }
    }
}
