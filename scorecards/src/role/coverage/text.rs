//! Coverage as people read it on a terminal.

use std::fmt::{self, Write};

use super::{Behind, Coverage, Kind, SectionCoverage, Thing};

/// Which details to show beside the table.
#[derive(Clone, Copy, Debug, Default)]
pub struct Show {
    /// What has nothing behind it, with the reasons there are.
    pub uncovered: bool,
    /// The things of this section with what is behind them.
    pub section: Option<u8>,
}

impl Coverage {
    /// The table of the twenty sections, and the details that are asked for.
    #[must_use]
    pub fn to_text(&self, show: Show) -> String {
        let mut text = format!("{}\n\n", self.role);
        let heads = ["things", "covered", "lab", "exercise", "path", "KPI", "reason", "nothing"];
        let _ = row(&mut text, "section", heads, "");
        let mut sum = [0; 8];
        for section in &self.sections {
            let counts = counts(section);
            // What the summary names has been counted where it stands.
            if section.number < 20 {
                sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
            let _ =
                row(&mut text, &format!("{:>2} {}", section.number, section.name), counts.map(shown), &kinds(section));
        }
        let _ = row(&mut text, "   Sections 1 to 19", sum.map(shown), "");
        for section in self.sections.iter().filter(|section| show.section == Some(section.number)) {
            let _ = write!(text, "\n{} {}\n", section.number, section.name);
            for thing in &section.things {
                let _ = details(&mut text, thing);
            }
        }
        if show.uncovered {
            text.push_str("\nWithout anything behind them\n");
            for section in self.sections.iter().filter(|section| section.number < 20) {
                for thing in section.things.iter().filter(|thing| !thing.is_covered()) {
                    let _ = details(&mut text, thing);
                }
            }
        }
        text
    }
}

fn counts(section: &SectionCoverage) -> [usize; 8] {
    let [lab, exercise, goal, kpi] =
        [Kind::Lab, Kind::Exercise, Kind::Goal, Kind::Kpi].map(|kind| section.covered_by(kind));
    [section.things.len(), section.covered(), lab, exercise, goal, kpi, section.excused(), section.open()]
}

/// A zero as a dot, so that the numbers stand out.
fn shown(count: usize) -> String {
    if count == 0 { "·".into() } else { count.to_string() }
}

/// How many of each kind of things there are.
fn kinds(section: &SectionCoverage) -> String {
    let of_kind = |chunk: &[Thing]| format!("{} {}", chunk.len(), chunk[0].table);
    let chunks = section.things.chunk_by(|one, next| one.table == next.table);
    chunks.map(of_kind).collect::<Vec<_>>().join(", ")
}

fn row(text: &mut String, name: &str, columns: [impl fmt::Display; 8], more: &str) -> fmt::Result {
    write!(text, "{name:<22}")?;
    for column in columns {
        write!(text, " {:>8}", column.to_string())?;
    }
    if !more.is_empty() {
        write!(text, "  {more}")?;
    }
    text.push('\n');
    Ok(())
}

fn details(text: &mut String, thing: &Thing) -> fmt::Result {
    write!(text, "  {:<40} ", format!("{} {}", thing.table, thing.id))?;
    match &thing.because {
        _ if thing.is_covered() => {
            let behind: Vec<String> = thing.behind.iter().map(Behind::to_string).collect();
            writeln!(text, "{}", behind.join(", "))
        }
        Some(because) => writeln!(text, "not here: {because}"),
        None => writeln!(text, "NOTHING, and no reason"),
    }
}

impl fmt::Display for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Lab => "lab",
            Kind::Exercise => "exercise",
            Kind::Goal => "goal",
            Kind::Kpi => "KPI",
        };
        write!(f, "{kind} {}", self.id)?;
        match &self.through {
            Some(through) => write!(f, " (through {through})"),
            None => Ok(()),
        }
    }
}
