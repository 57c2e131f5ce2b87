//! What happened to the time of an attempt, in words.

use chrono::TimeDelta;
use platform::views::{ResultView, TimeEvent};
use scorecards::event::{Gift, PauseReason};

use crate::words::{count, duration};

/// How long the attempt took without its pauses.
pub(super) fn worked(view: &ResultView) -> TimeDelta {
    let paused = view.times.iter().filter_map(|line| match line.what {
        TimeEvent::Resumed(stood) => Some(stood),
        _ => None,
    });
    let paused = paused.fold(TimeDelta::zero(), |sum, one| sum.checked_add(&one).unwrap_or(sum));
    (view.ended - view.summary.started - paused).max(TimeDelta::zero())
}

/// A line of the time line.
pub(super) fn says(what: &TimeEvent) -> String {
    let length = |length: &TimeDelta| duration(length.num_seconds().abs());
    match what {
        TimeEvent::Paused(PauseReason::Asked) => "Paused".into(),
        TimeEvent::Paused(PauseReason::Idle) => "Paused by itself: nothing was typed".into(),
        TimeEvent::Resumed(stood) => format!("Resumed after {}, which do not count", length(stood)),
        TimeEvent::Extended(minutes) => format!("{} added", count(*minutes as usize, "minute", "minutes")),
        TimeEvent::GivenBack(given, Gift::ServerAway) => {
            format!("The server was not there for {}: time given back", length(given))
        }
        TimeEvent::GivenBack(moved, Gift::ClockMoved) => {
            let way = if *moved < TimeDelta::zero() { "back" } else { "ahead" };
            format!("The server\u{2019}s clock was moved {way} by {}: the end moved with it", length(moved))
        }
        TimeEvent::Warned(left) => format!("{} left", length(left)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_to_the_time_is_said_in_words() {
        let said = [
            TimeEvent::Resumed(TimeDelta::minutes(72)),
            TimeEvent::Extended(15),
            TimeEvent::GivenBack(TimeDelta::minutes(-5), Gift::ClockMoved),
            TimeEvent::Warned(TimeDelta::seconds(120)),
        ];
        let said = said.map(|what| says(&what));
        assert_eq!(said[0], "Resumed after 1 h 12 min, which do not count");
        assert_eq!(said[1], "15 minutes added");
        assert!(said[2].contains("moved back by 5 min"), "{}", said[2]);
        assert_eq!(said[3], "2 min left");
    }
}
