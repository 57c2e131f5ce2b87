//! The lines of a result by dimension.

use scorecards::score::{AttemptResult, Line};

use crate::words;

/// Lines that count for the same dimension, or the hints, which count for none.
#[derive(Debug, PartialEq)]
pub(super) struct Group<'a> {
    pub(super) name: String,
    pub(super) points: i32,
    /// `None` for what can only cost.
    pub(super) possible: Option<i32>,
    pub(super) lines: Vec<&'a Line>,
}

/// The dimensions in the order of the result, then the hints that were taken.
pub(super) fn groups(result: &AttemptResult) -> Vec<Group<'_>> {
    let of = |dimension: Option<&str>| {
        result.lines.iter().filter(|line| line.dimension.as_deref() == dimension).collect::<Vec<_>>()
    };
    let mut groups: Vec<Group<'_>> = result
        .dimensions
        .iter()
        .map(|sum| Group {
            name: words::dimension(&sum.dimension),
            points: sum.points,
            possible: Some(sum.possible),
            lines: of(Some(&sum.dimension)),
        })
        .collect();
    let hints = of(None);
    if !hints.is_empty() {
        let points = hints.iter().map(|line| line.points).sum();
        groups.push(Group { name: "Hints".into(), points, possible: None, lines: hints });
    }
    groups
}

#[cfg(test)]
mod tests {
    use scorecards::{
        score::{About, DimensionPoints, Outcome},
        signal::Work,
    };

    use super::*;

    fn line(id: &str, dimension: Option<&str>, points: i32) -> Line {
        Line {
            about: if dimension.is_some() { About::Check } else { About::Hint },
            id: id.into(),
            title: id.into(),
            dimension: dimension.map(Into::into),
            points,
            possible: points.max(0),
            outcome: Outcome::Earned,
            required: false,
            feedback: String::new(),
            evidence: vec![],
        }
    }

    fn result(lines: Vec<Line>) -> AttemptResult {
        let dimensions = ["troubleshooting", "linux-fundamentals"].map(|id| DimensionPoints {
            dimension: id.into(),
            points: 10,
            possible: 20,
        });
        AttemptResult {
            passed: Some(true),
            points: 10,
            possible: 20,
            lines,
            dimensions: dimensions.into(),
            kpis: vec![],
            work: Work::default(),
            lost: 0,
        }
    }

    #[test]
    fn every_line_is_in_one_group_in_the_order_of_the_result() {
        let result = result(vec![
            line("a", Some("linux-fundamentals"), 5),
            line("b", Some("troubleshooting"), 5),
            line("c", Some("linux-fundamentals"), 5),
            line("1", None, -3),
            line("2", None, -5),
        ]);
        let groups = groups(&result);
        let seen: Vec<_> = groups
            .iter()
            .map(|group| (group.name.as_str(), group.lines.iter().map(|line| line.id.as_str()).collect::<Vec<_>>()))
            .collect();
        assert_eq!(
            seen,
            [("Troubleshooting", vec!["b"]), ("Linux fundamentals", vec!["a", "c"]), ("Hints", vec!["1", "2"])]
        );
        assert_eq!((groups[2].points, groups[2].possible), (-8, None));
    }

    #[test]
    fn without_hints_there_is_no_group_for_them() {
        assert_eq!(groups(&result(vec![line("a", Some("troubleshooting"), 5)])).len(), 2);
    }
}
