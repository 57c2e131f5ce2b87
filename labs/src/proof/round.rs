//! One seed's part of a proof.

use std::{fmt::Display, sync::Arc, time::Instant};

use scorecards::{
    event::{Event, Verdict},
    score::{About, AttemptResult, Line, Outcome as Scored, score},
    signal::{Pattern, Record, look},
};
use uuid::Uuid;
use wire::Run;

use super::{Round, about, about_id};
use crate::{
    catalog::{Lab, Problem, Vars},
    grader::{self, Outcome, Scope},
    sandbox::{
        self, Engine, Hosts, Identity, StartError,
        start::{end_of_output, how_it_ended},
    },
    trial::{self, Trial},
};

struct Proving<'a> {
    engine: &'a Arc<dyn Engine>,
    lab: &'a Arc<Lab>,
    vars: Vars,
    instance: &'a str,
    round: Round,
    problems: Vec<Problem>,
}

pub(super) async fn prove(
    engine: &Arc<dyn Engine>,
    lab: &Arc<Lab>,
    seed: u64,
    instance: &str,
) -> (Round, Vec<Problem>) {
    let mut proving = Proving::new(engine, lab, seed, instance);
    // A lab whose box does not start needs no second try.
    if let Some(hosts) = proving.start().await {
        proving.untouched(&hosts).await;
        proving.remove(&hosts).await;
        if let Some(hosts) = proving.start().await {
            proving.solved(&hosts).await;
            proving.remove(&hosts).await;
        }
    }
    (proving.round, proving.problems)
}

/// Whether every required check passes once the lab's solution has run, however that ended. `Err` where that can't be said.
pub(super) async fn passes(
    engine: &Arc<dyn Engine>,
    lab: &Arc<Lab>,
    seed: u64,
    instance: &str,
) -> Result<bool, String> {
    let mut proving = Proving::new(engine, lab, seed, instance);
    let Some(hosts) = proving.start().await else {
        return Err(proving.problems.pop().map(|problem| problem.what).unwrap_or_default());
    };
    if let Err(what) = proving.can_be_read(&hosts).await {
        proving.remove(&hosts).await;
        return Err(what);
    }
    // A solution that lacks a line may well say so itself.
    proving.solve(&hosts).await;
    let outcomes = grader::run(&hosts, lab, &proving.vars, Scope::Closing).await;
    proving.remove(&hosts).await;
    let required = |outcome: &&Outcome| lab.checks.iter().any(|check| check.id == outcome.check && check.required);
    if let Some(broken) = outcomes.iter().find(|outcome| outcome.verdict == Verdict::Broken) {
        return Err(format!("the check \"{}\" could not be made: {}", broken.check, broken.feedback));
    }
    Ok(outcomes.iter().filter(required).all(|outcome| outcome.verdict == Verdict::Passed))
}

impl<'a> Proving<'a> {
    fn new(engine: &'a Arc<dyn Engine>, lab: &'a Arc<Lab>, seed: u64, instance: &'a str) -> Self {
        let vars = lab.draw(seed);
        let round = Round { seed, drawn: vars.0.clone(), ..Round::default() };
        Self { engine, lab, vars, instance, round, problems: Vec::new() }
    }

    async fn start(&mut self) -> Option<Hosts> {
        let began = Instant::now();
        #[expect(clippy::disallowed_methods, reason = "a proof is nobody's attempt: these ids are in no record")]
        let sandboxes = self.lab.hosts.iter().map(|_| Uuid::now_v7()).collect();
        let identity = Identity { sandboxes, attempt: None, instance: self.instance.into(), warm: None };
        match sandbox::start(Arc::clone(self.engine), Arc::clone(self.lab), &self.vars, identity).await {
            Ok(hosts) => {
                self.round.start = began.elapsed();
                Some(hosts)
            }
            Err(error) => {
                let script = match &error {
                    StartError::Setup { script, .. } => script.clone(),
                    _ => String::new(),
                };
                self.wrong(
                    &script,
                    format!("the box does not start: {error}"),
                    "mend the script, [sandbox] or the engine",
                );
                None
            }
        }
    }

    async fn remove(&mut self, hosts: &Hosts) {
        if let Err(error) = hosts.remove().await {
            tracing::warn!(sandbox = %hosts.first().id, %error, "a proof's sandbox could not be removed");
        }
    }

    /// Nothing is done: no required check may pass.
    async fn untouched(&mut self, hosts: &Hosts) {
        let began = Instant::now();
        let outcomes = grader::run(hosts, self.lab, &self.vars, Scope::Closing).await;
        self.round.untouched = began.elapsed();
        for outcome in outcomes {
            let required = self.lab.checks.iter().any(|check| check.id == outcome.check && check.required);
            match outcome.verdict {
                Verdict::Passed if required => self.wrong_id(
                    &outcome.check,
                    format!("the check \"{}\" passes in the untouched box: {}", outcome.check, outcome.feedback),
                    "let setup.sh break what it asks for, let it need a check that fails there, or let it not be required",
                ),
                Verdict::Broken => self.broken(&outcome),
                _ => {}
            }
        }
    }

    /// The solution stands for the learner: every check must pass, and the signals must be as they should.
    async fn solved(&mut self, hosts: &Hosts) {
        if let Err(error) = hosts.handover().await {
            return self.wrong("", format!("the box can't be handed over: {error}"), "look at the agent");
        }
        let trial = Trial::begin(hosts);
        let began = Instant::now();
        let solved = self.solve(hosts).await;
        self.round.solution = began.elapsed();
        if !solved {
            return;
        }
        let began = Instant::now();
        let outcomes = grader::run(hosts, self.lab, &self.vars, Scope::Closing).await;
        self.round.closing = began.elapsed();
        for outcome in &outcomes {
            match outcome.verdict {
                Verdict::Passed => {}
                Verdict::Broken => self.broken(outcome),
                Verdict::Failed | Verdict::Blocked => self.wrong_id(
                    &outcome.check,
                    format!("the check \"{}\" does not pass after the solution: {}", outcome.check, outcome.feedback),
                    "mend solution.sh or the check",
                ),
            }
        }
        match trial.end(hosts, &outcomes).await {
            Ok(happened) => self.signals(&happened),
            Err(error) => {
                let what = format!("the journal did not come in whole: {error}");
                self.wrong("", what, "look at the agent");
            }
        }
    }

    /// That the interpreters of the solution can read it: what is no script fails for a reason that tells nothing.
    async fn can_be_read(&self, hosts: &Hosts) -> Result<(), String> {
        for (host, sandbox) in self.lab.hosts.iter().zip(hosts.iter()) {
            let Some(solution) = &host.solution else { continue };
            let Some(argv) = solution.reading() else { continue };
            let run = Run { argv, ..trial::as_learner(host, solution, &self.vars) };
            match sandbox.run(run).await {
                Ok(result) if result.succeeded() => {}
                Ok(result) => {
                    return Err(format!(
                        "without this line {} is no script any more: {}",
                        solution.path,
                        end_of_output(&result)
                    ));
                }
                Err(error) => return Err(format!("{} could not be looked at: {error}", solution.path)),
            }
        }
        Ok(())
    }

    /// Does what the reference solution does, host by host. Whether it could be done.
    async fn solve(&mut self, hosts: &Hosts) -> bool {
        let lab = Arc::clone(self.lab);
        for (host, sandbox) in lab.hosts.iter().zip(hosts.iter()) {
            let Some(solution) = &host.solution else { continue };
            match sandbox.run(trial::as_learner(host, solution, &self.vars)).await {
                Ok(result) if result.succeeded() => {}
                Ok(result) => {
                    let what = format!("the solution {}: {}", how_it_ended(&result), end_of_output(&result));
                    self.wrong(&solution.path, what, "mend it");
                    return false;
                }
                Err(error) => {
                    self.wrong(&solution.path, format!("the solution could not be run: {error}"), "try again");
                    return false;
                }
            }
        }
        true
    }

    fn signals(&mut self, happened: &[Event]) {
        let result = score(&self.lab.marking(), happened);
        let record = Record::new(happened);
        self.round.points = (result.points, result.possible);
        if result.lost > 0 {
            self.wrong(
                "",
                format!("the ledger lost {} entries", result.lost),
                "let the solution run fewer programs, or look at the agent",
            );
        }
        let lab = Arc::clone(self.lab);
        for signal in &lab.signals {
            let line = line_of(&result, &signal.id);
            match (&signal.pattern, line.map(|line| line.outcome)) {
                (Pattern::Expect(_), Some(Scored::Earned)) | (Pattern::Forbid(_), Some(Scored::Clean)) => {}
                (Pattern::Expect(_), _) if signal.proven => self.wrong_id(
                    &signal.id,
                    format!(
                        "the solution does not earn the signal \"{}\": {}",
                        signal.id,
                        look(&signal.pattern, &record).why
                    ),
                    "let solution.sh do it, mend the pattern, or say `proven = false`",
                ),
                (Pattern::Expect(_), _) => self.round.unshown.push(signal.id.clone()),
                (Pattern::Forbid(_), _) => {
                    let seen = line.and_then(|line| line.evidence.first()?.command.clone()).unwrap_or_default();
                    self.wrong_id(
                        &signal.id,
                        format!("the solution does what the signal \"{}\" forbids: {seen}", signal.id),
                        "mend solution.sh or the pattern",
                    );
                }
            }
        }
    }

    fn broken(&mut self, outcome: &Outcome) {
        let what = format!("the check \"{}\" could not be made: {}", outcome.check, outcome.feedback);
        self.wrong_id(&outcome.check, what, "mend its script, or look at the agent");
    }

    fn wrong(&mut self, file: &str, what: impl Display, remedy: &str) {
        let what = format!("seed {}: {what}", self.round.seed);
        self.problems.push(about(self.lab, file, what, remedy));
    }

    fn wrong_id(&mut self, id: &str, what: impl Display, remedy: &str) {
        let what = format!("seed {}: {what}", self.round.seed);
        self.problems.push(about_id(self.lab, id, what, remedy));
    }
}

fn line_of<'r>(result: &'r AttemptResult, signal: &str) -> Option<&'r Line> {
    result.lines.iter().find(|line| line.about == About::Signal && line.id == signal)
}
