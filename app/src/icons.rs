//! The few pictures: outlines on a grid of 16, in the colour of the text beside them. They are decoration; the
//! word beside them says the same.

use leptos::prelude::*;

/// Which picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A tick in a circle: passed, earned.
    Passed,
    /// A cross in a circle: not as it should be.
    Failed,
    /// A bar in a circle: waits for something else.
    Blocked,
    /// A triangle with a mark: take care.
    Warning,
    /// A letter i in a circle: for information.
    Info,
    /// An empty circle: not yet.
    Open,
    /// A circle with a dot: under way.
    Running,
    /// A clock.
    Clock,
    /// Two bars: paused.
    Pause,
    /// A plus.
    Plus,
    /// An arrow to the right.
    Next,
    /// A lamp: a hint.
    Hint,
    /// A prompt: the terminal.
    Terminal,
    /// A person.
    Person,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Pause => "M5.5 3.5v9M10.5 3.5v9",
            Self::Passed => "M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 0 0 0-12.5ZM5.25 8.25l2 2l3.75-4.25",
            Self::Failed => {
                "M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 0 0 0-12.5ZM5.75 5.75l4.5 4.5M10.25 5.75l-4.5 4.5"
            }
            Self::Blocked => "M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 0 0 0-12.5ZM5 8h6",
            Self::Warning => "M8 2.25L14.5 13.5h-13ZM8 6.5v3M8 11.4v.1",
            Self::Info => "M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 0 0 0-12.5ZM8 7.5v3.5M8 5v.1",
            Self::Open => "M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 0 0 0-12.5Z",
            Self::Running => {
                "M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 0 0 0-12.5ZM8 6.5a1.5 1.5 0 1 0 0 3a1.5 1.5 0 0 0 0-3Z"
            }
            Self::Clock => "M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 0 0 0-12.5ZM8 4.5v3.75l2.5 1.5",
            Self::Plus => "M8 3v10M3 8h10",
            Self::Next => "M3 8h10M9 4l4 4l-4 4",
            Self::Hint => "M6 11.5c0-1.5-2-2.25-2-4.75a4 4 0 0 1 8 0c0 2.5-2 3.25-2 4.75ZM6.25 14h3.5",
            Self::Terminal => "M2 3.25h12v9.5h-12ZM4.5 6l2 2l-2 2M8 10.25h3",
            Self::Person => "M8 2a3 3 0 1 0 0 6a3 3 0 0 0 0-6ZM2.5 14c.4-2.8 2.6-4 5.5-4s5.1 1.2 5.5 4",
        }
    }

    /// The picture.
    #[must_use]
    pub fn view(self) -> impl IntoView + use<> {
        view! {
            <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
                <path d=self.path()></path>
            </svg>
        }
    }
}
