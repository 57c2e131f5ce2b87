//! Readiness in words.

use crate::{event::Source, scorecard::list};

/// `2 of the 3 KPIs asked for were on target in labs over the last 2 windows. On target: … Off target: … Too little to say: …`
pub(super) fn kpis([on, off, open]: [&Vec<&str>; 3], at_least: usize, series: Source, windows: usize) -> String {
    let place = match series {
        Source::Simulated => "in labs",
        Source::Imported => "in real work",
        Source::Attested => "by somebody's word",
    };
    let over =
        if windows == 1 { "in the last window".to_string() } else { format!("in each of the last {windows} windows") };
    let mut says = format!("{} of at least {at_least} KPIs on target {place} {over}.", on.len());
    for (word, titles) in [("On target", on), ("Off target", off), ("Too little is known of", open)] {
        if !titles.is_empty() {
            says.push_str(&format!(" {word}: {}.", list(titles)));
        }
    }
    says
}
