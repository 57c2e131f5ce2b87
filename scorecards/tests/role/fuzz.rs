//! Whatever is done to a pack's texts, reading it ends with a role or with problems that a person can find.

use std::collections::BTreeMap;

use proptest::{prelude::*, sample::Index};
use scorecards::{
    reader::Problems,
    role::{
        Role,
        coverage::{LabLinks, Show, coverage},
    },
};

use crate::support::{Files, files_of};

/// What is done to a text.
#[derive(Clone, Debug)]
enum Edit {
    DeleteBytes(Index, usize),
    InsertText(Index, String),
    DeleteLine(Index),
    RepeatLine(Index),
    SwapLines(Index, Index),
    /// The value of a line is replaced by that of another.
    CopyValue(Index, Index),
    /// The value of a line is replaced by this.
    SetValue(Index, String),
    /// The key of a line is replaced by that of another.
    CopyKey(Index, Index),
    Truncate(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    let value = prop_oneof![
        Just("\"\"".to_string()),
        Just("[]".into()),
        Just("{}".into()),
        Just("[[]]".into()),
        Just("[{}]".into()),
        Just("-1".into()),
        Just("1e400".into()),
        Just("nan".into()),
        Just("-inf".into()),
        Just("9223372036854775807".into()),
        Just("99999999999999999999".into()),
        Just("0xffff_ffff".into()),
        Just("true".into()),
        Just("1979-05-27".into()),
        Just("\"ä\\n\u{1F980}\"".into()),
        Just("[\"linux\", \"linux\", 3]".into()),
        Just("{ high = 1, at-least = \"x\", mtta = 3 }".into()),
        Just("\"section:a.b\"".into()),
        Just("[\"section:skills.skill\"]".into()),
        "[\\x20-\\x7e]{0,12}",
    ];
    let text = prop_oneof![
        "[\\PC\n\"=\\[\\]{}#'.]{1,6}",
        Just("\n[[kpi]]\n".into()),
        Just("\n[weights]\n".into()),
        Just("\"\"\"".into())
    ];
    prop_oneof![
        (at(), 1..20usize).prop_map(|(from, count)| Edit::DeleteBytes(from, count)),
        (at(), text).prop_map(|(place, text)| Edit::InsertText(place, text)),
        at().prop_map(Edit::DeleteLine),
        at().prop_map(Edit::RepeatLine),
        (at(), at()).prop_map(|(one, other)| Edit::SwapLines(one, other)),
        (at(), at()).prop_map(|(one, other)| Edit::CopyValue(one, other)),
        (at(), value).prop_map(|(line, value)| Edit::SetValue(line, value)),
        (at(), at()).prop_map(|(one, other)| Edit::CopyKey(one, other)),
        at().prop_map(Edit::Truncate),
    ]
}

fn apply(text: &str, edit: &Edit) -> String {
    // Not at a byte in the middle of a character: a file is UTF-8 before it gets here.
    let place = |at: &Index| (0..=at.index(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    let valued: Vec<usize> = (0..lines.len()).filter(|line| lines[*line].contains(" = ")).collect();
    let split = |line: &str| line.split_once(" = ").map(|(key, value)| (key.to_string(), value.to_string())).unwrap();
    match edit {
        Edit::DeleteBytes(from, count) => {
            let rest: String = text[place(from)..].chars().skip(*count).collect();
            return format!("{}{rest}", &text[..place(from)]);
        }
        Edit::InsertText(at, new) => return format!("{}{new}{}", &text[..place(at)], &text[place(at)..]),
        Edit::Truncate(at) => return text[..place(at)].to_string(),
        _ if lines.is_empty() => {}
        Edit::DeleteLine(at) => drop(lines.remove(at.index(lines.len()))),
        Edit::RepeatLine(at) => {
            let at = at.index(lines.len());
            lines.insert(at, lines[at].clone());
        }
        Edit::SwapLines(one, other) => {
            let (one, other) = (one.index(lines.len()), other.index(lines.len()));
            lines.swap(one, other);
        }
        _ if valued.is_empty() => {}
        Edit::CopyValue(one, other) => {
            let (one, other) = (*one.get(&valued), *other.get(&valued));
            lines[one] = format!("{} = {}", split(&lines[one]).0, split(&lines[other]).1);
        }
        Edit::SetValue(at, value) => {
            let at = *at.get(&valued);
            lines[at] = format!("{} = {value}", split(&lines[at]).0);
        }
        Edit::CopyKey(one, other) => {
            let (one, other) = (*one.get(&valued), *other.get(&valued));
            lines[one] = format!("{} = {}", split(&lines[other]).0, split(&lines[one]).1);
        }
    }
    lines.join("\n")
}

/// Every problem is in a file of the pack, on one of its lines, and says what and what to do.
fn findable(id: &str, files: &Files, problems: &Problems) -> Result<(), TestCaseError> {
    let lines: BTreeMap<String, usize> =
        files.iter().map(|(name, text)| (format!("{id}/{name}"), text.lines().count().max(1))).collect();
    prop_assert!(!problems.0.is_empty());
    for problem in &problems.0 {
        let there = lines.get(&problem.file);
        prop_assert!(there.is_some(), "{problem}");
        let on_a_line = problem.line.is_some_and(|line| (1..=*there.unwrap()).contains(&line));
        prop_assert!(on_a_line, "{problem}");
        prop_assert!(!problem.what.is_empty() && !problem.remedy.is_empty(), "{problem}");
        prop_assert!(!problem.to_string().contains('\n'), "{problem}");
    }
    Ok(())
}

fn survives(id: &str, edits: &[(Index, Edit)]) -> Result<(), TestCaseError> {
    let mut files = files_of(id);
    for (file, edit) in edits {
        let file = file.index(files.len());
        files[file].1 = apply(&files[file].1, edit);
    }
    match Role::read(id, &files) {
        Ok(role) => {
            let lab = LabLinks { lab: "a-lab".into(), skills: vec!["linux".into()], ..LabLinks::default() };
            let coverage = coverage(&role, &[lab]);
            prop_assert_eq!(coverage.sections.len(), 20);
            let text = coverage.to_text(Show { uncovered: true, section: Some(8) });
            prop_assert!(text.lines().count() > 20);
            for variant in &role.variants {
                let laid = role.with_variants(&[&variant.id]);
                prop_assert!(laid.is_ok());
            }
            Ok(())
        }
        Err(problems) => findable(id, &files, &problems),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_edit_of_the_small_pack_makes_reading_it_panic(
        edits in prop::collection::vec((any::<Index>(), edit()), 1..6),
    ) {
        survives("junior-sre", &edits)?;
    }

    #[test]
    fn no_text_makes_reading_panic(text in "[\\PC\n\"=\\[\\]{}#'.]{0,80}", file in any::<Index>()) {
        let mut files = files_of("junior-sre");
        let file = file.index(files.len());
        files[file].1 = text;
        if let Err(problems) = Role::read("junior-sre", &files) {
            findable("junior-sre", &files, &problems)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_edit_of_the_large_pack_makes_reading_it_panic(
        edits in prop::collection::vec((any::<Index>(), edit()), 1..4),
    ) {
        survives("junior-infrastructure-engineer", &edits)?;
    }
}
