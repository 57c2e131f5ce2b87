//! What was observed, kept for as long as it stands.
//!
//! An observation is asked for again only when its episode was added to, when an episode of a family that it looked at
//! was, or when the moment has come at which time alone may change it: [`super::setting::Looked`] says which. That
//! which observations there are, and of when, rests on the episode alone is the measures' promise (`Method::observe`).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{Definition, Episode, Observation, Others, Setting, Window, book::Book, method::Fold, setting::Looked};

/// What a KPI's method saw in a book's episodes, by their names.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    answers: BTreeMap<String, Answer>,
    /// Whether every episode was asked at least once.
    complete: bool,
}

#[derive(Clone, Debug)]
struct Answer {
    observations: Vec<Observation>,
    looked: Looked,
}

impl Answers {
    /// Brings the answers up to a moment that is not before that of the last time, with a book in which nothing is later.
    /// Answers that no window can need any more are dropped: an observation rests on its episode for when it was.
    pub(super) fn refresh(
        &mut self,
        definition: &Definition,
        book: &Book,
        others: &Others<'_>,
        window: Window,
        moved: bool,
    ) {
        let (method, as_of) = (definition.measure.method(), window.until);
        if self.complete {
            let touched = book.touched(method.family).map(str::to_string);
            let stale = self.answers.iter().filter(|(_, answer)| answer.stale(book, as_of, moved));
            let again: BTreeSet<String> = stale.map(|(about, _)| about.clone()).chain(touched).collect();
            for about in again {
                self.answers.remove(&about);
                if let Some(episode) = book.episode(method.family, &about, as_of) {
                    self.ask(definition, &episode, others, window);
                }
            }
        } else {
            for episode in book.episodes(method.family, as_of) {
                self.ask(definition, &episode, others, window);
            }
            self.complete = true;
        }
        self.answers.retain(|_, answer| !answer.over(needed_from(method.fold, window)));
    }

    fn ask(&mut self, definition: &Definition, episode: &Episode<'_>, others: &Others<'_>, window: Window) {
        let (observations, looked) = observe(definition, episode, others, window.until);
        let answer = Answer { observations, looked };
        if !answer.over(needed_from(definition.measure.method().fold, window)) {
            self.answers.insert(episode.about.to_string(), answer);
        }
    }

    pub(super) fn observations(&self) -> Vec<&Observation> {
        self.answers.values().flat_map(|answer| &answer.observations).collect()
    }
}

impl Answer {
    fn stale(&self, book: &Book, as_of: DateTime<Utc>, moved: bool) -> bool {
        self.looked.families & book.changed() != 0
            || (self.looked.always && moved)
            || self.looked.next.is_some_and(|next| next <= as_of)
    }

    /// Whether it stands for good, and before every window from now on.
    fn over(&self, needed_from: DateTime<Utc>) -> bool {
        let stands = !self.looked.always && self.looked.next.is_none();
        stands && self.observations.iter().all(|seen| seen.at < needed_from)
    }
}

/// Asks a KPI's method what an episode says, and notes what it looked at for that.
pub(super) fn observe(
    definition: &Definition,
    episode: &Episode<'_>,
    others: &Others<'_>,
    as_of: DateTime<Utc>,
) -> (Vec<Observation>, Looked) {
    let setting = Setting::new(as_of, others, definition);
    let observations = (definition.measure.method().observe)(episode, &setting);
    (observations, setting.looked())
}

/// From when on observations are needed for a window.
fn needed_from(fold: Fold, window: Window) -> DateTime<Utc> {
    match fold {
        Fold::Other(_) => window.previous().from,
        _ => window.from,
    }
}
