//! Lines of a Dockerfile.

use super::script::quoted;

/// Copies a file of the context to a folder or, where the target names it, to that place.
pub(super) fn copy(from: &str, target: &str, mode: Option<&str>) -> String {
    let target = target.replace('~', "/root");
    let name = from.rsplit('/').next().unwrap_or(from);
    // Killercoda's targets are folders.
    let target = format!("{}/{name}", target.trim_end_matches('/'));
    let list = |words: &[&str]| serde_json::to_string(words).unwrap_or_default();
    let made = mode.map(|mode| format!("RUN chmod {} {}\n", quoted(mode), quoted(&target))).unwrap_or_default();
    format!("COPY {}\n{made}", list(&[from, &target]))
}
