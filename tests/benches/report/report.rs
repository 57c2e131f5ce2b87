//! The report: figures with their limits and methods, as a table and as JSON.

use std::{fmt::Write as _, fs, path::PathBuf};

use anyhow::Context;
use serde_json::json;
use tests::server::root;

use crate::Measured;

/// The parts of the report, in the order in which they are measured.
pub const PARTS: [&str; 6] = ["kpi", "start", "echo", "throughput", "checks", "terminals"];

/// What a value must keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    AtMost(f64),
    AtLeast(f64),
    None,
}

impl Limit {
    fn number(self) -> Option<f64> {
        match self {
            Self::AtMost(limit) | Self::AtLeast(limit) => Some(limit),
            Self::None => None,
        }
    }

    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
            Self::None => true,
        }
    }
}

/// The figures that each full report has, by part, with what they must keep. Others are only told.
const STABLE: &[(&str, &str, &str, Limit)] = &[
    ("start", "start.warm.p50_ms", "ms", Limit::AtMost(50.0)),
    ("start", "start.warm.p99_ms", "ms", Limit::AtMost(200.0)),
    ("start", "start.cold.ratio", "ratio", Limit::AtMost(1.25)),
    ("echo", "echo.added.p50_ms", "ms", Limit::AtMost(0.7)),
    ("echo", "echo.added.p99_ms", "ms", Limit::AtMost(4.0)),
    ("throughput", "throughput.ratio", "ratio", Limit::AtLeast(0.8)),
    ("throughput", "throughput.cpu_s", "s", Limit::AtMost(0.5)),
    ("checks", "checks.ratio", "ratio", Limit::None),
    ("terminals", "terminals.200.cpu_cores", "cores", Limit::AtMost(0.15)),
    ("terminals", "terminals.200.rss_mib", "MiB", Limit::AtMost(200.0)),
    ("terminals", "boxes.per_gib", "boxes", Limit::None),
];

/// One figure.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Its stable id.
    pub id: String,
    /// Nothing where it could not be measured.
    pub value: Option<f64>,
    pub unit: String,
    /// How it was measured, in words.
    pub method: String,
}

impl Figure {
    pub fn new(id: impl Into<String>, value: Option<f64>, unit: &str, method: impl Into<String>) -> Self {
        Self { id: id.into(), value, unit: unit.into(), method: method.into() }
    }

    fn limit(&self) -> Limit {
        STABLE.iter().find(|(_, id, ..)| *id == self.id).map_or(Limit::None, |(.., limit)| *limit)
    }
}

/// All figures of a run.
pub struct Report {
    figures: Vec<Figure>,
    troubles: Vec<(String, String)>,
}

impl Report {
    pub fn new() -> Self {
        Self { figures: Vec::new(), troubles: Vec::new() }
    }

    /// Takes what a part has measured, or why it could not.
    pub fn take(&mut self, part: &str, measured: Measured) {
        match measured {
            Ok(figures) => self.figures.extend(figures),
            Err(error) => {
                let words = format!("{error:#}");
                eprintln!("{part} could not be measured: {words}");
                self.troubles.push((part.into(), words));
            }
        }
    }

    /// A stable figure of a wanted part that is missing is there without a value.
    pub fn expect_all(&mut self, wanted: impl Fn(&str) -> bool) {
        for (part, id, unit, _) in STABLE {
            if wanted(part) && !self.figures.iter().any(|figure| figure.id == *id) {
                let why = self.troubles.iter().find(|(troubled, _)| troubled == part).map(|(_, words)| words.as_str());
                let method = format!("not measured: {}", why.unwrap_or("the server under test could not be used"));
                self.figures.push(Figure::new(*id, None, unit, method));
            }
        }
    }

    /// Whether all there is was measured, and no limit is broken.
    pub fn is_good(&self) -> bool {
        self.troubles.is_empty()
            && self.figures.iter().all(|figure| figure.value.is_some_and(|value| figure.limit().holds(value)))
    }

    /// For the terminal: a line for each figure, its method below it.
    pub fn table(&self) -> String {
        let width = self.figures.iter().map(|figure| figure.id.len()).max().unwrap_or_default();
        let mut out = String::new();
        for figure in &self.figures {
            let limit = match figure.limit() {
                Limit::AtMost(limit) => format!("≤ {limit}"),
                Limit::AtLeast(limit) => format!("≥ {limit}"),
                Limit::None => String::new(),
            };
            let (value, verdict) = match figure.value {
                None => ("–".to_string(), "NOT MEASURED"),
                Some(value) if !figure.limit().holds(value) => (shown(value), "TOO MUCH"),
                Some(value) if figure.limit() == Limit::None => (shown(value), ""),
                Some(value) => (shown(value), "ok"),
            };
            let verdict = if verdict == "TOO MUCH" && matches!(figure.limit(), Limit::AtLeast(_)) {
                "TOO LITTLE"
            } else {
                verdict
            };
            let line = format!("{:width$}  {value:>10} {:6} {limit:8} {verdict}", figure.id, figure.unit);
            let _ = writeln!(out, "{}\n    {}", line.trim_end(), figure.method);
        }
        out
    }

    /// Writes the JSON; a run that was cut gives no whole report and goes elsewhere.
    pub fn write(&self, whole: bool) -> anyhow::Result<PathBuf> {
        let path = root().join("target/bench").join(if whole { "report.json" } else { "part.json" });
        let directory = path.parent().context("a path with a directory")?;
        fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
        let figures: Vec<_> = self.figures.iter().map(|figure| {
            json!({ "id": figure.id, "value": figure.value.map(rounded), "unit": figure.unit, "limit": figure.limit().number(), "method": figure.method })
        }).collect();
        let text = serde_json::to_string_pretty(&json!({ "figures": figures }))?;
        fs::write(&path, text + "\n").with_context(|| path.display().to_string())?;
        Ok(path)
    }
}

/// As many digits as say something.
fn shown(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
