//! Variants, laid over a role.

use scorecards::{
    kpi::Target,
    role::{Changed, VariantError},
};

use crate::support::{files_of, role};

#[test]
fn a_variant_changes_bands_approvals_and_evidence_and_says_why() {
    let base = role("junior-infrastructure-engineer");
    let regulated = base.with_variants(&["regulated"]).unwrap();
    assert_eq!(base.kpi("change-documentation").unwrap().target.at_least, Some(0.95));
    assert_eq!(regulated.kpi("change-documentation").unwrap().target.at_least, Some(1.0));
    assert_eq!(base.level_of("details-of-known-changes").unwrap().own.order, 1);
    assert_eq!(regulated.level_of("details-of-known-changes").unwrap().own.order, 2);
    assert!(base.evidence.is_empty() && base.changes.is_empty());
    assert_eq!(
        regulated.evidence.len(),
        regulated.variants.iter().find(|v| v.id == "regulated").unwrap().own.evidence.len()
    );
    assert_eq!(regulated.laid, ["regulated"]);
    assert!(regulated.changes.iter().all(|change| change.variant == "regulated" && !change.because.is_empty()));
    let documented = regulated.changes.iter().find_map(|change| match &change.what {
        Changed::Kpi { from, to } if to.id == "change-documentation" => Some((from.target, to.target, &change.because)),
        _ => None,
    });
    let at_least = |figure| Target { at_least: Some(figure), ..Target::default() };
    let (from, to, because) = documented.unwrap();
    assert_eq!((from, to), (at_least(0.95), at_least(1.0)));
    assert!(because.contains("finding"), "{because}");
    // What the variant does not name stays.
    assert_eq!(regulated.kpi("mtta"), base.kpi("mtta"));
    assert_eq!(regulated.scorecard, base.scorecard);
}

#[test]
fn what_a_variant_does_not_say_of_a_kpi_stays() {
    let base = role("junior-sre");
    let small = base.with_variants(&["start-up"]).unwrap();
    let (before, after) = (base.kpi("mtta").unwrap(), small.kpi("mtta").unwrap());
    assert_eq!((before.target.at_most, before.minimum, before.window_days), (Some(5.0), 8, 28));
    assert_eq!((after.target.at_most, after.minimum, after.window_days), (Some(10.0), 4, 28));
    assert_eq!((&after.guards, after.direction, after.measure), (&before.guards, before.direction, before.measure));
    assert!(matches!(
        &small.changes[1].what,
        Changed::Right { right, from, to } if (&**right, &**from, &**to) == ("silence-alert", "with-on-call-lead", "alone")
    ));
}

#[test]
fn the_order_in_which_variants_are_named_changes_nothing() {
    let base = role("junior-infrastructure-engineer");
    let one = base.with_variants(&["service-led", "regulated", "enterprise", "geography"]).unwrap();
    let other = base.with_variants(&["geography", "enterprise", "regulated", "service-led"]).unwrap();
    assert_eq!(one, other);
    assert_eq!(one.laid, ["enterprise", "regulated", "geography", "service-led"]);
    let step_by_step = base.with_variants(&["enterprise"]).unwrap().with_variants(&["regulated"]).unwrap();
    assert_eq!(step_by_step, base.with_variants(&["regulated", "enterprise"]).unwrap());
}

#[test]
fn two_variants_of_one_axis_are_refused() {
    let base = role("junior-infrastructure-engineer");
    let error = base.with_variants(&["start-up", "enterprise"]).unwrap_err();
    assert_eq!(error.to_string(), "the variants \"start-up\" and \"enterprise\" are both about `size`; choose one");
    assert!(matches!(base.with_variants(&["start-up", "start-up"]), Err(VariantError::SameAxis { .. })));
    let start_up = base.with_variants(&["start-up"]).unwrap();
    assert!(matches!(start_up.with_variants(&["enterprise"]), Err(VariantError::SameAxis { .. })));
}

#[test]
fn an_unknown_variant_is_refused_with_the_nearest_one() {
    let error = role("junior-infrastructure-engineer").with_variants(&["regulatet"]).unwrap_err();
    assert_eq!(error.to_string(), "there is no variant \"regulatet\"; did you mean `regulated`?");
}

#[test]
fn no_variants_leave_the_role_as_it_is() {
    let base = role("junior-infrastructure-engineer");
    assert_eq!(base.with_variants(&[] as &[&str]).unwrap(), base);
    assert_eq!(base.with_variants(&["mid-size"]).unwrap().changes, []);
}

#[test]
fn any_choice_of_variants_of_the_large_pack_goes_together() {
    let base = role("junior-infrastructure-engineer");
    let mut choices: Vec<Vec<&str>> = vec![Vec::new()];
    for variant in &base.variants {
        let more: Vec<Vec<&str>> = choices
            .iter()
            .filter(|chosen| {
                let axis = |id: &&str| base.variants.iter().find(|v| v.id == **id).unwrap().own.axis;
                chosen.iter().all(|id| axis(id) != variant.own.axis)
            })
            .map(|chosen| chosen.iter().copied().chain([variant.id.as_str()]).collect())
            .collect();
        choices.extend(more);
    }
    assert_eq!(choices.len(), 4 * 3 * 2 * 3);
    for chosen in choices {
        base.with_variants(&chosen).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn files_may_come_in_any_order() {
    let mut files = files_of("junior-infrastructure-engineer");
    files.reverse();
    let reversed = scorecards::role::Role::read("junior-infrastructure-engineer", &files).unwrap();
    assert_eq!(reversed, role("junior-infrastructure-engineer"));
}
