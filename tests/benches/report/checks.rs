//! A run of a lab's checks.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::ensure;

use crate::{
    Measured, Plan,
    report::Figure,
    stats::{median, ms, ratio},
    world::World,
};

/// How many runs there are.
const RUNS: usize = 40;

pub async fn measure(world: &mut World, plan: &Plan) -> Measured {
    let runs = plan.count(RUNS, 5);
    let attempt = world.running().await?;
    let (mut checks, mut execs) = (Vec::new(), Vec::new());
    for run in 0..=runs {
        let began = Instant::now();
        let answer = attempt.person.post("/fn/check_now", &format!("attempt={}", attempt.id)).await;
        let check = ms(began.elapsed());
        let passed = answer.body.matches("\"Passed\"").count();
        ensure!(passed == 8, "{passed} of 8 checks passed: {}", answer.body);
        let began = Instant::now();
        let status = Command::new("docker").args(["exec", &attempt.container, "true"]).stdin(Stdio::null()).status()?;
        let exec = ms(began.elapsed());
        ensure!(status.success(), "docker exec true: {status}");
        if run > 0 {
            checks.push(check);
            execs.push(exec);
        }
    }
    world.end(attempt).await?;
    let turns = format!("medians of {runs} runs by turns");
    Ok(vec![
        Figure::new(
            "checks.ratio",
            ratio(median(&checks), median(&execs)),
            "ratio",
            format!(
                "eight probes asked for and stored by POST /fn/check_now ÷ one `docker exec true` by Docker's client; {turns}"
            ),
        ),
        Figure::new("checks.run.p50_ms", median(&checks), "ms", format!("eight probes by POST /fn/check_now; {turns}")),
        Figure::new("checks.exec.p50_ms", median(&execs), "ms", format!("`docker exec true`; {turns}")),
    ])
}
