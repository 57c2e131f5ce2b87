//! The figures of the judgement's own bench, which `server/setup/bench.sh` runs beforehand.

use std::fs;

use anyhow::Context;
use serde_json::Value;

use crate::{Measured, report::Figure};

/// The largest size it measured.
pub fn figures() -> Measured {
    let path =
        std::env::var("BELAY_BENCH_KPI").context("BELAY_BENCH_KPI does not name its output: use `make bench`")?;
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    let line = text.lines().rev().find(|line| line.starts_with('{')).context("its last line is no JSON")?;
    let all: Value = serde_json::from_str(line)?;
    let row = all["rows"].as_array().and_then(|rows| rows.last()).context("it has measured nothing")?;
    let (people, days, events) = (&row["people"], &row["days"], &row["events"]);
    let of = format!("{people} people with {days} days of work, {events} events, all KPIs in three series");
    let figure = |id: &str, key: &str, unit: &str, what: &str| {
        let value = row[key].as_f64();
        let value = if unit == "MiB" { value.map(|kib| kib / 1024.0) } else { value };
        Figure::new(format!("kpi.{id}"), value, unit, format!("{what}; {of}; one run, wall time of one thread"))
    };
    Ok(vec![
        figure("add_ms", "add_ms", "ms", "taking in all events"),
        figure("scratch_ms", "figures_ms", "ms", "all figures of everybody from scratch"),
        figure("day_add_ms", "day_add_ms", "ms", "taking in the events of one more day"),
        figure("day_ms", "day_figures_ms", "ms", "all figures after one more day"),
        figure("again_ms", "again_ms", "ms", "all figures asked for again"),
        figure("peak_mib", "peak_kib", "MiB", "the most memory held"),
    ])
}
