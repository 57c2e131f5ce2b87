//! How far raters agree: against other implementations, by hand, by properties.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod by_hand;
mod fixtures;
mod properties;

use scorecards::agreement::Units;

/// A string a unit, a character a rater: a level, or a dot.
fn levels<S: AsRef<str>>(rows: &[S]) -> Units<u8> {
    let level = |c: char| c.to_digit(10).map(|digit| u8::try_from(digit).unwrap());
    Units::new(rows.iter().map(|row| row.as_ref().chars().map(level).collect()).collect()).unwrap()
}

/// Scores in thousandths.
fn scores(rows: &[Vec<Option<i32>>]) -> Units<f64> {
    let row = |row: &Vec<Option<i32>>| row.iter().map(|score| score.map(|score| f64::from(score) / 1000.0)).collect();
    Units::new(rows.iter().map(row).collect()).unwrap()
}
