//! A group of lines, each with its points and its evidence.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use platform::views::{Recorded, ResultView};
use scorecards::score::{About, Evidence, Line, Outcome};
use uuid::Uuid;

use super::groups::Group;
use crate::{
    icons::Icon,
    parts::{Tone, status},
    words,
};

/// What a line needs to know of the rest of the page.
pub(super) struct Context {
    started: DateTime<Utc>,
    attempt: Uuid,
    recorded: Recorded,
    /// The commands that the time line shows, for evidence to lead to.
    shown: BTreeSet<Uuid>,
}

impl Context {
    pub(super) fn new(view: &ResultView) -> Self {
        Self {
            started: view.summary.started,
            attempt: view.summary.id,
            recorded: view.recorded.clone(),
            shown: view.commands.iter().map(|command| command.event).collect(),
        }
    }

    /// A moment's time in the attempt; it leads to the recording, where there is one.
    fn moment(&self, terminal: Option<u32>, at: DateTime<Utc>) -> AnyView {
        let said = format!("at {}", words::clock((at - self.started).num_seconds()));
        let time = view! {
            <time datetime=at.to_rfc3339() title=at.format("%H:%M:%S UTC").to_string()>{said}</time>
        };
        match self.recorded.place(terminal, at) {
            Some((terminal, at)) => {
                let address = crate::pages::replay::address(self.attempt, terminal, at);
                view! { <a class="to-recording" href=address>{time} <span class="unseen">" in the recording"</span></a> }
                    .into_any()
            }
            None => time.into_any(),
        }
    }
}

/// A dimension with its lines.
pub(super) fn group(group: &Group<'_>, context: &Context) -> AnyView {
    let points = match group.possible {
        Some(possible) => format!("{} of {possible}", group.points),
        None => words::signed(group.points),
    };
    // What was rightly left alone is good to know and little to read.
    let (clean, told): (Vec<&Line>, Vec<&Line>) =
        group.lines.iter().partition(|line| line.about == About::Signal && line.outcome == Outcome::Clean);
    let lines = told.into_iter().map(|line| show(line, context)).collect_view();
    let avoided = (!clean.is_empty()).then(|| {
        view! {
            <details class="avoided">
                <summary>
                    {status(Icon::Passed, Tone::Good, "Avoided")}
                    {words::count(clean.len(), "habit that costs points", "habits that cost points")}
                </summary>
                <ul class="lines">{clean.into_iter().map(|line| show(line, context)).collect_view()}</ul>
            </details>
        }
        .into_any()
    });
    view! {
        <div class="group">
            <div class="group-head">
                <h3>{group.name.clone()}</h3>
                <p class="group-points">{points} <span class="unseen">" points"</span></p>
            </div>
            <ul class="lines">{lines}</ul>
            {avoided}
        </div>
    }
    .into_any()
}

fn show(line: &Line, context: &Context) -> AnyView {
    let (icon, tone, word) = outcome(line);
    let points = match (line.outcome, line.possible) {
        (Outcome::NotObserved, _) => "\u{2013}".into(),
        (_, 1..) => format!("{} / {}", line.points, line.possible),
        _ => words::signed(line.points),
    };
    let feedback = feedback(line).map(|text| view! { <p class="line-feedback">{text}</p> });
    let evidence: Vec<_> = line.evidence.iter().filter_map(|evidence| cite(evidence, context)).collect();
    let evidence = (!evidence.is_empty()).then(|| view! { <ul class="evidence" aria-label="Evidence">{evidence}</ul> });
    view! {
        <li class="line" data-line=line.id.clone() data-outcome=outcome_id(line.outcome)>
            <div class="line-status">{status(icon, tone, word)}</div>
            <div class="line-body">
                <p class="line-title">{line.title.clone()} <span class="line-kind">{kind(line)}</span></p>
                {feedback}
                {evidence}
            </div>
            <p class="line-points">{points}</p>
        </li>
    }
    .into_any()
}

fn outcome_id(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Earned => "earned",
        Outcome::Missed => "missed",
        Outcome::Cost => "cost",
        Outcome::Clean => "clean",
        Outcome::NotObserved => "not_observed",
    }
}

fn kind(line: &Line) -> &'static str {
    match (line.about, line.required) {
        (About::Check, true) => "required check",
        (About::Check, false) => "check",
        (About::Signal, _) => "way of working",
        (About::Hint, _) => "",
    }
}

fn outcome(line: &Line) -> (Icon, Tone, &'static str) {
    match (line.about, line.outcome) {
        (About::Check, Outcome::Earned) => (Icon::Passed, Tone::Good, "Passed"),
        (About::Check, Outcome::NotObserved) => (Icon::Info, Tone::Quiet, "Not checked"),
        (About::Check, _) => (Icon::Failed, Tone::Bad, "Open"),
        (About::Signal, Outcome::Earned) => (Icon::Passed, Tone::Good, "Seen"),
        (About::Signal, Outcome::Missed) => (Icon::Open, Tone::Quiet, "Not seen"),
        (About::Signal, Outcome::Cost) => (Icon::Warning, Tone::Care, "Take care"),
        (About::Signal, Outcome::Clean) => (Icon::Passed, Tone::Good, "Avoided"),
        (About::Signal, Outcome::NotObserved) => (Icon::Info, Tone::Quiet, "Not recorded"),
        (About::Hint, Outcome::Cost) => (Icon::Hint, Tone::Quiet, "Used"),
        (About::Hint, _) => (Icon::Hint, Tone::Quiet, "Used, free"),
    }
}

fn feedback(line: &Line) -> Option<String> {
    if !line.feedback.is_empty() {
        return Some(line.feedback.clone());
    }
    let words = match (line.about, line.outcome) {
        (About::Check, Outcome::NotObserved) => "It was not checked. It counts neither for nor against you.",
        (About::Signal, Outcome::Cost) => "Seen in the commands below. The walk-through shows another way.",
        (About::Signal, Outcome::NotObserved) => {
            "Part of the record is missing, so it counts neither for nor against you."
        }
        (About::Hint, Outcome::Clean) => "Hints cost points only when you pass.",
        _ => return None,
    };
    Some(words.into())
}

/// A command as evidence, or a moment of the recording: what has no command, such as a check's own run, says enough by
/// its line.
fn cite(evidence: &Evidence, context: &Context) -> Option<AnyView> {
    let Some(command) = evidence.command.clone() else {
        let to_see = context.recorded.place(evidence.terminal, evidence.at).is_some();
        return to_see.then(|| {
            view! { <li><span class="evidence-facts">{context.moment(evidence.terminal, evidence.at)}</span></li> }
                .into_any()
        });
    };
    let command = if context.shown.contains(&evidence.event) {
        view! { <a href=format!("#e-{}", evidence.event)><code>{command}</code></a> }.into_any()
    } else {
        view! { <code>{command}</code> }.into_any()
    };
    let terminal = evidence.terminal.map(|number| view! { <span>{format!("terminal {number}")}</span> });
    Some(
        view! {
            <li>
                {command}
                <span class="evidence-facts">
                    <span>{words::exit(evidence.exit)}</span>
                    {context.moment(evidence.terminal, evidence.at)}
                    {terminal}
                </span>
            </li>
        }
        .into_any(),
    )
}
