//! What is stored of labs that were: it must be read, and mean what it meant.

use scorecards::{
    marking::Marking,
    score::{Outcome, score},
    signal::{Deed, Done, Form, Pattern, Ran},
};

use crate::support::{command, story};

/// A marking as the first version wrote it.
const OLD: &str = r#"{
  "checks": [{"id": "site", "title": "The site answers", "points": 4, "required": true, "dimension": "troubleshooting"}],
  "signals": [
    {"id": "validated", "title": "Checked first", "points": 2, "dimension": "operational-discipline", "pattern": {
      "expect": {"ran": ["nginx -t", "nginx -T"], "exit": 0, "args": null, "before": ["@restart nginx"], "after": []}}},
    {"id": "looked", "title": "Asked the site", "points": 1, "dimension": "operational-discipline", "pattern": {
      "expect": {"ran": ["curl"], "exit": null, "args": null, "before": [], "after": ["@restart nginx", "@kill *"]}}},
    {"id": "opened", "title": "Opened to all", "points": -3, "dimension": "operational-discipline", "pattern": {
      "forbid": {"ran": ["chmod"], "exit": null, "args": "^0?777$", "before": [], "after": []}}}
  ],
  "hints": [1, 2]
}"#;

#[test]
fn an_old_marking_is_read_and_means_what_it_meant() {
    let marking: Marking = serde_json::from_str(OLD).unwrap();
    assert!(marking.kpis.is_empty());
    let Pattern::Expect(Form::Done(Done { deed, times: 1, when })) = &marking.signals[0].pattern else {
        panic!("{:?}", marking.signals[0])
    };
    let ran = vec![command("nginx -t"), command("nginx -T")];
    assert_eq!(*deed, Deed::Ran(Ran { ran, exit: Some(0), args: None, without: Vec::new() }));
    assert_eq!(when.before, [Deed::ran(vec![command("@restart nginx")]).into()]);

    let result = score(&marking, &story("1 nginx -t; 2 systemctl restart nginx; 3 curl x; 4 chmod 777 x"));
    let outcomes: Vec<Outcome> = result.lines.iter().map(|line| line.outcome).collect();
    assert_eq!(outcomes, [Outcome::NotObserved, Outcome::Earned, Outcome::Earned, Outcome::Cost]);
    assert_eq!((result.passed, result.points), (None, 0));
}

#[test]
fn what_is_stored_reads_as_it_is_written_in_a_lab() {
    let marking: Marking = serde_json::from_str(OLD).unwrap();
    let stored = serde_json::to_value(&marking).unwrap();
    assert_eq!(
        stored["signals"][0]["pattern"],
        serde_json::json!({"expect": {"ran": ["nginx -t", "nginx -T"], "exit": 0, "before": ["@restart nginx"]}})
    );
    assert_eq!(serde_json::from_value::<Marking>(stored).unwrap(), marking);
}
