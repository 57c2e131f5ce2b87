//! `[change]`, `[[defect]]`, `[[decoy]]`: a change to be reviewed.

use std::{collections::BTreeSet, str::FromStr};

use scorecards::{
    marking::CheckMark,
    reader::{Section, one_of},
};
use strum::VariantNames;

use super::Reading;
use crate::exercise::review::{Category, ChangedFile, Decoy, Defect, Place, Review, Severity};

pub(super) fn read(root: &Section<'_, '_>, reading: &mut Reading<'_, '_>) -> Option<Review> {
    let (defects, decoys) = (root.sections("defect"), root.sections("decoy"));
    if defects.is_empty() {
        root.wrong(0, "nothing is wrong with the change", "add a `[[defect]]`");
    }
    let severities = part(root, "severities", reading, |_| Some(()));
    let restraint = part(root, "restraint", reading, |section| {
        usize::try_from(section.required_number("most", 0..=20, "2")?.value).ok()
    });
    let Some(section) = root.section("change", "[change]", "{ … }") else {
        if !root.has("change") {
            root.wrong(
                0,
                "the section [change] is missing",
                "say what is reviewed: `[change]` with `before` and `after`",
            );
        }
        return None;
    };
    let title = reading.text(&section, "title", "\"Put the tickets' bucket behind the CDN\"");
    let author = reading.text(&section, "author", "\"Jonas Lind\"");
    let description = reading.file(&section, "description", "\"change/description.md\"");
    let files = files(&section, reading);
    section.finish();
    let files = files?;
    let defects: Vec<_> = defects.into_iter().map(|section| defect(section, &files, reading)).collect();
    let decoys: Vec<_> = decoys.into_iter().map(|section| decoy(section, &files, reading)).collect();
    let defects: Vec<Defect> = defects.into_iter().collect::<Option<_>>()?;
    Some(Review {
        title: title?,
        author: author?,
        description: description?,
        defects: Some(defects).filter(|defects| !defects.is_empty())?,
        decoys: decoys.into_iter().collect::<Option<_>>()?,
        files,
        severities: severities?.map(|(mark, ())| mark),
        restraint: restraint?,
    })
}

/// A section that may be there; `None` within where it is not.
fn part<T>(
    root: &Section<'_, '_>,
    key: &'static str,
    reading: &mut Reading<'_, '_>,
    more: impl FnOnce(&Section<'_, '_>) -> Option<T>,
) -> Option<Option<(CheckMark, T)>> {
    let Some(section) = root.section(key, &format!("[{key}]"), "{ … }") else {
        return (!root.has(key)).then_some(None);
    };
    let mark = reading.mark(&section, key);
    let more = more(&section);
    section.finish();
    Some(Some((mark?, more?)))
}

fn files(section: &Section<'_, '_>, reading: &mut Reading<'_, '_>) -> Option<Vec<ChangedFile>> {
    let before = section.required_text("before", "\"change/before\"");
    let after = section.required_text("after", "\"change/after\"");
    let (before, after) = (before?, after?);
    let (old, new) = (reading.texts.below(&before.value), reading.texts.below(&after.value));
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = |path: &&String| old.get(*path) != new.get(*path);
    let file = |path: &String| ChangedFile {
        path: path.clone(),
        before: old.get(path).cloned(),
        after: new.get(path).cloned(),
    };
    let files: Vec<ChangedFile> = paths.into_iter().filter(changed).map(file).collect();
    if files.is_empty() {
        let what = format!("{} and {} hold the same files", before.value, after.value);
        section.wrong(after.at, what, "write what is changed into both");
        return None;
    }
    Some(files)
}

fn defect(section: Section<'_, '_>, files: &[ChangedFile], reading: &mut Reading<'_, '_>) -> Option<Defect> {
    let mark = reading.mark(&section, "defect");
    let place = place(&section, files);
    let categories = words::<Category>(&section, "category");
    let severities = words::<Severity>(&section, "severity");
    let explain = reading.text(&section, "explain", "\"Anybody can reach it so.\"");
    section.finish();
    Some(Defect { mark: mark?, place: place?, categories: categories?, severities: severities?, explain: explain? })
}

fn decoy(section: Section<'_, '_>, files: &[ChangedFile], reading: &mut Reading<'_, '_>) -> Option<Decoy> {
    let place = place(&section, files);
    let explain = reading.text(&section, "explain", "\"It is right, because …\"");
    section.finish();
    Some(Decoy { place: place?, explain: explain? })
}

/// Lines by what they say, which outlives that others come before them.
fn place(section: &Section<'_, '_>, files: &[ChangedFile]) -> Option<Place> {
    let file = section.required_text("file", "\"network.tf\"");
    let at = section.required_text("at", "\"cidr_blocks = [\\\"0.0.0.0/0\\\"]\"");
    let to = section.text("to", "\"}\"");
    let (file, at) = (file?, at?);
    let Some(text) = files.iter().find(|known| known.path == file.value).and_then(|known| known.after.as_deref())
    else {
        let known: Vec<&str> =
            files.iter().filter(|file| file.after.is_some()).map(|file| file.path.as_str()).collect();
        let what = format!("the change leaves no file {}", file.value);
        section.wrong(file.at, what, one_of(&file.value, &known));
        return None;
    };
    let lines = || (1_u32..).zip(text.lines());
    let found: Vec<u32> = lines().filter(|(_, line)| line.contains(&at.value)).map(|(number, _)| number).collect();
    let [first] = found[..] else {
        let what = format!("{} lines of {} hold \"{}\"", found.len(), file.value, at.value);
        section.wrong(at.at, what, "give words that stand in exactly one line of the file as it is after the change");
        return None;
    };
    let last = match to {
        None => first,
        Some(to) => {
            let found = lines().find(|(number, line)| *number >= first && line.contains(&to.value));
            let Some((last, _)) = found else {
                section.wrong(to.at, format!("no line after it holds \"{}\"", to.value), "give words of its last line");
                return None;
            };
            last
        }
    };
    Some(Place { file: file.value, first, last })
}

fn words<T: FromStr + VariantNames>(section: &Section<'_, '_>, key: &'static str) -> Option<Vec<T>> {
    let words = section.words(key, T::VARIANTS);
    if !section.has(key) {
        section.missing(key, &format!("\"{}\"", T::VARIANTS.first().copied().unwrap_or_default()));
    }
    Some(words?.into_iter().filter_map(|word| word.value.parse().ok()).collect())
}
