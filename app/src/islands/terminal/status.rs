//! How a terminal's connection stands, in words.
#![cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser ever connects"))]

/// How a terminal's connection stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Status {
    /// The first connection is being made.
    #[default]
    Connecting,
    /// The shell is there.
    Connected,
    /// The connection was lost and is being made again; why, where that is known.
    Reconnecting(Option<String>),
    /// The shell has ended; a new one can be opened.
    ShellEnded,
    /// There is nothing to connect to any more, in words with a way on.
    Closed(String),
}

impl Status {
    /// The word that markup carries as `data-status`.
    pub(super) fn id(&self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Reconnecting(_) => "reconnecting",
            Self::ShellEnded | Self::Closed(_) => "ended",
        }
    }

    /// In a word or a few.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Connecting => "Connecting\u{2026}".into(),
            Self::Connected => "Connected".into(),
            Self::Reconnecting(None) => "Reconnecting\u{2026}".into(),
            Self::Reconnecting(Some(why)) => format!("Reconnecting\u{2026} {why}"),
            Self::ShellEnded => "Shell ended".into(),
            Self::Closed(_) => "Closed".into(),
        }
    }

    /// What lies over the screen because it is of no use now, and whether a new shell may be opened.
    pub(super) fn obstacle(&self) -> Option<(String, bool)> {
        match self {
            Self::ShellEnded => Some(("This shell has ended. What you did in it is kept.".into(), true)),
            Self::Closed(words) => Some((words.clone(), false)),
            Self::Connecting | Self::Connected | Self::Reconnecting(_) => None,
        }
    }
}
