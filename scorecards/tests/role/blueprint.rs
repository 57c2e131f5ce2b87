//! The pack of the junior infrastructure engineer has all that the blueprint of the role names, counted by hand there.

use std::collections::BTreeMap;

use rstest::rstest;
use scorecards::{
    kpi::{Direction, Meaning},
    role::{Class, Group, Rhythm, Role, Side, Step, Table},
    scorecard::Weight,
};

use crate::support::role;

fn junior() -> Role {
    role("junior-infrastructure-engineer")
}

/// Section of the blueprint, kind of thing, and how many the blueprint names. Lines that only introduce a list are not
/// counted, unless they say something of their own.
const COUNTS: &[(u8, Table, usize)] = &[
    // Platform, operations, security, IT, software, QA, data, FinOps, vendors.
    (1, Table::Collaborates, 9),
    (2, Table::Outcome, 5),
    // 3 strategic, 5 operational, 6 technical, 3 cross-functional, 3 governance, 2 leadership.
    (3, Table::Responsibility, 22),
    // 10 daily with the two that introduce lists, 5 weekly, 6 monthly or quarterly, 5 rituals, 6 in emergencies.
    (4, Table::Activity, 32),
    // 3 runbooks, 3 code, 2 automation, 2 monitoring, 3 reporting, 2 tickets, 1 hygiene, 2 knowledge.
    (5, Table::Deliverable, 18),
    // 8 by day 30, 5 by 60 (a dashboard and a runbook are two), 9 by 90, 7 by 180, 8 by 365, 4 later.
    (6, Table::Goal, 41),
    (6, Table::Success, 5),
    (6, Table::HighPerformance, 5),
    // 21 rows; three of them ask two things each.
    (7, Table::Kpi, 24),
    (8, Table::Skill, 22),
    // 8, and 2 more that only section 20 names: attention to detail, calmness under pressure.
    (9, Table::Behaviour, 10),
    (10, Table::Tool, 27),
    // 6 infrastructure, 3 application, 3 data, 5 security, 3 delivery, 2 process, 2 scale, 2 team.
    (11, Table::Environment, 26),
    // 7 internal, 3 external, 3 peers, 3 upstream, 3 downstream.
    (12, Table::Stakeholder, 19),
    // Asynchronous by default, three ways to work through, and two lines on who decides.
    (12, Table::Collaboration, 6),
    // First, second, and three across.
    (12, Table::Escalation, 5),
    (13, Table::Level, 5),
    // 4 alone, 4 by peer review, 5 by manager or senior, 3 by a director, 5 never.
    (13, Table::Right, 21),
    // Budget, architecture, vendor, delivery, hiring, compliance.
    (13, Table::Authority, 6),
    // 3 common, 4 optional.
    (14, Table::Certification, 7),
    (14, Table::Background, 6),
    (15, Table::Feeder, 4),
    // 4 likely, 3 adjacent.
    (15, Table::Next, 7),
    (15, Table::Criterion, 6),
    (15, Table::Stage, 3),
    (16, Table::Challenge, 5),
    (16, Table::Bottleneck, 4),
    (16, Table::Antipattern, 5),
    (16, Table::Underperformance, 5),
    (16, Table::BusinessRisk, 5),
    // 3 sizes, 2 regulations, geography, 2 models; the operating models repeat sizes and regulations.
    (17, Table::Variant, 8),
    (18, Table::Automatable, 6),
    (18, Table::Human, 5),
    (18, Table::Shift, 6),
    (18, Table::Expectation, 4),
    // 3 of knowledge, 2 of discipline, and one each of the other four.
    (19, Table::Assess, 9),
    (19, Table::Exercise, 4),
    (19, Table::StrongSignal, 5),
    (19, Table::WeakSignal, 4),
    (19, Table::RedFlag, 4),
    (19, Table::Dimension, 9),
];

#[test]
fn each_section_has_as_many_things_as_the_blueprint() {
    let role = junior();
    let mut there: BTreeMap<Table, usize> = BTreeMap::new();
    for (_, place) in role.places() {
        *there.entry(place.table).or_default() += 1;
    }
    for (section, table, expected) in COUNTS {
        assert_eq!((table.section(), there.get(table).copied().unwrap_or(0)), (*section, *expected), "{table}");
    }
    // The blueprint's three notes on measuring and its six lines on what one brings are at least there.
    assert!(there[&Table::Note] >= 3 && there[&Table::Prerequisite] >= 6, "{there:?}");
    // All else is of the variants' own.
    let counted = COUNTS.iter().map(|(_, table, _)| *table);
    let counted: Vec<Table> = counted.chain([Table::Note, Table::Prerequisite, Table::Evidence]).collect();
    assert!(there.keys().all(|table| counted.contains(table)), "{there:?}");
}

/// Counts how many there are of each.
fn tally<K: Ord>(all: impl IntoIterator<Item = K>) -> BTreeMap<K, usize> {
    let mut tally = BTreeMap::new();
    for one in all {
        *tally.entry(one).or_default() += 1;
    }
    tally
}

#[test]
fn groups_phases_classes_sides_and_levels_are_those_of_the_blueprint() {
    let role = junior();
    let groups = [
        (Group::Strategic, 3),
        (Group::Operational, 5),
        (Group::Technical, 6),
        (Group::CrossFunctional, 3),
        (Group::Governance, 3),
        (Group::Leadership, 2),
    ];
    assert_eq!(tally(role.responsibilities.iter().map(|thing| thing.own.group)), groups.into());
    let rhythms =
        [(Rhythm::Daily, 10), (Rhythm::Weekly, 5), (Rhythm::Monthly, 6), (Rhythm::Ritual, 5), (Rhythm::Emergency, 6)];
    assert_eq!(tally(role.activities.iter().map(|thing| thing.own.rhythm)), rhythms.into());
    let phases = [(30, 8), (60, 5), (90, 9), (180, 7), (365, 8), (730, 4)];
    assert_eq!(tally(role.goals.iter().map(|thing| thing.own.phase)), phases.into());
    let classes = [(Class::Must, 8), (Class::Good, 6), (Class::Advanced, 4), (Class::Emerging, 4)];
    assert_eq!(tally(role.skills.iter().map(|thing| thing.own.class)), classes.into());
    let sides = [(Side::Internal, 7), (Side::External, 3), (Side::Peer, 3), (Side::Upstream, 3), (Side::Downstream, 3)];
    assert_eq!(tally(role.stakeholders.iter().map(|thing| thing.own.side)), sides.into());
    let rights = tally(role.rights.iter().map(|right| role.level_of(&right.id).unwrap().own.order));
    assert_eq!(rights, [(1, 4), (2, 4), (3, 5), (4, 3), (5, 5)].into());
    assert_eq!(tally(role.next.iter().map(|thing| thing.own.kind)), [(Step::Likely, 4), (Step::Adjacent, 3)].into());
}

#[test]
fn the_21_kpis_are_all_there_and_three_of_them_ask_two_things() {
    let numbers = tally(junior().kpis.iter().map(|kpi| kpi.number));
    assert_eq!(numbers.keys().copied().collect::<Vec<_>>(), (1..=21).collect::<Vec<u32>>());
    assert_eq!(numbers.into_iter().filter(|(_, parts)| *parts > 1).collect::<Vec<_>>(), [(14, 2), (15, 2), (16, 2)]);
}

/// Number, id, direction, at least, at most, stretch: the blueprint's figures.
#[rstest]
#[case(1, "ticket-throughput", Direction::Band, Some(10.0), Some(25.0), None)]
#[case(2, "ticket-quality", Direction::Up, Some(0.95), None, None)]
#[case(3, "reopen-rate", Direction::Down, None, Some(0.05), None)]
#[case(4, "mtta", Direction::Down, None, Some(10.0), Some(5.0))]
#[case(5, "mtte", Direction::Down, None, Some(20.0), Some(15.0))]
#[case(6, "runbook-adherence", Direction::Up, Some(0.8), None, None)]
#[case(7, "runbook-improvements", Direction::Band, Some(2.0), Some(4.0), None)]
#[case(8, "monitoring-contributions", Direction::Band, Some(1.0), Some(2.0), None)]
#[case(10, "change-success", Direction::Up, Some(0.98), None, None)]
#[case(11, "change-documentation", Direction::Up, Some(0.95), None, None)]
#[case(12, "patch-compliance", Direction::Up, Some(0.95), None, None)]
#[case(13, "vulnerability-sla", Direction::Up, Some(0.9), None, Some(0.95))]
#[case(14, "backup-success", Direction::Up, Some(0.98), None, Some(0.99))]
#[case(14, "backup-triage", Direction::Up, Some(1.0), None, None)]
#[case(15, "restore-participation", Direction::Up, Some(1.0), None, None)]
#[case(15, "restore-evidence", Direction::Up, Some(1.0), None, None)]
#[case(16, "drift-resolved", Direction::Up, Some(1.0), None, None)]
#[case(16, "drift-trend", Direction::Down, None, Some(0.0), None)]
#[case(17, "pull-cycle-time", Direction::Down, None, Some(7.0), None)]
#[case(18, "pull-quality", Direction::Up, Some(0.7), None, Some(0.85))]
#[case(19, "hours-saved", Direction::Band, Some(5.0), Some(20.0), None)]
#[case(20, "satisfaction", Direction::Up, Some(4.0), None, None)]
#[case(21, "learning-velocity", Direction::Up, Some(0.8), None, Some(1.0))]
fn a_kpi_has_the_blueprints_figure(
    #[case] number: u32,
    #[case] id: &str,
    #[case] direction: Direction,
    #[case] at_least: Option<f64>,
    #[case] at_most: Option<f64>,
    #[case] stretch: Option<f64>,
) {
    let role = junior();
    let kpi = role.kpi(id).unwrap();
    assert_eq!(role.kpis.iter().find(|kpi| kpi.id == id).unwrap().number, number);
    assert_eq!(
        (kpi.direction, kpi.target.at_least, kpi.target.at_most, kpi.target.stretch),
        (direction, at_least, at_most, stretch)
    );
    assert!(!kpi.guards.is_empty(), "{id} has no guard");
}

/// A thorough review that was quick is no miss: the blueprint's two days only say when a merge without comment is flagged.
#[rstest]
#[case(&[], 7.0)]
#[case(&["enterprise"], 10.0)]
#[case(&["regulated"], 10.0)]
fn a_quick_review_is_on_target(#[case] variants: &[&str], #[case] at_most: f64) {
    let role = junior().with_variants(variants).unwrap();
    let kpi = role.kpi("pull-cycle-time").unwrap();
    for (days, meaning) in [(1.0, Meaning::Met), (at_most, Meaning::Met), (at_most + 0.1, Meaning::Missed)] {
        assert_eq!(kpi.target.state(days).meaning(kpi.direction), meaning, "{days} days");
    }
}

#[test]
fn alert_noise_is_to_fall_by_10_to_30_percent_a_quarter() {
    let role = junior();
    let noise = role.kpi("alert-noise").unwrap();
    assert_eq!((noise.target.at_most, noise.window_days), (Some(-0.1), 91));
    assert_eq!(noise.target.at_least.or(noise.target.stretch), Some(-0.3));
}

#[test]
fn the_nine_dimensions_have_the_blueprints_weights_in_its_order() {
    let dimensions: Vec<(String, Weight)> =
        junior().dimensions().into_iter().map(|dimension| (dimension.id, dimension.weight)).collect();
    let (high, between, medium) = (Weight::High, Weight::MediumHigh, Weight::Medium);
    let expected = [
        ("linux-fundamentals", high),
        ("networking-fundamentals", high),
        ("cloud-fundamentals", between),
        ("iac-git-workflow", medium),
        ("troubleshooting", high),
        ("operational-discipline", high),
        ("communication", between),
        ("learning-agility", medium),
        ("collaboration", medium),
    ];
    assert_eq!(dimensions, expected.map(|(id, weight)| (id.to_string(), weight)));
}

#[test]
fn the_four_exercises_take_as_long_as_the_blueprint_says() {
    let minutes: Vec<(u32, u32)> = junior().exercises.iter().map(|exercise| exercise.own.minutes).collect();
    assert_eq!(minutes, [(45, 60), (30, 45), (20, 30), (15, 20)]);
}

#[test]
fn goals_that_are_a_number_of_things_have_that_number() {
    let goals = junior().goals;
    let pulls = goals.iter().find(|goal| goal.id == "first-pull-requests").unwrap();
    assert_eq!((pulls.own.phase, pulls.own.at_least, pulls.own.at_most), (60, Some(2), Some(4)));
}

#[test]
fn the_summary_has_the_blueprints_lists() {
    let top = junior().top;
    assert_eq!((top.responsibilities.len(), top.skills.len(), top.behaviours.len()), (10, 10, 10));
    // Eleven entries, two of which are two rows of tools each; ten entries of KPIs, some of which name several.
    assert_eq!(top.tools.len(), 13);
    assert!(top.kpis.len() >= 10);
    // Four roles and two tracks.
    assert_eq!(top.next.len(), 6);
}

#[test]
fn the_eight_skills_that_one_cannot_do_without_are_the_blueprints() {
    let role = junior();
    let must = role.skills.iter().filter(|skill| skill.own.class == Class::Must).map(|skill| &*skill.id);
    assert_eq!(
        must.collect::<Vec<_>>(),
        [
            "linux",
            "networking",
            "cloud",
            "infrastructure-as-code",
            "scripting",
            "git",
            "observability",
            "security-hygiene",
        ]
    );
}
