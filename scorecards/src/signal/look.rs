//! Looking for a pattern in a record: seen, not seen, or not observed where a gap could hide what decides.
//!
//! Every question is asked so that a gap may hide anything: what is *seen* is so whatever was lost, and what is *not
//! seen* would not have been seen in any of it.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    between, done, order,
    pattern::{Deed, Form, Pattern, Ran, Step},
    record::{Act, Record, What, Work},
    repeat,
    tri::Tri,
};

/// At most so many of the same kind are told of as what decides: the first ones.
pub(super) const SHOWN: usize = 5;

/// What came of looking for a pattern.
#[derive(Clone, Debug)]
pub struct Finding<'r, 'a> {
    /// Whether it was seen.
    pub seen: Seen,
    /// What decides that, in order; nothing where its absence does.
    pub decided_by: Vec<&'r Act<'a>>,
    /// Why, in words for the author of a pattern.
    pub why: String,
    /// How much of it was seen, in words for the learner; empty where there is nothing to say.
    pub told: String,
}

/// Whether a pattern was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Yes, whatever the record misses.
    Seen,
    /// No, whatever the record misses.
    NotSeen,
    /// That depends on what the record misses.
    NotObserved,
}

impl From<Tri> for Seen {
    fn from(tri: Tri) -> Self {
        match tri {
            Tri::Yes => Self::Seen,
            Tri::No => Self::NotSeen,
            Tri::Maybe => Self::NotObserved,
        }
    }
}

/// Looks for a pattern.
#[must_use]
pub fn look<'r, 'a>(pattern: &Pattern, record: &'r Record<'a>) -> Finding<'r, 'a> {
    let (form, speaks) = match pattern {
        Pattern::Expect(form) => (form, Speaks::For),
        Pattern::Forbid(form) => (form, Speaks::Against),
    };
    let view = View { record, speaks };
    match form {
        Form::Done(done) => done::look(done, view),
        Form::Order(order) => order::look(order, view),
        Form::Between(between) => between::look(between, view),
        Form::Repeat(repeat) => repeat::look(repeat, view),
    }
}

impl Record<'_> {
    /// How much of the work was looking and how much was changing.
    #[must_use]
    pub fn work(&self) -> Work {
        let view = View { record: self, speaks: Speaks::Against };
        let places = |steps: &[Step]| -> Vec<usize> {
            let sure = view.all(steps).into_iter().filter(|(_, is)| *is == Tri::Yes);
            sure.map(|(place, _)| place).collect()
        };
        let (looks, changes) = (places(&*READ_ONLY), places(&*CHANGE));
        let first = changes.first().copied().unwrap_or(usize::MAX);
        let count = |looks: usize| u32::try_from(looks).unwrap_or(u32::MAX);
        Work {
            looked: count(looks.len()),
            changed: count(changes.len()),
            looked_first: count(looks.iter().filter(|look| **look < first).count()),
        }
    }
}

static READ_ONLY: LazyLock<[Step; 1]> = LazyLock::new(|| [set("@read-only")]);
/// What changes the machine.
pub(super) static CHANGE: LazyLock<[Step; 1]> = LazyLock::new(|| [set("@change")]);

fn set(name: &str) -> Step {
    Step(Deed::ran(vec![name.to_string().try_into().expect("a set that there is")]))
}

/// For or against the learner. What speaks for them must have been done with the lab's own programs: a copy of `true`
/// named `nginx` is not nginx. What speaks against them counts either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    For,
    Against,
}

/// A record with what its acts are held against.
#[derive(Clone, Copy)]
pub(super) struct View<'r, 'a> {
    pub record: &'r Record<'a>,
    /// What the pattern as a whole says of the learner.
    pub speaks: Speaks,
}

impl<'r, 'a> View<'r, 'a> {
    /// The same record, with what would break the pattern.
    pub(super) fn turned(self) -> Self {
        let speaks = match self.speaks {
            Speaks::For => Speaks::Against,
            Speaks::Against => Speaks::For,
        };
        Self { speaks, ..self }
    }

    pub(super) fn is(self, act: &Act<'a>, deed: &Deed) -> Tri {
        match (&act.what, deed) {
            (What::Ran { run, .. }, Deed::Ran(ran)) => {
                let believed = run.pristine || self.speaks == Speaks::Against;
                let is = || self.ran(act, ran).and(self.exit(act, ran.exit));
                if believed { is() } else { Tri::No }
            }
            // What could not be saved is not in the record.
            (What::Saved(_), Deed::Ran(ran)) => self.ran(act, ran).and(ran.exit.is_none_or(|exit| exit == 0).into()),
            (What::Saved(saved), Deed::Changed { changed }) => changed.iter().any(|glob| glob.fits(&saved.path)).into(),
            (What::Changed { change, sure }, Deed::Changed { changed }) => {
                let is = Tri::from(changed.iter().any(|glob| glob.fits(&change.path)));
                if *sure { is } else { is.and(Tri::Maybe) }
            }
            (What::Said(words), Deed::Said { said }) => words.iter().any(|word| said.contains(word)).into(),
            _ => Tri::No,
        }
    }

    pub(super) fn is_any(self, act: &Act<'a>, steps: &[Step]) -> Tri {
        Tri::any(steps.iter().map(|step| self.is(act, &step.0)))
    }

    /// The acts that are one of these, with how sure that is.
    pub(super) fn each(self, steps: &[Step]) -> Vec<(usize, Tri)> {
        let acts = self.record.acts.iter().enumerate();
        acts.map(|(at, act)| (at, self.is_any(act, steps))).filter(|(_, is)| *is > Tri::No).collect()
    }

    /// The same without what one of them started in turn: that is part of it.
    pub(super) fn all(self, steps: &[Step]) -> Vec<(usize, Tri)> {
        let found = self.each(steps);
        let runs: HashMap<u64, Tri> =
            found.iter().filter_map(|(at, is)| Some((self.record.acts[*at].run()?, *is))).collect();
        self.without_started_by(found, &runs)
    }

    /// These acts without what one of these runs started.
    pub(super) fn without_started_by(self, acts: Vec<(usize, Tri)>, runs: &HashMap<u64, Tri>) -> Vec<(usize, Tri)> {
        let own = |(at, is): (usize, Tri)| {
            let run = self.record.acts[at].run();
            (at, is.and(run.map_or(Tri::Yes, |run| self.record.is_started_by(run, runs).not())))
        };
        acts.into_iter().map(own).filter(|(_, is)| *is > Tri::No).collect()
    }

    fn ran(self, act: &Act<'a>, ran: &Ran) -> Tri {
        Tri::any(act.programs().map(|program| {
            let command = Tri::any(ran.ran.iter().map(|command| command.is(&program, &ran.without)));
            let args = ran.args.as_ref().map_or(Tri::Yes, |args| {
                Tri::from(program.args.iter().any(|arg| args.fits(arg))).or(Tri::perhaps(program.cut))
            });
            command.and(args)
        }))
    }

    fn exit(self, act: &Act<'a>, exit: Option<i32>) -> Tri {
        match (exit, &act.what) {
            (Some(exit), What::Ran { ended: Some((_, code)), .. }) => (*code == Some(exit)).into(),
            // It runs still, or its end is missing.
            (Some(_), _) => Tri::perhaps(self.record.gaps.iter().any(|gap| gap.at >= act.at)),
            (None, _) => Tri::Yes,
        }
    }

    /// Why a run of one of the programs is not what was looked for; `None` where it is no such run.
    pub(super) fn misfit(self, act: &Act<'a>, deed: &Deed) -> Option<String> {
        let (What::Ran { run, ended, .. }, Deed::Ran(ran)) = (&act.what, deed) else { return None };
        if !act.programs().any(|program| ran.ran.iter().any(|command| command.names(&program))) {
            return None;
        }
        let named = act.programs().any(|program| ran.ran.iter().any(|command| command.is(&program, &[]) == Tri::Yes));
        Some(if !named {
            "it has other arguments".into()
        } else if self.ran(act, &Ran { args: None, ..ran.clone() }) < Tri::Yes {
            "it has an argument that it must be without".into()
        } else if self.ran(act, ran) < Tri::Yes {
            "none of its arguments matches `args`".into()
        } else if !run.pristine && self.speaks == Speaks::For {
            "its program's file is not as the lab made it".into()
        } else {
            match (ran.exit, ended) {
                (Some(exit), Some((_, Some(code)))) if *code != exit => format!("it ended with {code}, not {exit}"),
                (Some(_), Some((_, None))) => "a signal ended it".into(),
                (Some(_), None) => "its end is not in the record".into(),
                _ => return None,
            }
        })
    }

    /// What a gap means, in words.
    pub(super) fn missing(self) -> String {
        let gaps: Vec<String> =
            self.record.gaps.iter().map(|gap| format!("{} before {}", gap.count, gap.at.format("%H:%M:%S"))).collect();
        if gaps.is_empty() {
            return "arguments that decide it were cut".into();
        }
        format!("entries of the ledger are missing ({}), and what decides it could be among them", gaps.join(", "))
    }
}
