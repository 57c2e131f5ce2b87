//! `belay`: learning paths, troubleshooting labs, and the evidence of how the work was done.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use server::{
    command::{doctor, image, kpi, lab, role, sandbox, serve, user},
    config::Overrides,
};

/// Learning paths and troubleshooting labs for infrastructure engineers.
#[derive(Parser)]
#[command(version, about)]
struct Belay {
    #[command(flatten)]
    overrides: Overrides,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the site
    Serve(serve::Serve),
    /// Accounts
    #[command(subcommand)]
    User(user::User),
    /// Labs: write, check, prove, try, look at, import, judge again
    #[command(subcommand)]
    Lab(lab::Lab),
    /// What the KPIs say of a person
    Kpi(kpi::Kpi),
    /// Roles: list, lint, coverage
    #[command(subcommand)]
    Role(role::Role),
    /// What is on the engine: list, end, clear away
    #[command(subcommand)]
    Sandbox(sandbox::Sandbox),
    /// The images of boxes
    #[command(subcommand)]
    Image(image::Image),
    /// Says what is present, what is missing, and how to mend it
    Doctor(doctor::Doctor),
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers()).enable_all().build();
    match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(run());
            // What still waits for a key at the terminal waits for nothing any more.
            runtime.shutdown_background();
            ended
        }
        Err(error) => {
            eprintln!("belay: its threads can't be started: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How many threads do what is quick; what takes long has threads of its own. Half of the processors, for the boxes need
/// the others, and because a key's way through the server is short: a second thread that is idle would be woken at each
/// step of it to look for work, which takes longer than the work.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| processors.get().div_ceil(2))
}

async fn run() -> ExitCode {
    if let Err(error) = server::log::start() {
        eprintln!("belay: {error:#}");
        return ExitCode::FAILURE;
    }
    let Belay { overrides, command } = Belay::parse();
    let ended = match command {
        Command::Serve(serve) => serve.run(&overrides).await,
        Command::User(user) => user.run(&overrides).await,
        Command::Lab(lab) => lab.run(&overrides).await,
        Command::Kpi(kpi) => kpi.run(&overrides).await,
        Command::Role(role) => role.run(&overrides),
        Command::Sandbox(sandbox) => sandbox.run(&overrides).await,
        Command::Image(image) => image.run(&overrides).await,
        Command::Doctor(doctor) => doctor.run(&overrides).await,
    };
    ended.unwrap_or_else(|error| {
        // The words are for whoever typed the command; a backtrace is not.
        eprintln!("belay: {error:#}");
        ExitCode::FAILURE
    })
}
