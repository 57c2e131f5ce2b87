//! Who names whom.

use std::collections::{BTreeMap, BTreeSet};

use super::{Behind, Kind, LabLinks};
use crate::role::{Role, parts::Entry};

/// What a thing of a pack says of itself.
struct Names<'r> {
    id: &'r str,
    kpis: &'r [String],
    dimensions: &'r [String],
    skills: &'r [String],
}

/// What covers each thing, by id; things that nothing covers are not in it.
pub(super) fn behind(role: &Role, labs: &[LabLinks]) -> BTreeMap<String, BTreeSet<Behind>> {
    let mut behind: BTreeMap<String, BTreeSet<Behind>> = BTreeMap::new();
    let mut add = |thing: &str, kind: Kind, id: &str| {
        // What a lab names may be another role's.
        if role.place(thing).is_some() {
            let by = Behind { kind, id: id.into(), through: None };
            behind.entry(thing.into()).or_default().insert(by);
        }
    };
    for lab in labs {
        for thing in [&lab.skills, &lab.kpis, &lab.dimensions, &lab.trains].into_iter().flatten() {
            add(thing, Kind::Lab, &lab.lab);
        }
    }
    for exercise in &role.exercises {
        add(&exercise.id, Kind::Exercise, &exercise.id);
        for dimension in &exercise.own.dimensions {
            add(dimension, Kind::Exercise, &exercise.id);
        }
    }
    for goal in &role.goals {
        for thing in
            [&goal.own.kpis, &goal.own.skills, &goal.own.dimensions, &goal.own.deliverables].into_iter().flatten()
        {
            add(thing, Kind::Goal, &goal.id);
        }
    }
    let names = names(role);
    for thing in &names {
        for kpi in thing.kpis {
            add(thing.id, Kind::Kpi, kpi);
        }
    }
    for variant in &role.variants {
        for change in &variant.own.kpis {
            add(&variant.id, Kind::Kpi, &change.kpi);
        }
    }
    let mut through: Vec<(&str, Behind)> = Vec::new();
    for thing in &names {
        for (links, kinds) in [(thing.dimensions, [Kind::Lab, Kind::Exercise]), (thing.skills, [Kind::Lab, Kind::Lab])]
        {
            for link in links {
                let covers = behind.get(link).into_iter().flatten();
                let covers = covers.filter(|by| by.through.is_none() && kinds.contains(&by.kind));
                through.extend(covers.map(|by| (thing.id, Behind { through: Some(link.clone()), ..by.clone() })));
            }
        }
    }
    for (thing, by) in through {
        let all = behind.entry(thing.into()).or_default();
        // Naming it is more than reaching it through something.
        if !all.iter().any(|known| known.through.is_none() && (known.kind, &known.id) == (by.kind, &by.id)) {
            all.insert(by);
        }
    }
    behind
}

/// What each thing of the pack names.
fn names(role: &Role) -> Vec<Names<'_>> {
    const NONE: &[String] = &[];
    let mut all = Vec::new();
    for Entry { id, own, .. } in &role.responsibilities {
        all.push(Names { id, kpis: &own.kpis, dimensions: NONE, skills: &own.skills });
    }
    for Entry { id, own, .. } in &role.activities {
        all.push(Names { id, kpis: &own.kpis, dimensions: NONE, skills: NONE });
    }
    for Entry { id, own, .. } in &role.deliverables {
        all.push(Names { id, kpis: &own.kpis, dimensions: NONE, skills: &own.skills });
    }
    for Entry { id, own, .. } in &role.goals {
        all.push(Names { id, kpis: &own.kpis, dimensions: &own.dimensions, skills: &own.skills });
    }
    for Entry { id, own, .. } in &role.behaviours {
        all.push(Names { id, kpis: NONE, dimensions: &own.dimensions, skills: NONE });
    }
    for Entry { id, own, .. } in &role.criteria {
        all.push(Names { id, kpis: &own.kpis, dimensions: &own.dimensions, skills: NONE });
    }
    let judged = [
        &role.challenges,
        &role.antipatterns,
        &role.underperformance,
        &role.assess,
        &role.strong_signals,
        &role.weak_signals,
        &role.red_flags,
    ];
    for Entry { id, own, .. } in judged.into_iter().flatten() {
        all.push(Names { id, kpis: NONE, dimensions: &own.dimensions, skills: NONE });
    }
    all
}
