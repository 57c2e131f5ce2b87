//! `belay lab rescore`

use std::fmt::Write as _;

use anyhow::bail;
use platform::views::RescoreView;

use crate::{command::say, config::Config};

/// `belay lab rescore`
#[derive(clap::Args)]
pub struct Rescore {
    /// The lab
    lab: String,
    /// Makes it the attempts' result; without it only what would change is shown
    #[arg(long)]
    publish: bool,
    /// How many of the newest attempts are looked at
    #[arg(long, value_name = "COUNT", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    attempts: u32,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Rescore {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let platform = crate::command::serve::platform(config).await?;
        let view = match platform.rescore(&self.lab, self.attempts.into(), self.publish).await {
            Err(platform::Error::NotFound) => bail!("there is no lab {} in {}", self.lab, config.catalog.display()),
            view => view?,
        };
        let text = if self.json { serde_json::to_string_pretty(&view)? } else { report(&view, self.publish) };
        say(&text)
    }
}

fn report(view: &RescoreView, publish: bool) -> String {
    let mut text = format!("{}: {} attempts, judged by the lab as it is now\n", view.lab, view.attempts);
    if !view.lines.is_empty() {
        let _ = writeln!(text, "\n{:>6} {:>6} {:>6} {:>6} {:>6}  what", "same", "better", "worse", "new", "gone");
        for line in &view.lines {
            let counts = [line.same, line.better, line.worse, line.new, line.gone];
            for count in counts {
                let _ = write!(text, "{count:>6} ");
            }
            let _ = writeln!(text, " {}", line.title);
        }
    }
    if !view.drifts.is_empty() {
        text.push_str("\nAnother result:\n");
        for drift in &view.drifts {
            let ((points, of), (points_now, of_now)) = drift.points;
            let _ = writeln!(
                text,
                "  {}  {}  {points} of {of} -> {points_now} of {of_now}  {} -> {}",
                drift.attempt,
                drift.ended.format("%Y-%m-%d %H:%M"),
                word(drift.passed.0),
                word(drift.passed.1)
            );
        }
    }
    if !view.left.is_empty() {
        text.push_str("\nCan't be judged from what is stored:\n");
        for ((check, why), attempts) in &view.left {
            let _ = writeln!(text, "  {check}: {why} ({attempts})");
        }
    }
    if view.forgotten > 0 {
        let _ = writeln!(text, "\nOf {} nothing is known of the lab as it was; they stay as they are.", view.forgotten);
    }
    if view.not_whole > 0 {
        let _ = writeln!(text, "\n{} stay as they are, because not all of them can be judged.", view.not_whole);
    }
    let _ = match (publish, view.drifts.len()) {
        (true, _) => writeln!(text, "\n{} have the new result now.", view.published),
        (false, 0) => writeln!(text, "\nNo result of those that can be judged would change."),
        (false, many) => writeln!(text, "\n{many} results would change. Nothing is written yet: --publish does that."),
    };
    text
}

fn word(passed: Option<bool>) -> &'static str {
    match passed {
        Some(true) => "passed",
        Some(false) => "not passed",
        None => "not decided",
    }
}

#[cfg(test)]
mod tests {
    use platform::views::LineDrift;

    use super::*;

    #[test]
    fn what_would_change_is_said_before_it_does() {
        let mut view = RescoreView { lab: "dns".into(), attempts: 3, ..RescoreView::default() };
        assert!(report(&view, false).contains("No result of those"));
        view.lines.push(LineDrift { title: "The name resolves".into(), same: 2, worse: 1, ..LineDrift::default() });
        view.left.insert(("log".into(), "it is new".into()), 2);
        view.not_whole = 2;
        let said = report(&view, false);
        assert!(said.contains("     2      0      1      0      0  The name resolves"), "{said}");
        assert!(said.contains("log: it is new (2)") && said.contains("2 stay as they are"), "{said}");
    }
}
