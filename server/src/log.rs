//! The log: to standard error, for people or for a program that collects it.
//!
//! Each line about an attempt stands in a span that carries the attempt, its lab and its sandbox, whoever wrote the
//! line; each line about a request in one that carries the request's id.

use std::io::IsTerminal;

use anyhow::bail;
use tracing_subscriber::EnvFilter;

/// What is logged where nothing is said (`BELAY_LOG`).
const DEFAULT: &str = "info,bollard=warn,sqlx=warn,tower_sessions=warn,leptos=warn";

/// Starts it, as `BELAY_LOG` and `BELAY_LOG_FORMAT` say.
///
/// # Errors
/// In words: a format that there is not.
pub fn start() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_env("BELAY_LOG").unwrap_or_else(|_| DEFAULT.into());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match std::env::var("BELAY_LOG_FORMAT").unwrap_or_default().as_str() {
        "" | "text" => log.with_ansi(std::io::stderr().is_terminal()).with_target(false).init(),
        // One object a line; `spans` holds those around it, the outermost first.
        "json" => log.json().flatten_event(true).with_current_span(false).with_span_list(true).init(),
        other => bail!("BELAY_LOG_FORMAT={other} is no format: write text or json"),
    }
    Ok(())
}
