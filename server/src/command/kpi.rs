//! `belay kpi`

use std::{fmt::Write as _, process::ExitCode};

use anyhow::{Context, bail};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use platform::views::{FiguresView, KpiView};
use scorecards::{
    event::Source,
    kpi::{Direction, Figure, Meaning},
};

use crate::config::{Config, Overrides};

/// `belay kpi`
#[derive(clap::Args)]
pub struct Kpi {
    /// Whose, by what the person signs in with
    #[arg(long, value_name = "LOGIN")]
    user: String,
    /// As of the end of this day, as in 2026-03-31; now by default
    #[arg(long, value_name = "DAY")]
    as_of: Option<NaiveDate>,
    /// Everything that each figure rests on, as JSON
    #[arg(long)]
    json: bool,
}

impl Kpi {
    /// Prints the figures of a person: the same as their page.
    ///
    /// # Errors
    /// In words: nobody with this login, a role pack with a problem, a database that cannot be reached.
    pub async fn run(self, overrides: &Overrides) -> anyhow::Result<ExitCode> {
        let config = Config::load(overrides, false)?;
        let platform = super::serve::platform(&config).await?;
        let as_of = self.as_of.map(end_of).transpose()?.map(|end| end.min(platform.now()));
        let figures = match platform.figures_by_login(&self.user, as_of).await {
            Err(platform::Error::NotFound) => bail!("nobody signs in as \"{}\"", self.user),
            figures => figures?,
        };
        if self.json {
            super::say(&serde_json::to_string_pretty(&figures).context("the figures can't be written as JSON")?)?;
        } else {
            super::say(&table(&figures))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn end_of(day: NaiveDate) -> anyhow::Result<DateTime<Utc>> {
    let next = day.checked_add_days(Days::new(1)).with_context(|| format!("{day} is the end of the calendar"))?;
    Ok(next.and_time(NaiveTime::MIN).and_utc())
}

fn table(view: &FiguresView) -> String {
    let mut text =
        format!("{}, {}, as of {}\n\n", view.person.name, view.role, view.as_of.format("%Y-%m-%d %H:%M UTC"));
    let rows: Vec<[String; 5]> = view.kpis.iter().map(row).collect();
    let head = ["KPI", "aim", "in labs", "real tools", "stated"].map(String::from);
    let widths: [usize; 5] = std::array::from_fn(|column| {
        std::iter::once(&head).chain(&rows).map(|row| row[column].chars().count()).max().unwrap_or_default()
    });
    for row in std::iter::once(&head).chain(&rows) {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text.push_str(
        "\nok: on target, !!: off target, >>: above the band, look; (..): no verdict yet; -: nothing seen.\n",
    );
    text.push_str(&notes(view));
    text
}

fn row(kpi: &KpiView) -> [String; 5] {
    let aim = kpi.figures.first().map(|figure| kpi.definition.target.show(figure.unit)).unwrap_or_default();
    let cell = |series: Source| {
        kpi.figures
            .iter()
            .find(|figure| figure.series == series)
            .map(|figure| cell(figure, kpi.definition.direction))
            .unwrap_or_default()
    };
    [
        format!("{:>2} {}", kpi.number, kpi.definition.id),
        aim,
        cell(Source::Simulated),
        cell(Source::Imported),
        cell(Source::Attested),
    ]
}

fn cell(figure: &Figure, direction: Direction) -> String {
    let Some(value) = figure.value.map(|value| figure.unit.show(value)) else {
        return if figure.exclusions.is_empty() { "-".into() } else { "(..)".into() };
    };
    match figure.state.meaning(direction) {
        _ if figure.ramp => format!("({value}, starting)"),
        Meaning::Met => format!("{value} ok"),
        Meaning::Missed => format!("{value} !!"),
        Meaning::Look => format!("{value} >>"),
        Meaning::Nothing => format!("({value}, n={})", figure.count),
    }
}

/// What does not count and what to look at, for figures that have any.
fn notes(view: &FiguresView) -> String {
    let mut text = String::new();
    for kpi in &view.kpis {
        for figure in &kpi.figures {
            let series: &str = match figure.series {
                Source::Simulated => "in labs",
                Source::Imported => "real tools",
                Source::Attested => "stated",
            };
            for excluded in &figure.exclusions {
                let _ = writeln!(
                    text,
                    "{} ({series}): {} left out: {}",
                    kpi.definition.id,
                    excluded.count,
                    excluded.reason.says()
                );
            }
            for guard in figure.guards.iter().filter(|guard| guard.tripped == Some(true)) {
                let _ = writeln!(text, "{} ({series}): look at {}", kpi.definition.id, guard.says);
            }
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}
