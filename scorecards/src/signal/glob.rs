//! Texts with stars.

use serde::{Deserialize, Serialize};

use super::error::PatternError;

/// The path of a file in the box, in which `*` stands for anything: `/etc/nginx/*` is every file below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Glob(String);

impl Glob {
    /// Whether a path is meant.
    #[must_use]
    pub fn fits(&self, path: &str) -> bool {
        glob(&self.0, path)
    }
}

impl TryFrom<String> for Glob {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        if text.starts_with(['/', '*']) { Ok(Self(text)) } else { Err(PatternError::RelativePath { path: text }) }
    }
}

impl From<Glob> for String {
    fn from(glob: Glob) -> Self {
        glob.0
    }
}

impl std::fmt::Display for Glob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a text fits one in which `*` stands for anything, nothing included. There is no other sign.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    // Each part is taken where it comes first: what is left for the others is then the longest.
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::glob;

    #[rstest]
    #[case("/etc/nginx/*", "/etc/nginx/sites-enabled/default", true)]
    #[case("/etc/nginx/*", "/etc/nginx", false)]
    #[case("*.conf", "/etc/a.conf", true)]
    #[case("*.conf", "/etc/a.conf.bak", false)]
    #[case("a*b*c", "a-bb-c", true)]
    #[case("a*b*c", "a-c", false)]
    #[case("a*ab", "ab", false)]
    #[case("*", "", true)]
    #[case("a", "ab", false)]
    #[case("*é*", "é", true)]
    fn a_star_stands_for_anything(#[case] pattern: &str, #[case] text: &str, #[case] fits: bool) {
        assert_eq!(glob(pattern, text), fits);
    }
}
