//! A scenario at the table: a disturbance that is played through by looking, asking, acting and calling for help. Each move
//! takes time on the scenario's own clock and brings something to light.

use scorecards::{event::Verdict, marking::CheckMark};
use serde_json::json;

use super::{Answers, given};
use crate::{catalog::Vars, grader::Outcome};

/// The field that holds the moves, by their ids, in order.
pub const MOVES: &str = "moves";

/// A scenario. Texts may hold variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What can be done.
    pub moves: Vec<Move>,
    /// What happens by itself.
    pub injects: Vec<Inject>,
    /// What is asked of how it was played.
    pub expects: Vec<Expect>,
    /// A good way to play it.
    pub model: Vec<String>,
    /// Ways that are not good, and what must see it.
    pub bad: Vec<BadPlay>,
}

/// Something that can be done, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Its id.
    pub id: String,
    /// What kind of thing it is.
    pub kind: MoveKind,
    /// What is done, as a choice.
    pub title: String,
    /// How long it takes, in minutes of the scenario.
    pub minutes: u32,
    /// What must have been done before it can be.
    pub needs: Vec<String>,
    /// What comes of it, as Markdown.
    pub result: String,
}

/// The kinds of things that can be done.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::Display, strum::EnumString, strum::VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum MoveKind {
    /// Somebody is asked.
    Ask,
    /// Something is looked at.
    Look,
    /// A cause is supposed.
    Suppose,
    /// Something is changed.
    Act,
    /// Somebody is told, or called for help.
    Tell,
}

/// Something that happens by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inject {
    /// After how many minutes of the scenario.
    pub after: u32,
    /// Does not happen where one of these was done before.
    pub unless: Vec<String>,
    /// What happens, as Markdown.
    pub text: String,
}

/// Something that is asked of how it was played: all of what it has must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Expect {
    /// What it is worth.
    pub mark: CheckMark,
    /// All of these were done.
    pub all: Vec<String>,
    /// At least one of these was.
    pub any: Vec<String>,
    /// None of these was.
    pub none: Vec<String>,
    /// What `all` and `any` ask for was there before the first of these, where one of them was done.
    pub before: Vec<String>,
    /// And by this minute of the scenario.
    pub within: Option<u32>,
    /// Why.
    pub explain: String,
}

/// A way to play that is not good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPlay {
    /// What is done, in order.
    pub moves: Vec<String>,
    /// What must see it.
    pub fails: Vec<String>,
}

/// A step of how it was played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'s> {
    /// A move, and the minute at which it was done with.
    Moved(&'s Move, u32),
    /// What happened by itself, and at which minute.
    Happened(&'s Inject, u32),
}

impl Scenario {
    pub(super) fn marks(&self) -> impl Iterator<Item = &CheckMark> {
        self.expects.iter().map(|expect| &expect.mark)
    }

    /// The moves that were made, each with the minute at which it was done with. What is unknown, was made before, or could
    /// not be made yet is passed over.
    #[must_use]
    pub fn played(&self, answers: &Answers) -> Vec<(&Move, u32)> {
        let mut played: Vec<(&Move, u32)> = Vec::new();
        let mut minute = 0;
        for id in given(answers, MOVES) {
            let Some(next) = self.open(&played).find(|next| next.id == id) else { continue };
            minute += next.minutes;
            played.push((next, minute));
        }
        played
    }

    /// What can be done after that.
    pub fn open<'s>(&'s self, played: &[(&Move, u32)]) -> impl Iterator<Item = &'s Move> {
        let done: Vec<String> = played.iter().map(|(done, _)| done.id.clone()).collect();
        self.moves
            .iter()
            .filter(move |next| !done.contains(&next.id) && next.needs.iter().all(|need| done.contains(need)))
    }

    /// What was done and what happened, in order.
    #[must_use]
    pub fn story(&self, played: &[(&'_ Move, u32)]) -> Vec<Step<'_>> {
        let mut steps: Vec<Step<'_>> = Vec::new();
        let mut told: Vec<&Inject> = Vec::new();
        for (at, (done, minute)) in played.iter().enumerate() {
            if let Some(own) = self.moves.iter().find(|own| own.id == done.id) {
                steps.push(Step::Moved(own, *minute));
            }
            for inject in &self.injects {
                let kept_off = || {
                    let mut before = played[..=at].iter().filter(|(_, minute)| *minute <= inject.after);
                    before.any(|(done, _)| inject.unless.contains(&done.id))
                };
                if inject.after <= *minute && !told.contains(&inject) {
                    told.push(inject);
                    if !kept_off() {
                        steps.push(Step::Happened(inject, inject.after));
                    }
                }
            }
        }
        steps
    }

    pub(super) fn judge(&self, vars: &Vars, answers: &Answers) -> Vec<Outcome> {
        let played = self.played(answers);
        self.expects.iter().map(|expect| expect.judge(vars, &played)).collect()
    }

    pub(super) fn decoys(&self) -> Vec<super::Decoy> {
        let of = |bad: &BadPlay| {
            let moves = bad.moves.clone();
            let decoy = move |fails: &String| super::Decoy {
                said: format!("playing it as {}", moves.join(", ")),
                answers: [(MOVES.to_string(), moves.clone())].into(),
                fails: fails.clone(),
            };
            bad.fails.iter().map(decoy).collect::<Vec<_>>()
        };
        self.bad.iter().flat_map(of).collect()
    }

    pub(super) fn model(&self) -> Answers {
        [(MOVES.to_string(), self.model.clone())].into()
    }
}

impl Expect {
    fn judge(&self, vars: &Vars, played: &[(&Move, u32)]) -> Outcome {
        let at = |id: &String| played.iter().position(|(done, _)| done.id == *id);
        let limit = self.before.iter().filter_map(at).min().unwrap_or(usize::MAX);
        let in_time = |place: usize| place < limit && self.within.is_none_or(|within| played[place].1 <= within);
        let done = |id: &String| at(id).is_some_and(in_time);
        let held = !played.is_empty()
            && self.all.iter().all(done)
            && (self.any.is_empty() || self.any.iter().any(done))
            && !self.none.iter().any(|id| at(id).is_some());
        let verdict = if held { Verdict::Passed } else { Verdict::Failed };
        let moves: Vec<&str> = played.iter().map(|(done, _)| done.id.as_str()).collect();
        Outcome {
            check: self.mark.id.clone(),
            verdict,
            feedback: vars.fill(&self.explain),
            observation: json!({ "moves": moves }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: &str, minutes: u32, needs: &[&str]) -> Move {
        Move {
            id: id.into(),
            kind: MoveKind::Look,
            title: id.into(),
            minutes,
            needs: needs.iter().map(ToString::to_string).collect(),
            result: String::new(),
        }
    }

    fn scenario(expect: Expect) -> Scenario {
        Scenario {
            moves: vec![
                step("graph", 2, &[]),
                step("log", 3, &["graph"]),
                step("restart", 5, &[]),
                step("call", 1, &[]),
            ],
            injects: vec![
                Inject { after: 4, unless: vec!["call".into()], text: "Rolf asks.".into() },
                Inject { after: 6, unless: Vec::new(), text: "It is full.".into() },
            ],
            expects: vec![expect],
            model: Vec::new(),
            bad: Vec::new(),
        }
    }

    fn expect() -> Expect {
        let mark = CheckMark {
            id: "e".into(),
            title: "E".into(),
            points: 1,
            required: true,
            dimension: "troubleshooting".into(),
        };
        Expect {
            mark,
            all: Vec::new(),
            any: Vec::new(),
            none: Vec::new(),
            before: Vec::new(),
            within: None,
            explain: "So.".into(),
        }
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    fn holds(expect: Expect, moves: &[&str]) -> bool {
        let answers = Answers::from([(MOVES.into(), texts(moves))]);
        scenario(expect).judge(&Vars::default(), &answers)[0].verdict == Verdict::Passed
    }

    #[test]
    fn a_move_is_made_once_and_when_it_can_be() {
        let scenario = scenario(expect());
        let answers = Answers::from([(MOVES.into(), texts(&["log", "graph", "graph", "nothing", "log"]))]);
        let played = scenario.played(&answers);
        let ids: Vec<(&str, u32)> = played.iter().map(|(done, minute)| (done.id.as_str(), *minute)).collect();
        assert_eq!(ids, [("graph", 2), ("log", 5)]);
        let open: Vec<&str> = scenario.open(&played).map(|next| next.id.as_str()).collect();
        assert_eq!(open, ["restart", "call"]);
    }

    #[test]
    fn what_happens_by_itself_comes_in_its_time_unless_it_was_kept_off() {
        let scenario = scenario(expect());
        let story = |moves: &[&str]| {
            let answers = Answers::from([(MOVES.into(), texts(moves))]);
            let words = |step: &Step<'_>| match step {
                Step::Moved(done, minute) => format!("{minute} {}", done.id),
                Step::Happened(inject, minute) => format!("{minute} {}", inject.text),
            };
            scenario.story(&scenario.played(&answers)).iter().map(words).collect::<Vec<_>>()
        };
        assert_eq!(story(&["graph", "log"]), ["2 graph", "5 log", "4 Rolf asks."]);
        assert_eq!(story(&["graph", "call", "log"]), ["2 graph", "3 call", "6 log", "6 It is full."]);
    }

    #[test]
    fn what_is_asked_for_holds_or_not() {
        let looked = || Expect { all: texts(&["graph", "log"]), before: texts(&["restart"]), ..expect() };
        assert!(holds(looked(), &["graph", "log", "restart"]));
        assert!(holds(looked(), &["graph", "log"]), "where nothing is restarted there is nothing to come before");
        assert!(!holds(looked(), &["graph", "restart", "log"]));
        let called = || Expect { any: texts(&["call"]), within: Some(5), ..expect() };
        assert!(holds(called(), &["graph", "call"]));
        assert!(!holds(called(), &["restart", "call"]), "at minute 6");
        let calm = || Expect { none: texts(&["restart"]), ..expect() };
        assert!(holds(calm(), &["graph"]) && !holds(calm(), &["graph", "restart"]));
        assert!(!holds(calm(), &[]), "who does nothing has avoided nothing");
    }
}
