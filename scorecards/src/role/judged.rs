//! What the judgement needs of a role, as the judgement knows it.

use super::{Entry, Needs, Role, parts::Criterion};
use crate::{
    event::Source,
    readiness::{self, Named, Need},
    scorecard::{self, Level, Middle},
};

impl Role {
    /// The dimensions, for a recommendation by [`scorecard::recommend`] with the rule of [`Role::scorecard`].
    #[must_use]
    pub fn dimensions(&self) -> Vec<scorecard::Dimension> {
        let dimension = |entry: &Entry<super::Dimension>| scorecard::Dimension {
            id: entry.id.clone(),
            title: entry.title.clone(),
            weight: entry.own.weight,
        };
        self.scorecard.dimensions.iter().map(dimension).collect()
    }

    /// What promotion asks, for [`readiness`]. KPIs are looked at in this series, over so many windows on end. Where
    /// nothing of a criterion can be checked by a machine, somebody's word is needed.
    #[must_use]
    pub fn promotion(&self, series: Source, windows: usize) -> Vec<readiness::Criterion> {
        let criterion = |entry: &Entry<Criterion>| {
            let needs = entry.own.needs.as_ref().map(|needs| self.needs(&entry.own, needs, series, windows));
            readiness::Criterion {
                id: entry.id.clone(),
                title: entry.title.clone(),
                needs: needs.unwrap_or_else(|| vec![Need::SignOff]),
            }
        };
        self.criteria.iter().map(criterion).collect()
    }

    fn needs(&self, criterion: &Criterion, needs: &Needs, series: Source, windows: usize) -> Vec<Need> {
        let named = |ids: &[String]| ids.iter().map(|id| self.named(id)).collect::<Vec<_>>();
        let mut all = Vec::new();
        all.extend(needs.kpis_on_target.map(|at_least| Need::KpisOnTarget {
            kpis: named(&criterion.kpis),
            at_least: at_least as usize,
            series,
            windows,
        }));
        for (dimension, least) in &needs.dimension_at_least {
            let level = Level::ALL.into_iter().find(|level| level.number() == *least);
            all.extend(
                level.map(|level| Need::Dimension { dimension: self.named(dimension), at_least: Middle::from(level) }),
            );
        }
        all.extend(named(&needs.mastered).into_iter().map(Need::Mastered));
        all.extend(named(&needs.goals_reached).into_iter().map(Need::Goal));
        all
    }

    /// A KPI, dimension, skill or goal with its name.
    fn named(&self, id: &str) -> Named {
        let kpis = self.definitions().iter().map(|kpi| (&kpi.id, &kpi.name));
        let dimensions = self.scorecard.dimensions.iter().map(|entry| (&entry.id, &entry.title));
        let skills = self.skills.iter().map(|entry| (&entry.id, &entry.title));
        let goals = self.goals.iter().map(|entry| (&entry.id, &entry.title));
        let mut all = kpis.chain(dimensions).chain(skills).chain(goals);
        let title = all.find(|(known, _)| *known == id).map_or(id, |(_, title)| title.as_str());
        Named { id: id.into(), title: title.into() }
    }
}
