//! What has just happened to the time, in words.

use chrono::TimeDelta;
use platform::views::TimeNews;

use crate::words::duration;

/// What is said of it above the terminal.
pub(super) fn time_news(news: &TimeNews) -> String {
    let length = |length: &TimeDelta| duration(length.num_seconds());
    match news {
        TimeNews::Resumed(stood) => format!(
            "You were away for {}. Everything is as you left it; only your machine\u{2019}s clock has moved on by as much.",
            length(stood)
        ),
        TimeNews::GivenBack(given, _) => {
            format!("The server was not there for {}. You have that time back.", length(given))
        }
    }
}
