//! `make bench`: how fast Belay is, as ratios within one run wherever another program can be asked to do the same.
//!
//! A release build of the server with its real configuration (real Docker, HTTP and WebSockets with a session's cookie,
//! SQLite) is started on a free port with a lab of the bench's own, and used as browsers would use it. The two sides of a
//! ratio take turns (A B A B …), so that whatever the machine does meanwhile hits both. A percentile is the smallest
//! sample that is not below so many of all (nearest rank); nothing is left out or interpolated.
//!
//!     BELAY_BENCH_SIZE   a part of all counts, as in 0.1 for a quick try; 1 by default
//!     BELAY_BENCH_ONLY   these parts alone, by comma: start,echo,throughput,checks,terminals,kpi
//!     BELAY_BENCH_KPI    the output of the bench `kpi` of scorecards, whose figures go into the report
//!
//! Writes `target/bench/report.json`, or `part.json` where parts were left out, and fails if a limit is broken or a figure
//! could not be measured. `server/setup/bench.sh` builds what it needs.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints what it measured")]

mod checks;
mod direct;
mod echo;
mod kpi;
mod lab;
mod processes;
mod report;
mod socket;
mod start;
mod stats;
mod terminals;
mod throughput;
mod world;

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::{
    report::{Figure, Report},
    world::World,
};

/// What a part gives, or why it could not.
type Measured = anyhow::Result<Vec<Figure>>;

/// How much is measured, and what.
struct Plan {
    size: f64,
    only: Option<Vec<String>>,
}

impl Plan {
    fn read() -> anyhow::Result<Self> {
        let size = match std::env::var("BELAY_BENCH_SIZE") {
            Ok(size) => size.parse().ok().filter(|size| (0.001..=10.0).contains(size)),
            Err(_) => Some(1.0),
        };
        let size = size.ok_or_else(|| anyhow::anyhow!("BELAY_BENCH_SIZE is a number from 0.001 to 10, as in 0.1"))?;
        let only: Option<Vec<String>> = std::env::var("BELAY_BENCH_ONLY").ok().map(|parts| {
            parts.split(',').map(|part| part.trim().to_string()).filter(|part| !part.is_empty()).collect()
        });
        for part in only.iter().flatten() {
            anyhow::ensure!(
                report::PARTS.contains(&part.as_str()),
                "there is no part `{part}`; there are: {}",
                report::PARTS.join(", ")
            );
        }
        Ok(Self { size, only: only.filter(|parts| !parts.is_empty()) })
    }

    /// A count, cut to the size of this run.
    fn count(&self, whole: usize, least: usize) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "small counts"
        )]
        let count = (whole as f64 * self.size).round() as usize;
        count.max(least)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.iter().any(|wanted| wanted == part))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // `cargo test --all-targets` runs it without; there is nothing to test without a release build and a quiet machine.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let plan = match Plan::read() {
        Ok(plan) => plan,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut report = Report::new();
    let mut stop = signal(SignalKind::terminate()).expect("SIGTERM can be listened for");
    let told_to_stop = tokio::select! {
        () = measure(&plan, &mut report) => false,
        _ = tokio::signal::ctrl_c() => true,
        _ = stop.recv() => true,
    };
    if told_to_stop {
        eprintln!("stopped; what it made is removed");
        return ExitCode::FAILURE;
    }
    report.expect_all(|part| plan.wants(part));
    print!("{}", report.table());
    match report.write(plan.only.is_none() && plan.size >= 1.0) {
        Ok(path) => println!("\n{}", path.display()),
        Err(error) => {
            eprintln!("the report can't be written: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn measure(plan: &Plan, report: &mut Report) {
    if plan.wants("kpi") {
        report.take("kpi", kpi::figures());
    }
    if !report::PARTS.iter().any(|part| *part != "kpi" && plan.wants(part)) {
        return;
    }
    let mut world = match World::make().await {
        Ok(world) => world,
        Err(error) => return eprintln!("the server under test can't be used: {error:#}"),
    };
    for part in report::PARTS.iter().filter(|part| **part != "kpi" && plan.wants(part)) {
        eprintln!("measuring {part}");
        let measured = match *part {
            "start" => start::measure(&mut world, plan).await,
            "echo" => echo::measure(&mut world, plan).await,
            "throughput" => throughput::measure(&mut world, plan).await,
            "checks" => checks::measure(&mut world, plan).await,
            _ => terminals::measure(&mut world, plan).await,
        };
        if measured.is_err() {
            eprintln!("{}", world.last_words());
        }
        report.take(part, measured);
    }
}
