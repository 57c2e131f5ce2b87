//! What is behind each thing of a role, by hand on the small pack.

use scorecards::role::coverage::{Coverage, Kind, LabLinks, Show, Thing, coverage};

use crate::support::{edited, role};

fn lab(id: &str, skills: &[&str], kpis: &[&str], dimensions: &[&str], trains: &[&str]) -> LabLinks {
    let owned = |ids: &[&str]| ids.iter().map(ToString::to_string).collect();
    LabLinks {
        lab: id.into(),
        skills: owned(skills),
        kpis: owned(kpis),
        dimensions: owned(dimensions),
        trains: owned(trains),
    }
}

/// Two labs that name what the small pack needs, and something of another role.
fn labs() -> [LabLinks; 2] {
    [
        lab(
            "slow-site",
            &["linux", "networking"],
            &["mtta"],
            &["linux-fundamentals", "troubleshooting"],
            &["follow-runbook"],
        ),
        lab(
            "wrong-name",
            &["git"],
            &[],
            &["networking-fundamentals", "operational-discipline"],
            &["nobody-knows-this"],
        ),
    ]
}

fn thing<'c>(coverage: &'c Coverage, section: usize, id: &str) -> &'c Thing {
    coverage.sections[section - 1].things.iter().find(|thing| thing.id == id).unwrap()
}

fn behind(coverage: &Coverage, section: usize, id: &str) -> Vec<String> {
    thing(coverage, section, id).behind.iter().map(ToString::to_string).collect()
}

#[test]
fn each_thing_is_covered_by_what_names_it_or_what_it_names() {
    let coverage = coverage(&role("junior-sre"), &labs());
    assert_eq!(behind(&coverage, 8, "linux"), ["lab slow-site"]);
    assert_eq!(behind(&coverage, 8, "observability"), ["goal first-shift"]);
    assert_eq!(behind(&coverage, 7, "mtta"), ["lab slow-site", "goal first-shift"]);
    assert_eq!(behind(&coverage, 3, "care-for-alerts"), ["KPI alert-noise"]);
    assert_eq!(behind(&coverage, 3, "answer-alerts"), ["lab slow-site (through linux)", "KPI mtta", "KPI mtte"]);
    assert_eq!(
        behind(&coverage, 9, "calm"),
        ["lab slow-site (through troubleshooting)", "exercise read-a-graph (through troubleshooting)"]
    );
    assert_eq!(
        behind(&coverage, 19, "troubleshooting"),
        ["lab slow-site", "exercise read-a-graph", "goal first-shift"]
    );
    assert_eq!(behind(&coverage, 19, "read-a-graph"), ["exercise read-a-graph"]);
    assert_eq!(behind(&coverage, 13, "follow-runbook"), ["lab slow-site"]);
    assert_eq!(behind(&coverage, 17, "start-up"), ["KPI mtta"]);
    assert_eq!(behind(&coverage, 13, "spend-budget"), [""; 0]);
    assert_eq!(
        thing(&coverage, 13, "spend-budget").because.as_deref(),
        Some("Belay says who decides; requests beyond one's rights are not yet part of a lab.")
    );
    assert!(thing(&coverage, 7, "mtta").has(Kind::Lab) && !thing(&coverage, 7, "mtta").has(Kind::Kpi));
    assert_eq!(coverage.problems, []);
}

#[test]
fn the_counts_of_a_section_add_up() {
    let coverage = coverage(&role("junior-sre"), &labs());
    let skills = &coverage.sections[7];
    assert_eq!((skills.things.len(), skills.covered(), skills.excused(), skills.open()), (4, 3, 1, 0));
    assert_eq!((skills.covered_by(Kind::Lab), skills.covered_by(Kind::Goal), skills.covered_by(Kind::Kpi)), (2, 1, 0));
    for section in &coverage.sections {
        assert_eq!(section.covered() + section.excused() + section.open(), section.things.len(), "{}", section.name);
    }
    assert_eq!(
        coverage.sections.iter().map(|section| section.number).collect::<Vec<_>>(),
        (1..=20).collect::<Vec<u8>>()
    );
}

fn problems(edits: &[(&str, &str, &str)], labs: &[LabLinks]) -> Vec<String> {
    let role = scorecards::role::Role::read("junior-sre", &edited(edits)).unwrap();
    coverage(&role, labs).problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_gap_without_a_reason_is_a_problem_with_its_place() {
    assert_eq!(
        problems(&[], &labs()[..1]),
        [
            "junior-sre/scorecard.toml:34: dimension \"operational-discipline\" has nothing behind it: no lab, exercise, goal or KPI; name it in one of them, or say why not in a [[not-here]] of coverage.toml",
            "junior-sre/scorecard.toml:82: dimension \"networking-fundamentals\" has nothing behind it: no lab, exercise, goal or KPI; name it in one of them, or say why not in a [[not-here]] of coverage.toml",
        ]
    );
}

#[test]
fn an_excuse_for_what_is_covered_is_a_problem() {
    assert_eq!(
        problems(&[("coverage.toml", "[\"service-levels\"]", "[\"service-levels\", \"linux\"]")], &labs()),
        ["junior-sre/coverage.toml:6: \"linux\" is excused, but lab slow-site covers it; take the id out"]
    );
}

#[test]
fn an_excuse_for_a_whole_table_is_for_what_is_left_of_it() {
    // `follow-runbook` has a lab, the other two rights have none: no problem, as in the example above.
    let right = lab("rights", &[], &[], &[], &["silence-alert", "spend-budget"]);
    let labs: Vec<LabLinks> = labs().into_iter().chain([right]).collect();
    assert_eq!(
        problems(&[], &labs),
        ["junior-sre/coverage.toml:10: \"section:decisions.right\" excuses nothing: all of it is covered; take it out"]
    );
}

#[test]
fn what_is_excused_twice_is_a_problem_but_a_reason_of_its_own_comes_first() {
    let twice = (
        "coverage.toml",
        "ids = [\"service-levels\"]",
        "ids = [\"service-levels\"]\nbecause = \"b\"\n\n[[not-here]]\nids = [\"service-levels\"]",
    );
    assert_eq!(
        problems(&[twice], &labs()),
        ["junior-sre/coverage.toml:10: \"service-levels\" is excused twice; keep one reason"]
    );
    let own = ("coverage.toml", "ids = [\"service-levels\"]", "ids = [\"service-levels\", \"spend-budget\"]");
    assert_eq!(problems(&[own], &labs()), [""; 0]);
}

#[test]
fn the_text_has_all_twenty_sections_and_the_details_that_are_asked_for() {
    let coverage = coverage(&role("junior-sre"), &labs());
    insta::assert_snapshot!(coverage.to_text(Show { uncovered: true, section: Some(8) }));
}
