//! Makes a lab's checks in a sandbox.

use std::{collections::HashMap, time::Duration};

use futures::future::join_all;
use scorecards::event::Verdict;
use tokio::time::{Instant, sleep};
use wire::{Observation, Place, Probe, Run};

use super::{
    Outcome, Scope,
    fill::probe,
    judge::{broken, judge},
};
use crate::{
    catalog::{Check, Lab, Script, Test, Vars},
    sandbox::{Hosts, Sandbox},
};

/// How long a check's script may take, in milliseconds.
const SCRIPT_MS: u64 = 30_000;

/// How long services have to come up after a restart, and how often they are looked at meanwhile.
const SETTLES_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Makes a lab's checks, in the lab's order. It does not fail: what could not be made is [`Verdict::Broken`].
pub async fn run(hosts: &Hosts, lab: &Lab, vars: &Vars, scope: Scope) -> Vec<Outcome> {
    let grader = Grader { hosts, lab, vars, scope };
    let mut outcomes = Outcomes::default();
    grader.make(|check| !check.after_reboot, &mut outcomes).await;
    if scope == Scope::Closing {
        grader.after_reboot(&mut outcomes).await;
    }
    lab.checks.iter().filter_map(|check| outcomes.0.remove(&check.id)).collect()
}

struct Grader<'a> {
    hosts: &'a Hosts,
    lab: &'a Lab,
    vars: &'a Vars,
    scope: Scope,
}

/// Outcomes by the checks' ids.
#[derive(Default)]
struct Outcomes(HashMap<String, Outcome>);

impl Grader<'_> {
    /// Makes these checks: what they need first, and all probes at once.
    async fn make(&self, these: impl Fn(&Check) -> bool, outcomes: &mut Outcomes) {
        let mut open: Vec<&Check> = self.lab.checks.iter().filter(|check| these(check)).collect();
        let mut seen = self.probe(&open).await;
        // Each round makes what waits for nothing any more. The catalogue has seen to it that there are no
        // circles; a round in which nothing is made would be one, and ends it.
        while !open.is_empty() {
            let waits = |check: &Check| check.needs.iter().any(|need| open.iter().any(|other| other.id == *need));
            let (later, now): (Vec<&Check>, Vec<&Check>) = open.iter().partition(|check| waits(check));
            if now.is_empty() {
                break;
            }
            for check in now {
                let outcome = match self.held_up(check, outcomes) {
                    Some(outcome) => outcome,
                    None => self.one(check, seen.remove(&check.id)).await,
                };
                outcomes.0.insert(check.id.clone(), outcome);
            }
            open = later;
        }
    }

    /// Restarts the boxes once and makes the checks that ask for it, again and again for as long as its services
    /// may still be coming up.
    async fn after_reboot(&self, outcomes: &mut Outcomes) {
        let checks: Vec<&Check> = self.lab.checks.iter().filter(|check| check.after_reboot).collect();
        let before = |check: &Check| !check.after_reboot;
        let worth_it = checks.iter().any(|check| {
            let earlier = self.lab.checks.iter().filter(|other| before(other) && check.needs.contains(&other.id));
            earlier.into_iter().all(|need| outcomes.passed(&need.id))
        });
        if worth_it && let Err(error) = self.hosts.reboot().await {
            tracing::warn!(sandbox = %self.hosts.first().id, %error, "the box could not be restarted");
            for check in checks {
                outcomes.0.insert(check.id.clone(), could_not(check, "the box could not be restarted"));
            }
            return;
        }
        let deadline = Instant::now() + SETTLES_WITHIN;
        loop {
            for check in &checks {
                outcomes.0.remove(&check.id);
            }
            self.make(|check| check.after_reboot, outcomes).await;
            let settled = checks.iter().all(|check| outcomes.passed(&check.id));
            if settled || !worth_it || Instant::now() >= deadline {
                return;
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// What to say of a check that is not made, because of one that it needs.
    fn held_up(&self, check: &Check, outcomes: &Outcomes) -> Option<Outcome> {
        let need = check.needs.iter().find(|need| !outcomes.passed(need))?;
        let title = self.lab.checks.iter().find(|other| other.id == *need).map_or(need.as_str(), |other| &other.title);
        // A check that could not be made for our fault costs nothing, and neither does one that waits for it.
        if outcomes.0.get(need).is_some_and(|outcome| outcome.verdict == Verdict::Broken) {
            return Some(could_not(check, &format!("\"{title}\" could not be checked")));
        }
        Some(waits(check, title))
    }

    /// The observations of all probes among these checks, by their ids.
    async fn probe(&self, checks: &[&Check]) -> HashMap<String, Observation> {
        let hosts = self.hosts.iter().enumerate().map(|(host, sandbox)| {
            let of_host = checks.iter().filter(move |check| check.host == host);
            let (ids, probes): (Vec<String>, Vec<_>) =
                of_host.filter_map(|check| Some((check.id.clone(), probe(check, self.vars)?))).unzip();
            probe_host(sandbox, ids, probes)
        });
        join_all(hosts).await.into_iter().flatten().collect()
    }

    async fn one(&self, check: &Check, probed: Option<Observation>) -> Outcome {
        let observation = match (&check.test, probed) {
            (Test::Script { script, inside }, _) => self.script(check.host, script, *inside).await,
            (Test::Probe(_), Some(observation)) => observation,
            (Test::Probe(_), None) => return could_not(check, "its probe was not made"),
        };
        let (verdict, seen) = judge(check, &observation, self.vars);
        let feedback = if verdict == Verdict::Failed { self.told(check, seen) } else { seen };
        if verdict == Verdict::Broken {
            tracing::warn!(sandbox = %self.hosts.first().id, lab = self.lab.id, check = check.id, ?observation, "a check could not be made");
        }
        let observation = serde_json::to_value(&observation).unwrap_or_default();
        Outcome { check: check.id.clone(), verdict, feedback, observation }
    }

    /// What a learner is told of a check that failed. While they work, the lab's own words, which point and don't tell;
    /// at the end also what was seen, from which they learn.
    fn told(&self, check: &Check, seen: String) -> String {
        match (&check.feedback, self.scope) {
            (None, _) => seen,
            (Some(own), Scope::Live) => self.vars.fill(own),
            (Some(_), Scope::Closing) => told_at_the_end(check, self.vars, seen),
        }
    }

    async fn script(&self, host: usize, script: &Script, inside: bool) -> Observation {
        let Some(sandbox) = self.hosts.at(host) else {
            return Observation::Failed { error: format!("there is no host {host} any more") };
        };
        let (place, root) = if inside { (Place::Inside, "") } else { (Place::Beside, "/box") };
        let mut env = self.vars.env();
        env.insert("BOX".into(), root.into());
        let run = Run {
            argv: script.argv(),
            env,
            stdin: String::new(),
            user: "root".into(),
            place,
            as_learner: false,
            limit_ms: SCRIPT_MS,
        };
        match sandbox.run(run).await {
            Ok(result) => Observation::Command(result),
            Err(error) => Observation::Failed { error: error.to_string() },
        }
    }
}

/// The observations of one host's probes, by the checks' ids.
async fn probe_host(sandbox: &Sandbox, ids: Vec<String>, probes: Vec<Probe>) -> Vec<(String, Observation)> {
    if probes.is_empty() {
        return Vec::new();
    }
    match sandbox.probe(probes).await {
        Ok(observations) => ids.into_iter().zip(observations).collect(),
        Err(error) => {
            tracing::warn!(sandbox = %sandbox.id, %error, "the probes could not be made");
            let failed = |id| (id, Observation::Failed { error: error.to_string() });
            ids.into_iter().map(failed).collect()
        }
    }
}

impl Outcomes {
    fn passed(&self, id: &str) -> bool {
        self.0.get(id).is_some_and(|outcome| outcome.verdict == Verdict::Passed)
    }
}

/// What is said of a failed check at the end.
pub(super) fn told_at_the_end(check: &Check, vars: &Vars, seen: String) -> String {
    match &check.feedback {
        None => seen,
        Some(own) => format!("{} What was seen: {seen}", vars.fill(own)),
    }
}

/// The outcome of a check that is not made, because another one, of this title, has failed.
pub(super) fn waits(check: &Check, title: &str) -> Outcome {
    Outcome {
        check: check.id.clone(),
        verdict: Verdict::Blocked,
        feedback: format!("Waits for: {title}"),
        observation: serde_json::Value::Null,
    }
}

fn could_not(check: &Check, reason: &str) -> Outcome {
    Outcome {
        check: check.id.clone(),
        verdict: Verdict::Broken,
        feedback: broken(reason),
        observation: serde_json::Value::Null,
    }
}
