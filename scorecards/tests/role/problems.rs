//! What is said of a wrong pack: file, line, key, what is wrong, what is allowed.

use rstest::rstest;

use crate::support::{complaints, edited, files_of};

#[test]
fn the_pack_that_is_edited_here_is_sound() {
    assert_eq!(complaints(&files_of("junior-sre")), [""; 0]);
}

/// Every kind of mistake by itself: what is edited, and all that is said of it.
#[rstest]
// Ids
#[case(
    "role.toml",
    "id = \"kept-promises\"\n",
    "",
    "role.toml:9: outcome 1: the key `id` is missing; add `id = \"a-short-name\"`"
)]
#[case(
    "role.toml",
    "id = \"kept-promises\"",
    "id = \"Kept!\"",
    "role.toml:10: outcome \"Kept!\": \"Kept!\" can't be an id; begin with a lower-case letter and go on with lower-case letters, digits and dashes"
)]
#[case(
    "role.toml",
    "id = \"kept-promises\"",
    "id = \"mtta\"",
    "kpis.toml:4: kpi \"mtta\": the id \"mtta\" is taken by the outcome in junior-sre/role.toml:10; give each thing of the pack an id of its own"
)]
// References
#[case(
    "goals.toml",
    "kpis = [\"mtta\", \"mtte\"]",
    "kpis = [\"mtta\", \"mttf\"]",
    "goals.toml:6: goal \"first-shift\": `kpis` names \"mttf\", but there is no such kpi; did you mean `mtta`?"
)]
#[case(
    "goals.toml",
    "kpis = [\"mtta\", \"mtte\"]",
    "kpis = [\"linux\"]",
    "goals.toml:6: goal \"first-shift\": `kpis` names \"linux\", which is a skill, not a kpi; there are: alert-noise, mtta, mtte, runbook-improvements"
)]
#[case(
    "goals.toml",
    "kpis = [\"mtta\", \"mtte\"]",
    "kpis = [\"mtta\", \"mtta\"]",
    "goals.toml:6: goal \"first-shift\": `kpis` names \"mtta\" twice; take one out"
)]
#[case(
    "goals.toml",
    "kpis = [\"mtta\", \"mtte\"]",
    "kpis = \"mtta\"",
    "goals.toml:6: goal \"first-shift\": `kpis` must be a list of texts, not the text \"mtta\"; write `kpis = [\"an-id\"]`"
)]
#[case(
    "decisions.toml",
    "level = \"alone\"",
    "level = \"alon\"",
    "decisions.toml:19: right \"follow-runbook\": `level` names \"alon\", but there is no such level; did you mean `alone`?"
)]
// Keys and kinds of values
#[case(
    "goals.toml",
    "at-least = 1",
    "atleast = 1",
    "goals.toml:17: goal \"one-alert-better\": the key `atleast` is not known here; did you mean `at-least`?"
)]
#[case(
    "goals.toml",
    "phase = 60",
    "phase = 45",
    "goals.toml:5: goal \"first-shift\": `phase = 45` is not known; there are: 30, 60, 90, 180, 365, 730"
)]
#[case(
    "goals.toml",
    "phase = 60",
    "phase = \"60\"",
    "goals.toml:5: goal \"first-shift\": `phase` must be a whole number, not the text \"60\"; write `phase = 30`"
)]
#[case(
    "goals.toml",
    "at-least = 1",
    "at-least = 3\nat-most = 2",
    "goals.toml:18: goal \"one-alert-better\": `at-most = 2` is below `at-least = 3`; put the lower one first"
)]
#[case(
    "goals.toml",
    "title = \"One alert made better\"",
    "title = \"One alert\\nmade better\"",
    "goals.toml:12: goal \"one-alert-better\": `title` has more than one line; shorten it to one"
)]
#[case(
    "goals.toml",
    "says = \"An alert that came often and said little now comes seldom and says what to do.\"\n",
    "",
    "goals.toml:10: goal \"one-alert-better\": the key `says` is missing; add `says = \"One to three sentences.\"`"
)]
#[case(
    "skills.toml",
    "class = \"good\"",
    "class = \"god\"",
    "skills.toml:25: skill \"service-levels\": `class = \"god\"` is not known; did you mean `good`?"
)]
#[case(
    "skills.toml",
    "[\"optional\", \"important\"]",
    "[\"optional\", \"vital\"]",
    "skills.toml:26: skill \"service-levels\": `importance`: \"vital\" is not known; there are: critical, important, optional, context"
)]
#[case(
    "skills.toml",
    "[\"optional\", \"important\"]",
    "[]",
    "skills.toml:26: skill \"service-levels\": `importance` is empty; write `importance = \"important\"`"
)]
#[case(
    "hiring.toml",
    "minutes = [30, 40]",
    "minutes = [40, 30]",
    "hiring.toml:10: exercise \"read-a-graph\": `minutes = [40, 30]` does not go from a lower number to a higher one; write `minutes = [45, 60]`"
)]
#[case(
    "hiring.toml",
    "dimensions = [\"reliability-thinking\", \"troubleshooting\", \"communication\"]",
    "dimensions = []",
    "hiring.toml:13: exercise \"read-a-graph\": `dimensions` is empty; write `dimensions = [\"an-id\"]`"
)]
// KPIs
#[case(
    "kpis.toml",
    "measure = \"alert-noise\"",
    "measure = \"alert-nose\"",
    "kpis.toml:42: kpi \"alert-noise\": `measure = \"alert-nose\"` is not known; did you mean `alert-noise`?"
)]
#[case(
    "kpis.toml",
    "target = { at-least = 1 }",
    "target = { at-most = 1 }",
    "kpis.toml:61: kpi \"runbook-improvements\": `direction = \"up\"` needs `target.at-least`; add it, or mend the direction"
)]
#[case(
    "kpis.toml",
    "target = { at-most = 10 }",
    "target = { at-least = 10 }",
    "kpis.toml:29: kpi \"mtte\": `direction = \"down\"` needs `target.at-most`; add it, or mend the direction"
)]
#[case(
    "kpis.toml",
    "direction = \"up\"\ntarget = { at-least = 1 }",
    "direction = \"band\"\ntarget = { at-least = 4, at-most = 2 }",
    "kpis.toml:61: kpi \"runbook-improvements\": `at-least = 4` is above `at-most = 2`; put the lower figure under `at-least`"
)]
#[case(
    "kpis.toml",
    "stretch = 3",
    "stretch = 6",
    "kpis.toml:13: kpi \"mtta\": `stretch = 6` is not on the better side; give a figure below `at-most`"
)]
#[case(
    "kpis.toml",
    "{ at-least = 1 }",
    "{ at-least = 1, stretch = 0.5 }",
    "kpis.toml:61: kpi \"runbook-improvements\": `stretch = 0.5` is not on the better side; give a figure above `at-least`"
)]
#[case(
    "kpis.toml",
    "target = { at-most = 10 }\n",
    "",
    "kpis.toml:19: kpi \"mtte\": the key `target` is missing; add `target = { at-least = 0.95 }`"
)]
#[case(
    "kpis.toml",
    "window-days = 28",
    "window-days = 0",
    "kpis.toml:11: kpi \"mtta\": `window-days = 0` is out of range; give a number from 1 to 366"
)]
#[case(
    "kpis.toml",
    "guards = [\"mtte\"]\nfrequency = \"weekly\"",
    "guards = [\"mtta\"]\nfrequency = \"weekly\"",
    "kpis.toml:15: kpi \"mtta\": a KPI can't be its own guard; name one that moves when this one is gamed"
)]
#[case(
    "kpis.toml",
    "guards = [\"mtte\"]\nfrequency = \"weekly\"",
    "guards = [\"linux\"]\nfrequency = \"weekly\"",
    "kpis.toml:15: kpi \"mtta\": `guards` names \"linux\", which is a skill, not a kpi; there are: alert-noise, mtta, mtte, runbook-improvements, maybe-split, followed-up, ack-without-action, auto-ack, needless-escalation, thin-context, ticked-out-of-time, planned-rollback, … (32 in all)"
)]
#[case(
    "kpis.toml",
    "frequency = \"quarterly\"",
    "frequency = \"yearly\"",
    "kpis.toml:48: kpi \"alert-noise\": `frequency`: \"yearly\" is not known; did you mean `weekly`?"
)]
// Scorecard
#[case(
    "scorecard.toml",
    "weight = \"high\"\nmeets = \"Narrows",
    "weight = \"higher\"\nmeets = \"Narrows",
    "scorecard.toml:5: dimension \"troubleshooting\": `weight = \"higher\"` is not known; did you mean `high`?"
)]
#[case(
    "scorecard.toml",
    "  \"Guesses, and changes things at random.\",\n",
    "",
    "scorecard.toml:8: dimension \"troubleshooting\": `anchors` has 3 texts; give four: what a rating of 1, 2, 3 and 4 looks like"
)]
#[case(
    "scorecard.toml",
    "number = 6",
    "number = 7",
    "scorecard.toml:82: dimension \"networking-fundamentals\": `number = 7`, where 6 is next; number them 1, 2, 3 … without a gap"
)]
#[case(
    "scorecard.toml",
    "medium-high = 3, medium = 1",
    "medium = 1",
    "scorecard.toml:98: [weights] (default): the key `medium-high` is missing; add `medium-high = 3`"
)]
#[case(
    "scorecard.toml",
    "medium-high = 3, medium = 1",
    "medium-hihg = 3, medium-high = 3, medium = 1",
    "scorecard.toml:98: [weights] (default): the key `medium-hihg` is not known here; did you mean `medium-high`?"
)]
#[case(
    "scorecard.toml",
    "high = 5, medium-high = 3, medium = 1",
    "high = 2, medium-high = 3, medium = 1",
    "scorecard.toml:98: [weights] (default): the weights do not fall from `high` to `medium`; give `high` the largest one"
)]
#[case(
    "scorecard.toml",
    "discuss = 0.55",
    "discuss = 0.75",
    "scorecard.toml:102: [rule]: the limits do not fall from `strong-yes` to `discuss`; put them in order"
)]
#[case(
    "scorecard.toml",
    "coverage = 0.75",
    "coverage = 75",
    "scorecard.toml:105: [rule]: `coverage = 75` is out of range; give a number from 0 to 1"
)]
#[case(
    "scorecard.toml",
    "dimensions = [\"troubleshooting\", \"reliability-thinking\"]",
    "dimensions = [\"troubleshooting\", \"calm\"]",
    "scorecard.toml:108: must-meet 1: `dimensions` names \"calm\", which is a behaviour, not a dimension; there are: communication, linux-fundamentals, networking-fundamentals, operational-discipline, reliability-thinking, troubleshooting"
)]
#[case(
    "scorecard.toml",
    "misses-allowed = 1",
    "misses-allowed = 2",
    "scorecard.toml:110: must-meet 1: 2 misses are allowed of 2 dimensions; allow fewer, or nothing must be met"
)]
#[case(
    "scorecard.toml",
    "weight = \"medium\"\nmeets = \"Tells",
    "weight = \"medium\"\nmust-meet = true\nmeets = \"Tells",
    "scorecard.toml:108: dimension \"networking-fundamentals\" says `must-meet = true`, but no [[must-meet]] names it; say there which rating it must reach"
)]
// Orders
#[case(
    "decisions.toml",
    "order = 3",
    "order = 4",
    "decisions.toml:12: level \"not-this-role\": `order = 4`, where 3 is next; number them 1, 2, 3 … without a gap"
)]
#[case(
    "decisions.toml",
    "order = 3",
    "order = 2",
    "decisions.toml:12: level \"not-this-role\": `order = 2`, where 3 is next; number them 1, 2, 3 … without a gap"
)]
#[case(
    "decisions.toml",
    "order = 3",
    "order = 6",
    "decisions.toml:14: level \"not-this-role\": `order = 6` is out of range; give a number from 1 to 5"
)]
// Variants
#[case(
    "variants/start-up.toml",
    "axis = \"size\"",
    "axis = \"sise\"",
    "variants/start-up.toml:2: `axis = \"sise\"` is not known; did you mean `size`?"
)]
#[case(
    "variants/start-up.toml",
    "id = \"start-up\"",
    "id = \"startup\"",
    "variants/start-up.toml:1: the variant's id is \"startup\", but its file is \"start-up.toml\"; give both the same name"
)]
#[case(
    "variants/start-up.toml",
    "id = \"mtta\"",
    "id = \"mttb\"",
    "variants/start-up.toml:7: kpi 1: `id` names \"mttb\", but there is no such kpi; did you mean `mtta`?"
)]
#[case(
    "variants/start-up.toml",
    "id = \"silence-alert\"",
    "id = \"silence-alerts\"",
    "variants/start-up.toml:13: right 1: `id` names \"silence-alerts\", but there is no such right; did you mean `silence-alert`?"
)]
#[case(
    "variants/start-up.toml",
    "level = \"alone\"",
    "level = \"mtta\"",
    "variants/start-up.toml:14: right \"silence-alert\": `level` names \"mtta\", which is a kpi, not a level; there are: alone, not-this-role, with-on-call-lead"
)]
#[case(
    "variants/start-up.toml",
    "because = \"One rota for everything, and nobody waits beside the telephone.\"\n",
    "",
    "variants/start-up.toml:6: kpi \"mtta\": the key `because` is missing; add `because = \"An audit asks for it.\"`"
)]
#[case(
    "variants/start-up.toml",
    "target = { at-most = 10, stretch = 5 }\nminimum = 4\n",
    "",
    "variants/start-up.toml:7: kpi \"mtta\": it changes nothing; give one of: target, minimum, window-days, direction, ramp-days, settings"
)]
#[case(
    "variants/start-up.toml",
    "target = { at-most = 10, stretch = 5 }",
    "target = { at-least = 10 }",
    "variants/start-up.toml:8: kpi \"mtta\": `direction = \"down\"` needs `target.at-most`; add it, or mend the direction"
)]
#[case(
    "variants/start-up.toml",
    "target = { at-most = 10, stretch = 5 }",
    "direction = \"up\"",
    "variants/start-up.toml:6: kpi \"mtta\": `direction = \"up\"` needs `target.at-least`; add it, or mend the direction"
)]
// The role itself
#[case(
    "role.toml",
    "id = \"junior-sre\"",
    "id = \"junior-sr\"",
    "role.toml:1: the role's id is \"junior-sr\", but its folder is \"junior-sre\"; give both the same name"
)]
#[case(
    "role.toml",
    "version = \"1\"",
    "version = 1",
    "role.toml:3: `version` must be a text, not the number 1; write `version = \"1\"`"
)]
#[case(
    "role.toml",
    "horizon = ",
    "horizon ",
    "role.toml:7: not TOML: key with no value, expected `=`; mend the syntax (see https://toml.io)"
)]
// Excuses
#[case(
    "coverage.toml",
    "ids = [\"service-levels\"]",
    "ids = [\"service-level\"]",
    "coverage.toml:6: not-here 2: `ids` names \"service-level\", but there is no such thing in the pack; did you mean `service-levels`?"
)]
#[case(
    "coverage.toml",
    "\"section:role.outcome\"",
    "\"section:role.outcomes\"",
    "coverage.toml:2: not-here 1: `ids` names \"section:role.outcomes\", which is no table of a pack; did you mean `section:role.outcome`?"
)]
#[case(
    "coverage.toml",
    "because = \"No lab has users yet whose experience could be measured.\"",
    "because = \" \"",
    "coverage.toml:7: not-here 2: `because` is empty; write `because = \"Not trained here because …\"`, or leave the key out if it may be"
)]
fn each_mistake_is_said_with_file_line_and_what_is_allowed(
    #[case] file: &str,
    #[case] from: &str,
    #[case] to: &str,
    #[case] expected: &str,
) {
    assert_eq!(complaints(&edited(&[(file, from, to)])), [format!("junior-sre/{expected}")]);
}

#[test]
fn a_guard_may_be_a_flag_by_its_name() {
    let guarded = |guard: &str| {
        let guards = format!("guards = [\"mtte\", \"{guard}\"]\nfrequency = \"weekly\"");
        complaints(&edited(&[("kpis.toml", "guards = [\"mtte\"]\nfrequency = \"weekly\"", &guards)]))
    };
    assert_eq!(guarded("ack-without-action"), [""; 0]);
    assert_eq!(
        guarded("ack-without-actions"),
        [
            "junior-sre/kpis.toml:15: kpi \"mtta\": `guards` names \"ack-without-actions\", but there is no such kpi; did you mean `ack-without-action`?"
        ]
    );
}

#[test]
fn the_limit_of_a_flag_is_a_setting() {
    let setting = |name: &str| {
        let settings = format!("minimum = 20\nsettings = {{ {name} = 0.2 }}");
        complaints(&edited(&[("kpis.toml", "minimum = 20", &settings)]))
    };
    assert_eq!(setting("recall-lost-limit"), [""; 0]);
    assert_eq!(
        setting("recall-lots-limit"),
        [
            "junior-sre/kpis.toml:47: kpi \"alert-noise\": the measure `alert-noise` has no setting `recall-lots-limit`; did you mean `recall-lost-limit`?"
        ]
    );
}

#[test]
fn an_unknown_setting_is_said_with_those_that_the_measure_has() {
    let files = edited(&[(
        "kpis.toml",
        "measure = \"runbook-improvements\"",
        "measure = \"ticket-throughput\"\nsettings = { reopen-day = 7, reopen-days = \"two\" }",
    )]);
    assert_eq!(
        complaints(&files),
        [
            "junior-sre/kpis.toml:59: kpi \"runbook-improvements\": `settings.reopen-days` must be a number, not the text \"two\"; write `settings = { reopen-days = 14 }`"
        ]
    );
    let files = edited(&[(
        "kpis.toml",
        "measure = \"runbook-improvements\"",
        "measure = \"ticket-throughput\"\nsettings = { reopen-day = 7 }",
    )]);
    assert_eq!(
        complaints(&files),
        [
            "junior-sre/kpis.toml:59: kpi \"runbook-improvements\": the measure `ticket-throughput` has no setting `reopen-day`; did you mean `reopen-days`?"
        ]
    );
}

#[test]
fn a_target_that_the_measure_can_not_show_is_refused() {
    let files = edited(&[(
        "kpis.toml",
        "measure = \"runbook-improvements\"\nwindow-days = 30\ndirection = \"up\"\ntarget = { at-least = 1 }",
        "measure = \"ticket-throughput\"\nwindow-days = 30\ndirection = \"up\"\ntarget = { at-least = -1 }",
    )]);
    assert_eq!(
        complaints(&files),
        [
            "junior-sre/kpis.toml:61: kpi \"runbook-improvements\": `at-least = -1` can't be a figure of the measure `ticket-throughput`; give a number from 0 to 1000000"
        ]
    );
}

#[test]
fn all_that_is_wrong_is_said_at_once_in_order_of_files_and_lines() {
    let files = edited(&[
        ("skills.toml", "class = \"good\"", "clas = \"good\""),
        ("kpis.toml", "minimum = 20", "minimum = \"many\""),
        ("goals.toml", "phase = 90", "phase = 91"),
        ("scorecard.toml", "yes = 0.65", "yes = 1.65"),
    ]);
    assert_eq!(
        complaints(&files),
        [
            "junior-sre/goals.toml:14: goal \"one-alert-better\": `phase = 91` is not known; there are: 30, 60, 90, 180, 365, 730",
            "junior-sre/kpis.toml:46: kpi \"alert-noise\": `minimum` must be a whole number, not the text \"many\"; write `minimum = 0`",
            "junior-sre/scorecard.toml:103: [rule]: `yes = 1.65` is out of range; give a number from 0 to 1",
            "junior-sre/skills.toml:22: skill \"service-levels\": the key `class` is missing; add `class = \"must\"`",
            "junior-sre/skills.toml:25: skill \"service-levels\": the key `clas` is not known here; did you mean `class`?",
        ]
    );
}

#[test]
fn missing_and_unknown_files_are_named() {
    let mut files = files_of("junior-sre");
    files.retain(|(name, _)| name != "kpis.toml");
    files.push(("skill.toml".into(), String::new()));
    files.push(("variants/more/deep.toml".into(), String::new()));
    assert_eq!(
        complaints(&files),
        [
            "junior-sre/kpis.toml: the file is missing; write it; scorecards/roles/README.md says what belongs in it",
            "junior-sre/skill.toml: no part of a role pack has this name; did you mean `skills.toml`?",
            "junior-sre/variants/more/deep.toml: no part of a role pack has this name; there are: role.toml, kpis.toml, skills.toml, scorecard.toml, responsibilities.toml, activities.toml, deliverables.toml, goals.toml, behaviours.toml, tools.toml, environment.toml, stakeholders.toml, … (20 in all)",
        ]
    );
}

#[test]
fn nobody_complains_about_ids_of_a_file_that_could_not_be_read() {
    let files = edited(&[("kpis.toml", "number = 1", "number 1")]);
    assert_eq!(
        complaints(&files),
        ["junior-sre/kpis.toml:5: not TOML: key with no value, expected `=`; mend the syntax (see https://toml.io)"]
    );
}

#[test]
fn what_a_criterion_needs_must_be_there() {
    let mut files = files_of("junior-sre");
    let career = "[[criterion]]\nid = \"c\"\ntitle = \"t\"\nsays = \"s\"\nkpis = [\"mtta\"]\nneeds = { kpis-on-target = 2, dimension-at-least = { calm = 3, communication = 5 }, mastered = [\"calm\"], goals-reached = [\"first-shif\"], more = 1 }\n";
    files.push(("career.toml".into(), career.into()));
    assert_eq!(
        complaints(&files),
        [
            "junior-sre/career.toml:6: criterion \"c\" (needs): `dimension-at-least.communication = 5` is out of range; give a whole number from 1 to 4",
            "junior-sre/career.toml:6: criterion \"c\" (needs): `dimension-at-least` names \"calm\", which is a behaviour, not a dimension; there are: communication, linux-fundamentals, networking-fundamentals, operational-discipline, reliability-thinking, troubleshooting",
            "junior-sre/career.toml:6: criterion \"c\" (needs): `goals-reached` names \"first-shif\", but there is no such goal; did you mean `first-shift`?",
            "junior-sre/career.toml:6: criterion \"c\" (needs): `kpis-on-target = 2`, but the criterion's `kpis` names 1; name more KPIs there, or ask for fewer",
            "junior-sre/career.toml:6: criterion \"c\" (needs): `mastered` names \"calm\", which is a behaviour, not a skill; there are: linux, networking, observability, service-levels",
            "junior-sre/career.toml:6: criterion \"c\" (needs): the key `more` is not known here; there are: dimension-at-least, goals-reached, kpis-on-target, mastered",
        ]
    );
}

#[test]
fn a_summary_names_the_ten_most_important_ones_or_all_there_are() {
    let mut files = files_of("junior-sre");
    files.push(("summary.toml".into(), "skills = [\"linux\", \"networking\"]\nkpis = [\"mtta\"]\n".into()));
    assert_eq!(
        complaints(&files),
        [
            "junior-sre/summary.toml:1: `behaviours` names 0 ids; name 1: the most important ones",
            "junior-sre/summary.toml:1: `responsibilities` names 0 ids; name 3: the most important ones",
            "junior-sre/summary.toml:1: `skills` names 2 ids; name 4: the most important ones",
            "junior-sre/summary.toml:2: `kpis` names 1 ids; name at least 4: the most important ones",
        ]
    );
}

#[test]
fn escalations_may_share_a_step_but_leave_none_out() {
    let step = |id: &str, order: u32| {
        format!("[[escalation]]\nid = \"{id}\"\ntitle = \"t\"\norder = {order}\nto = \"a\"\nwhen = \"b\"\n")
    };
    let with = |steps: &[u32]| {
        let text: String = steps.iter().enumerate().map(|(n, order)| step(&format!("step-{n}"), *order)).collect();
        let mut files = files_of("junior-sre");
        files.push(("stakeholders.toml".into(), text));
        complaints(&files)
    };
    assert_eq!(with(&[1, 2, 3, 3]), [""; 0]);
    assert_eq!(
        with(&[1, 3]),
        [
            "junior-sre/stakeholders.toml:8: escalation \"step-1\": `order = 3`, where 2 is next; number them 1, 2, 3 … without a gap"
        ]
    );
}

#[test]
fn two_variants_that_can_not_go_together_are_found_when_the_pack_is_read() {
    let mut files = files_of("junior-sre");
    let regulated = "id = \"regulated\"\naxis = \"regulation\"\ntitle = \"t\"\nsays = \"s\"\n\n[[kpi]]\nid = \"mtta\"\ndirection = \"up\"\ntarget = { at-least = 1 }\nbecause = \"b\"\n";
    files.push(("variants/regulated.toml".into(), regulated.into()));
    assert_eq!(complaints(&files), [""; 0], "the later axis changes both, so that nothing is left of the other");
    let (_, text) = files.last_mut().unwrap();
    *text = text.replace("direction = \"up\"\ntarget = { at-least = 1 }", "target = { at-least = 4, at-most = 6 }");
    let (_, text) = files.iter_mut().find(|(name, _)| name == "variants/start-up.toml").unwrap();
    *text = text
        .replace("minimum = 4", "minimum = 4\ndirection = \"band\"")
        .replace("at-most = 10, stretch = 5", "at-least = 1, at-most = 10");
    assert_eq!(complaints(&files), [""; 0]);
    let (_, text) = files.last_mut().unwrap();
    *text = text.replace("at-least = 4, at-most = 6", "at-most = 6");
    assert_eq!(
        complaints(&files),
        [
            "junior-sre/variants/regulated.toml:1: variant \"regulated\": with the variants \"start-up\", \"regulated\" the KPI \"mtta\" contradicts itself: `direction = \"band\"` needs `target.at-least`; let one of them change it, or both alike"
        ]
    );
}
