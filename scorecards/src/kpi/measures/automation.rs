//! K19, on automations.

use crate::{
    event::{
        Event,
        work::{Automation, Family, Way, Wish, Work},
    },
    kpi::{
        Episode, Exclusion, Observation, Setting, Unit, Value,
        method::{Fold, Method, after_days},
        statistics::quantile,
    },
};

/// K19: Σ over verified runs of what a run saves − the hours of maintenance, a month.
///
/// A run saves the lower quartile of what the work took by hand less the upper quartile of what it takes now: both
/// cautious, and never below zero. That needs `least-timings` of either, and somebody else who confirms what it was by
/// hand. A run counts that somebody else asked for, or that is on a schedule; the schedule's only as often as the work
/// was done by hand before (by default any number), for a job that runs each hour does not save an hour each hour if
/// it was needed once a week. A run that failed saves nothing.
///
/// Settings: `least-timings`.
pub(in crate::kpi) const HOURS_SAVED: Method = Method {
    family: Family::Automation,
    unit: Unit::HoursPerMonth,
    settings: &[("least-timings", 3.0)],
    observe: hours_saved,
    fold: Fold::PerMonth,
};

fn hours_saved(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let baseline = Baseline::of(episode);
    let doubt = baseline.doubt(setting);
    let mut scheduled: Vec<&Event> = Vec::new();
    let mut observations = Vec::new();
    for &(event, work) in &episode.events {
        let (hours, excluded) = match work {
            Work::Automation(Automation::AutomationRun { succeeded: true, wanted_by, .. }) => {
                let wanted = match wanted_by {
                    Some(Wish::Requester(who)) => !who.trim().is_empty() && *who != event.subject.to_string(),
                    Some(Wish::Schedule) => {
                        scheduled.retain(|run| event.at < after_days(run.at, 30.0));
                        let needed = baseline.monthly.is_none_or(|monthly| scheduled.len() < monthly as usize);
                        if needed {
                            scheduled.push(event);
                        }
                        needed
                    }
                    None => false,
                };
                (baseline.saved(), doubt.or((!wanted).then_some(Exclusion::NotWanted)))
            }
            Work::Automation(Automation::AutomationMaintained { minutes, .. }) => (-f64::from(*minutes) / 60.0, doubt),
            _ => continue,
        };
        observations.push(Observation {
            about: episode.about.to_owned(),
            at: event.at,
            value: Value::Amount { weighted: hours, raw: hours },
            excluded,
            flags: Vec::new(),
            events: vec![event.id],
        });
    }
    observations
}

/// What is known of the work, by hand and now.
struct Baseline {
    /// In seconds, in order.
    manual: Vec<f64>,
    automated: Vec<f64>,
    confirmed: bool,
    /// How often it was needed.
    monthly: Option<u32>,
}

impl Baseline {
    fn of(episode: &Episode<'_>) -> Self {
        let mut baseline = Self { manual: Vec::new(), automated: Vec::new(), confirmed: false, monthly: None };
        for (event, work) in &episode.events {
            match work {
                Work::Automation(Automation::ToilTimed { way: Way::Manual, seconds, .. }) => {
                    baseline.manual.push((*seconds).into());
                }
                Work::Automation(Automation::ToilTimed { way: Way::Automated, seconds, .. }) => {
                    baseline.automated.push((*seconds).into());
                }
                Work::Automation(Automation::BaselineConfirmed { monthly, .. }) if event.by_another() => {
                    baseline.confirmed = true;
                    baseline.monthly = *monthly;
                }
                _ => {}
            }
        }
        baseline.manual.sort_by(f64::total_cmp);
        baseline.automated.sort_by(f64::total_cmp);
        baseline
    }

    fn doubt(&self, setting: &Setting<'_>) -> Option<Exclusion> {
        let least = setting.number("least-timings");
        if (self.manual.len().min(self.automated.len()) as f64) < least {
            Some(Exclusion::Unmeasured)
        } else if !self.confirmed {
            Some(Exclusion::Unconfirmed)
        } else {
            None
        }
    }

    /// By one run, in hours.
    fn saved(&self) -> f64 {
        let quartile = |sorted: &[f64], share| quantile(sorted, share).unwrap_or(0.0);
        (quartile(&self.manual, 0.25) - quartile(&self.automated, 0.75)).max(0.0) / 3600.0
    }
}
