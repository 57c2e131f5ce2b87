//! Command lines as a shell would read them.

/// A command line that a shell would read as these arguments.
#[must_use]
pub fn shell_words(argv: &[String]) -> String {
    argv.iter().map(|arg| shell_word(arg)).collect::<Vec<_>>().join(" ")
}

fn shell_word(arg: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%^".contains(c);
    if !arg.is_empty() && arg.chars().all(plain) { arg.into() } else { format!("'{}'", arg.replace('\'', r"'\''")) }
}
