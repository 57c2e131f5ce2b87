//! K20, on what partners say.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};

use super::moments::just_before;

use crate::{
    event::{
        Event,
        work::{Chooser, Family, Survey, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value, Window,
        method::{Fold, Method, after_days},
    },
};

/// K20: the mean of answers from 1 to 5 by partners whom the system chose among closed tickets.
///
/// A requester counts once a calendar month, with the first answer. Whom a person chose, and an answer by the person
/// themselves, are outside of the sample. Who declined, or has not answered in `answer-days`, is counted beside it: so
/// the share that answered shows; under `least-answered` of them the sample is flagged as uneven, with all who were asked.
///
/// Nothing here says who answered what. With fewer answers in the window than the minimum there is no figure at all,
/// and no event is named. An answer counts from the end of its month on, together with all others of the month, so that
/// the figures of two days do not give it away. Each observation has the mean of all answers of the window for its
/// value (which leaves their mean as it is), rests on all of them, and has no survey's name.
///
/// Settings: `answer-days`, `least-answered`.
pub(in crate::kpi) const SATISFACTION: Method = Method {
    family: Family::Survey,
    unit: Unit::Grade,
    settings: &[("answer-days", 14.0), ("least-answered", 0.5)],
    observe: satisfaction,
    fold: Fold::Mean,
};

/// What stands for the name of a survey, which would say who was asked.
const PARTNER: &str = "a partner";

fn satisfaction(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let Some(asked) = Asked::read(episode) else { return Vec::new() };
    let all: Vec<_> = setting.others(Family::Survey).iter().filter_map(Asked::read).collect();
    let window = Window::before(setting.as_of(), setting.definition.window_days);
    let mut excluded = asked.excluded(&all, setting);
    let in_window = window.has(asked.at(setting));
    // Flagged with all who were asked, the silent ones too: else the fewer answered, the smaller the share of flags.
    let uneven = match asked.chosen_by {
        Chooser::Person => true,
        Chooser::System => in_window && few_answered(&all, &window, setting),
    };
    let (mut events, mut mean) = (Vec::new(), 0.0);
    if excluded.is_none() && in_window {
        let counted = |other: &&Asked<'_>| window.has(other.at(setting)) && other.excluded(&all, setting).is_none();
        let answers: Vec<_> = all.iter().filter(counted).filter_map(|other| other.answer).collect();
        if answers.len() < setting.definition.minimum as usize {
            excluded = Some(Exclusion::TooFew);
        } else {
            mean = answers.iter().map(|(_, score)| f64::from(*score)).sum::<f64>() / answers.len() as f64;
            events = answers.iter().map(|(event, _)| event.id).collect();
            events.sort_unstable();
        }
    }
    vec![Observation {
        about: PARTNER.to_owned(),
        at: asked.at(setting),
        value: Value::Level(mean),
        excluded,
        flags: uneven.then_some(Flag::UnevenSample).into_iter().collect(),
        events,
    }]
}

/// Whether fewer than the setting's share of those whom the system asked in the window have answered. Of a month that is
/// not over no answer counts yet, so silence does not either.
fn few_answered(all: &[Asked<'_>], window: &Window, setting: &Setting<'_>) -> bool {
    let asked = all.iter().filter(|asked| window.has(asked.at(setting)) && asked.chosen_by == Chooser::System);
    let (mut answered, mut silent) = (0, 0);
    for one in asked {
        match one.excluded(all, setting) {
            None => answered += 1,
            Some(Exclusion::Unanswered) if setting.passed(one.month().1) => silent += 1,
            Some(_) => {}
        }
    }
    f64::from(answered) < setting.number("least-answered") * f64::from(answered + silent)
}

/// One who was asked.
struct Asked<'a> {
    sent: &'a Event,
    requester: &'a str,
    chosen_by: Chooser,
    /// The first answer, with its score.
    answer: Option<(&'a Event, u8)>,
    declined: bool,
}

impl<'a> Asked<'a> {
    fn read(episode: &Episode<'a>) -> Option<Self> {
        let mut asked: Option<Self> = None;
        for &(event, work) in &episode.events {
            let Work::Survey(survey) = work else { continue };
            match (survey, &mut asked) {
                (Survey::SurveySent { requester, chosen_by, .. }, None) => {
                    let chosen_by = *chosen_by;
                    asked = Some(Self { sent: event, requester, chosen_by, answer: None, declined: false });
                }
                (Survey::SurveyAnswered { score, .. }, Some(asked)) if asked.answer.is_none() => {
                    asked.answer = Some((event, *score));
                }
                (Survey::SurveyDeclined { .. }, Some(asked)) => asked.declined = true,
                _ => {}
            }
        }
        asked
    }

    /// The calendar month of the answer, or of the question if there is none: its first moment, and the first after it.
    fn month(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        let moment = self.answer.map_or(self.sent.at, |(event, _)| event.at);
        let day = moment.date_naive();
        let first = day.with_day(1).unwrap_or(day);
        let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        (midnight(first), midnight(next))
    }

    fn at(&self, setting: &Setting<'_>) -> DateTime<Utc> {
        let (first, next) = self.month();
        if setting.passed(next) { just_before(next) } else { first }
    }

    fn excluded(&self, all: &[Self], setting: &Setting<'_>) -> Option<Exclusion> {
        if self.chosen_by == Chooser::Person || self.requester == self.sent.subject.to_string() {
            return Some(Exclusion::NotSampled);
        }
        match self.answer {
            Some((_, score)) if !(1..=5).contains(&score) => Some(Exclusion::Unmeasured),
            Some((event, _)) => {
                let earlier = |other: &Self| {
                    other.chosen_by == Chooser::System
                        && other.requester == self.requester
                        && other.month() == self.month()
                        && other.answer.is_some_and(|(theirs, score)| {
                            (1..=5).contains(&score) && (theirs.at, theirs.id) < (event.at, event.id)
                        })
                };
                if all.iter().any(earlier) {
                    Some(Exclusion::NotSampled)
                } else {
                    (!setting.passed(self.month().1)).then_some(Exclusion::Pending)
                }
            }
            None if self.declined => Some(Exclusion::Unanswered),
            None => {
                let due = after_days(self.sent.at, setting.number("answer-days"));
                Some(if setting.passed(due) { Exclusion::Unanswered } else { Exclusion::Pending })
            }
        }
    }
}
