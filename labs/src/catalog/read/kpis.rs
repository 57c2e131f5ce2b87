//! `[[kpi]]`: what an attempt says of the KPIs.

use scorecards::{
    marking::KpiMark,
    reader::{Section, one_of},
    role::{Table, Words},
};

use super::held;

/// The KPIs that a lab says something about; without needs where the events themselves carry it.
pub(super) fn read(root: &Section<'_, '_>, words: Option<&Words>, known: &[String]) -> Vec<KpiMark> {
    if root.has("kpis") {
        root.wrong(
            root.spot_of("kpis"),
            "KPIs are written as tables",
            "write `[[kpi]]` with `id = \"mtta\"` for each, and `needs = [\"site-answers\"]` where a check or signal decides",
        );
        // Asked for, so that it counts as known.
        let _ = root.texts("kpis", true, "[]");
    }
    let mut taken = Vec::new();
    root.sections("kpi").into_iter().filter_map(|section| kpi(section, words, known, &mut taken)).collect()
}

fn kpi(section: Section<'_, '_>, words: Option<&Words>, known: &[String], taken: &mut Vec<String>) -> Option<KpiMark> {
    let id = section.required_text("id", "\"ticket-quality\"");
    if let Some(id) = &id {
        section.rename(format!("kpi \"{}\"", id.value));
        held(&section, "id", id, words, Some(Table::Kpi));
        if taken.contains(&id.value) {
            section.wrong(id.at, "it is there already", "put all that it needs into one table");
        }
        taken.push(id.value.clone());
    }
    let needs = section.texts("needs", true, "[\"site-answers\", \"validated\"]").unwrap_or_default();
    let ids: Vec<&str> = known.iter().map(String::as_str).collect();
    for need in needs.iter().filter(|need| !known.contains(&need.value)) {
        let what = format!("it needs \"{}\", which is no check and no signal", need.value);
        section.wrong(need.at, what, one_of(&need.value, &ids));
    }
    for (n, need) in needs.iter().enumerate() {
        if needs[..n].iter().any(|earlier| earlier.value == need.value) {
            section.wrong(need.at, format!("it needs \"{}\" twice", need.value), "take one out");
        }
    }
    section.finish();
    Some(KpiMark { kpi: id?.value, needs: needs.into_iter().map(|need| need.value).collect() })
}
