//! `belay sandbox`: what is on the engine, by command; with the server running or without.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use chrono::TimeDelta;
use platform::{
    Platform,
    operations::{Cleared, EngineHealth, Presence, SandboxRow, Stock, UnusedKind},
};
use uuid::Uuid;

use crate::config::{Config, Overrides};

/// `belay sandbox`
#[derive(clap::Subcommand)]
pub enum Sandbox {
    /// Lists what is on the engine, held against what is stored
    Ls {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Ends an attempt: it counts for nothing, and its learner is told
    Kill {
        /// The attempt's id or its sandbox's; the beginning is enough
        id: String,
    },
    /// Clears away what nobody needs: containers of no attempt, old agents, images of labs as they were, empty networks
    Gc {
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
    },
}

/// How long a server that runs is given to end an attempt.
const SERVER_ENDS_WITHIN: Duration = Duration::from_secs(60);

impl Sandbox {
    /// Runs the command.
    ///
    /// # Errors
    /// In words: an id that names nothing, an engine or a database that cannot be reached.
    pub async fn run(self, overrides: &Overrides) -> anyhow::Result<ExitCode> {
        let config = Config::load(overrides, false)?;
        let platform = super::serve::platform(&config).await?;
        match self {
            Self::Ls { json } => {
                let stock = platform.stock().await?;
                let text = if json { serde_json::to_string_pretty(&stock)? } else { list(&stock) };
                super::say(&text)?;
            }
            Self::Kill { id } => {
                let attempt = named(&platform, &id).await?;
                // Whoever has the lock is the server: for the moment that is this command, or it is left to who has it.
                let serving = config.serve_alone()?;
                let attempt = platform.stop(attempt).await?;
                if serving.is_some() {
                    platform.carry_out(attempt).await?;
                } else {
                    ended_by_server(&platform, attempt).await?;
                }
                println!("The attempt {attempt} is ended. Its learner is told, and what was done in it is kept.");
            }
            Self::Gc { dry_run } => {
                let cleared = platform.clear(dry_run).await?;
                super::say(&account(&cleared, dry_run))?;
                if !cleared.kept.is_empty() {
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The attempt or sandbox that somebody means.
async fn named(platform: &Platform, text: &str) -> anyhow::Result<Uuid> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let stock = platform.stock().await?;
    let is = |id: Uuid| !text.is_empty() && id.to_string().starts_with(&text.to_lowercase());
    let mut found: Vec<Uuid> =
        stock.sandboxes.iter().filter(|row| is(row.attempt) || is(row.sandbox)).map(|row| row.attempt).collect();
    found.dedup();
    match found[..] {
        [one] => Ok(one),
        [] => bail!("nothing that is in use begins with {text}; `belay sandbox ls` shows what there is"),
        _ => bail!("{} attempts begin with {text}: write more of the id", found.len()),
    }
}

/// The server sees what is marked within a second.
async fn ended_by_server(platform: &Platform, attempt: Uuid) -> anyhow::Result<()> {
    let began = Instant::now();
    while !platform.is_over(attempt).await.context("the attempt can't be looked at any more")? {
        if began.elapsed() > SERVER_ENDS_WITHIN {
            bail!("it is marked to be ended, but the server has not done so yet; its log says why");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

fn list(stock: &Stock) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(text.trim_end());
        out.push('\n');
    };
    match &stock.engine {
        EngineHealth::Well { name, memory, cpus } => {
            line(format!("Engine    {name}, {cpus} processors, {} MiB", memory >> 20));
        }
        EngineHealth::Trouble(words) => line(format!("Engine    does not work: {words}")),
    }
    if let Some(free) = stock.room.memory_free {
        line(format!("Memory    {} MiB free", free >> 20));
    }
    if stock.waiting > 0 {
        line(format!("Queue     {} wait for a place", stock.waiting));
    }
    for row in &stock.pool {
        line(format!("Pool      {}: {} of {} ready", row.lab, row.ready, row.target));
    }
    line(String::new());
    if stock.sandboxes.is_empty() {
        line("Nobody has a machine.".into());
    } else {
        line(format!(
            "{:<36}  {:<20}  {:<28}  {:<10}  {:<10}  {:>7}  {:>7}  NODE",
            "ATTEMPT", "LEARNER", "LAB", "STATE", "ENGINE", "AGE", "MIB"
        ));
        for row in &stock.sandboxes {
            line(format!(
                "{:<36}  {:<20}  {:<28}  {:<10}  {:<10}  {:>7}  {:>7}  {}",
                row.attempt.to_string(),
                row.learner,
                row.lab,
                row.state,
                presence(row),
                age(row.age(stock.at)),
                row.memory.map_or_else(|| "-".into(), |bytes| (bytes >> 20).to_string()),
                row.node
            ));
        }
    }
    let leftovers = stock.leftovers.len() + stock.unused.len();
    if leftovers > 0 {
        line(String::new());
        line(format!("{leftovers} leftovers; `belay sandbox gc --dry-run` names them."));
    }
    out
}

fn presence(row: &SandboxRow) -> &'static str {
    match row.presence {
        Presence::Running => "running",
        Presence::Coming => "coming",
        Presence::Ended => "ENDED",
        Presence::Missing => "MISSING",
        Presence::Elsewhere => "elsewhere",
        Presence::Unknown => "unknown",
    }
}

fn age(age: TimeDelta) -> String {
    match (age.num_hours(), age.num_minutes()) {
        (0, 0) => format!("{} s", age.num_seconds()),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours}:{:02} h", minutes % 60),
    }
}

fn account(cleared: &Cleared, dry: bool) -> String {
    let mut lines: Vec<String> = cleared.containers.iter().map(|id| format!("container  {id}")).collect();
    lines.extend(cleared.unused.iter().map(|unused| {
        let kind = match unused.kind {
            UnusedKind::Agent => "agent",
            UnusedKind::Image => "image",
            UnusedKind::Network => "network",
        };
        format!("{kind:<9}  {}", unused.name)
    }));
    lines.extend(cleared.kept.iter().map(|kept| format!("stays      {kept}")));
    let count = cleared.count();
    lines.push(match (count, dry) {
        (0, _) => "Nothing to clear away.".into(),
        (count, true) => format!("{count} would go."),
        (count, false) => format!("{count} removed."),
    });
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_names_each_thing_and_how_many() {
        let cleared =
            Cleared { containers: vec!["c1".into()], kept: vec!["x: it is in use".into()], ..Cleared::default() };
        let text = account(&cleared, false);
        assert!(
            text.contains("container  c1") && text.contains("stays      x") && text.ends_with("1 removed."),
            "{text}"
        );
        assert_eq!(account(&Cleared::default(), true), "Nothing to clear away.");
    }

    #[test]
    fn an_age_is_short() {
        assert_eq!(age(TimeDelta::seconds(12)), "12 s");
        assert_eq!(age(TimeDelta::minutes(5)), "5 min");
        assert_eq!(age(TimeDelta::minutes(125)), "2:05 h");
    }
}
