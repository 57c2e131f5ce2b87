//! `[[move]]`, `[[inject]]`, `[[expect]]`, `[play]`, `[[bad]]`: a disturbance to be played through.

use std::str::FromStr;

use scorecards::reader::{ID_REMEDY, Section, is_id};
use strum::VariantNames;

use super::Reading;
use crate::exercise::scenario::{BadPlay, Expect, Inject, Move, MoveKind, Scenario};

/// How long a scenario may last on its own clock, in minutes.
const LONGEST: i64 = 600;

pub(super) fn read(root: &Section<'_, '_>, reading: &mut Reading<'_, '_>) -> Option<Scenario> {
    let [moves, injects, expects, bad] = ["move", "inject", "expect", "bad"].map(|key| root.sections(key));
    let play = root.section("play", "[play]", "{ model = [\"look-at-the-log\"] }");
    if moves.is_empty() {
        root.wrong(0, "nothing can be done in it", "add a `[[move]]`");
    }
    if expects.is_empty() {
        root.wrong(0, "nothing is asked of how it is played", "add an `[[expect]]`");
    }
    if !root.has("play") {
        let remedy = "add `[play]` with `model`, the ids of the moves of a good way";
        root.wrong(0, "nobody knows whether it can be played well", remedy);
    }
    let mut ids: Vec<String> = Vec::new();
    let moves: Vec<_> = moves.into_iter().map(|section| one_move(section, &mut ids, reading)).collect();
    let injects: Vec<_> = injects.into_iter().map(|section| inject(section, &ids, reading)).collect();
    let expects: Vec<_> = expects.into_iter().map(|section| expect(section, &ids, reading)).collect();
    let model = play.map(|play| {
        let model = reading.ids(&play, "model", &ids);
        play.finish();
        model
    });
    let expects: Vec<Expect> = expects.into_iter().collect::<Option<_>>()?;
    let marks: Vec<String> = expects.iter().map(|expect| expect.mark.id.clone()).collect();
    let bad = bad.into_iter().map(|section| {
        let moves = reading.ids(&section, "moves", &ids);
        let fails = reading.ids(&section, "fails", &marks);
        section.finish();
        BadPlay { moves, fails }
    });
    let bad = bad.collect();
    let moves: Vec<Move> = moves.into_iter().collect::<Option<_>>()?;
    let injects = injects.into_iter().collect::<Option<_>>()?;
    let sound = !moves.is_empty() && !expects.is_empty();
    sound.then_some(Scenario { moves, injects, expects, model: model?, bad })
}

fn one_move(section: Section<'_, '_>, ids: &mut Vec<String>, reading: &mut Reading<'_, '_>) -> Option<Move> {
    let id = section.required_text("id", "\"look-at-the-log\"");
    if let Some(id) = &id {
        section.rename(format!("move \"{}\"", id.value));
        if !is_id(&id.value) {
            section.wrong(id.at, format!("\"{}\" can't be an id", id.value), ID_REMEDY);
        }
        if ids.contains(&id.value) {
            section.wrong(id.at, "the id is taken", "give each move its own");
        }
    }
    // Only what comes before it can be needed, so nothing waits for itself.
    let needs = reading.ids(&section, "needs", ids);
    if let Some(id) = &id {
        ids.push(id.value.clone());
    }
    let kind = section.word("kind", MoveKind::VARIANTS);
    if !section.has("kind") {
        section.missing("kind", "\"look\"");
    }
    let title = reading.text(&section, "title", "\"Look at the log of the last ten minutes\"");
    let minutes = section.required_number("minutes", 0..=120, "2");
    let result = reading.file(&section, "result", "\"moves/log.md\"");
    section.finish();
    Some(Move {
        id: id?.value,
        kind: MoveKind::from_str(kind?.value).ok()?,
        title: title?,
        minutes: u32::try_from(minutes?.value).ok()?,
        needs,
        result: result?,
    })
}

fn inject(section: Section<'_, '_>, ids: &[String], reading: &mut Reading<'_, '_>) -> Option<Inject> {
    let after = section.required_number("after", 0..=LONGEST, "10");
    let unless = reading.ids(&section, "unless", ids);
    let text = reading.file(&section, "text", "\"injects/rolf.md\"");
    section.finish();
    Some(Inject { after: u32::try_from(after?.value).ok()?, unless, text: text? })
}

fn expect(section: Section<'_, '_>, ids: &[String], reading: &mut Reading<'_, '_>) -> Option<Expect> {
    let mark = reading.mark(&section, "expect");
    let [all, any, none, before] = ["all", "any", "none", "before"].map(|key| reading.ids(&section, key, ids));
    let within = section.number("within", 0..=LONGEST, "15");
    let explain = reading.text(&section, "explain", "\"Who looks first changes less.\"");
    if all.is_empty() && any.is_empty() && none.is_empty() {
        section.wrong(section.at, "it asks nothing", "give it `all`, `any` or `none`, each a list of moves");
        return None;
    }
    if all.is_empty() && any.is_empty() && (section.has("before") || section.has("within")) {
        section.wrong(
            section.at,
            "`before` and `within` say when something is done, and nothing is to be done",
            "give it `all` or `any`, or take them out",
        );
    }
    section.finish();
    let within = within.map(|within| u32::try_from(within.value)).transpose().ok()?;
    Some(Expect { mark: mark?, all, any, none, before, within, explain: explain? })
}
