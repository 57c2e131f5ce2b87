//! Small words and figures, the same on every page.

/// Time left or gone, as a clock shows it: `9:05`, `42:10`, `1:02:33`. Below zero it stays at `0:00`.
#[must_use]
pub fn clock(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// How long something took: `45 s`, `12 min`, `1 h 5 min`. Seconds are left out from ten minutes on.
#[must_use]
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, rest) => format!("{rest} s"),
        (0, minutes, rest) if minutes < 10 && rest > 0 => format!("{minutes} min {rest} s"),
        (0, minutes, _) => format!("{minutes} min"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// An amount of memory or disk: `64 MiB`, `1.5 GiB`.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    let mib = bytes / (1 << 20);
    match mib {
        0 => format!("{} KiB", bytes / 1024),
        1..1024 => format!("{mib} MiB"),
        // In tenths, of whole MiB: no digit is made up.
        _ => format!("{}.{} GiB", mib / 1024, mib % 1024 * 10 / 1024),
    }
}

/// A place in a line: `You are next`, `You are number 3 in line`.
#[must_use]
pub fn place(place: u32) -> String {
    if place <= 1 { "You are next".into() } else { format!("You are number {place} in line") }
}

/// When somebody's turn comes who waits; nothing where that can't be said.
#[must_use]
pub fn turn(minutes: Option<u32>) -> String {
    match minutes {
        None => String::new(),
        Some(0 | 1) => "in about a minute, or sooner".into(),
        Some(minutes) => format!("in about {minutes} minutes, or sooner"),
    }
}

/// A count and its noun: `1 hint`, `3 hints`.
#[must_use]
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Points with their sign: `+10`, `0`, `−5` (with a real minus).
#[must_use]
pub fn signed(points: i32) -> String {
    match points {
        0 => "0".into(),
        1.. => format!("+{points}"),
        _ => format!("\u{2212}{}", points.unsigned_abs()),
    }
}

/// How a command ended: `exit 0`, or that no exit code is known.
#[must_use]
pub fn exit(code: Option<i32>) -> String {
    code.map_or_else(|| "no exit code".into(), |code| format!("exit {code}"))
}

/// The name of a dimension, for people.
#[must_use]
pub fn dimension(id: &str) -> String {
    match id {
        "iac-git-workflow" => "Infrastructure as code and Git".into(),
        id => phrase(id),
    }
}

/// The name of a skill, for people.
#[must_use]
pub fn skill(id: &str) -> String {
    phrase(id)
}

/// What kind of exercise it is, for people.
#[cfg(feature = "ssr")]
#[must_use]
pub fn exercise(kind: platform::views::ExerciseKind) -> &'static str {
    match kind {
        platform::views::ExerciseKind::Quiz => "Quiz",
        platform::views::ExerciseKind::Interpret => "Output to interpret",
        platform::views::ExerciseKind::Review => "Change to review",
        platform::views::ExerciseKind::Writing => "Text to write",
        platform::views::ExerciseKind::Scenario => "Scenario to play",
    }
}

/// The phase of the path that ends on this day.
#[must_use]
pub fn phase(days: u32) -> String {
    match days {
        30 => "Days 1\u{2013}30".into(),
        60 => "Days 31\u{2013}60".into(),
        90 => "Days 61\u{2013}90".into(),
        other => format!("Up to day {other}"),
    }
}

/// An id such as `network-basics` as a phrase, its abbreviations in capitals.
fn phrase(id: &str) -> String {
    const CAPITALS: [&str; 18] = [
        "aws", "cd", "ci", "cpu", "dhcp", "dns", "gcp", "http", "iac", "iam", "io", "ip", "ssh", "ssl", "tcp", "tls",
        "udp", "vm",
    ];
    let mut out = String::with_capacity(id.len());
    for (at, word) in id.split(['-', '_']).filter(|word| !word.is_empty()).enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let mut letters = word.chars();
        match letters.next() {
            _ if CAPITALS.contains(&word) => out.push_str(&word.to_uppercase()),
            Some(first) if at == 0 => {
                out.extend(first.to_uppercase());
                out.push_str(letters.as_str());
            }
            _ => out.push_str(word),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_hours_only_where_there_are_any() {
        assert_eq!(clock(-3), "0:00");
        assert_eq!(clock(65), "1:05");
        assert_eq!(clock(42 * 60 + 10), "42:10");
        assert_eq!(clock(3600 + 2 * 60 + 33), "1:02:33");
    }

    #[test]
    fn a_duration_is_as_exact_as_it_is_short() {
        assert_eq!(duration(45), "45 s");
        assert_eq!(duration(60), "1 min");
        assert_eq!(duration(185), "3 min 5 s");
        assert_eq!(duration(12 * 60 + 40), "12 min");
        assert_eq!(duration(3600), "1 h");
        assert_eq!(duration(3900), "1 h 5 min");
    }

    #[test]
    fn a_place_in_line_is_said_plainly() {
        assert_eq!((place(1), place(3)), ("You are next".into(), "You are number 3 in line".into()));
        assert_eq!(turn(Some(12)), "in about 12 minutes, or sooner");
        assert_eq!((turn(Some(1)), turn(None)), ("in about a minute, or sooner".into(), String::new()));
    }

    #[test]
    fn points_carry_their_sign() {
        assert_eq!(signed(10), "+10");
        assert_eq!(signed(0), "0");
        assert_eq!(signed(-5), "\u{2212}5");
        assert_eq!(signed(i32::MIN), "\u{2212}2147483648");
    }

    #[test]
    fn ids_become_phrases() {
        assert_eq!(dimension("linux-fundamentals"), "Linux fundamentals");
        assert_eq!(dimension("iac-git-workflow"), "Infrastructure as code and Git");
        assert_eq!(skill("dns-and-tls"), "DNS and TLS");
        assert_eq!(skill(""), "");
    }

    #[test]
    fn bytes_are_as_exact_as_they_are_short() {
        assert_eq!(bytes(2048), "2 KiB");
        assert_eq!(bytes(64 << 20), "64 MiB");
        assert_eq!(bytes(1536 << 20), "1.5 GiB");
        assert_eq!(bytes((24 << 30) - 1), "23.9 GiB");
    }

    #[test]
    fn nouns_follow_their_count() {
        assert_eq!(count(1, "hint", "hints"), "1 hint");
        assert_eq!(count(0, "hint", "hints"), "0 hints");
    }
}
