//! What can be wrong with a pattern.

/// What is wrong with a part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// No words.
    #[error("an empty command: name a program, as in \"nginx -t\"")]
    Empty,
    /// `@something` that is no set.
    #[error("no set of commands is named @{name}; there are: {known}")]
    UnknownSet {
        /// The name asked for.
        name: String,
        /// Those there are.
        known: String,
    },
    /// A set without the word it takes.
    #[error("@{name} takes a word, as in \"@{name} nginx\", or \"@{name} *\" for anything")]
    SetArgument {
        /// The set's name.
        name: String,
    },
    /// A program named with its directory: runs are known by the last part of their file.
    #[error("\"{program}\" is a path: name the program without its directory, as in \"{name}\"")]
    Path {
        /// As it was written.
        program: String,
        /// Its last part.
        name: String,
    },
    /// What a shell does by itself leaves no run.
    #[error("\"{program}\" is built into the shell and leaves no run: look for what it leads to")]
    BuiltIn {
        /// Its name.
        program: String,
    },
    /// A shell's line instead of one program.
    #[error("\"{sign}\" is for the shell and no program's argument: name one program")]
    Syntax {
        /// What stands there.
        sign: String,
    },
    /// A word that must and must not be there.
    #[error("\"{word}\" must be there and must not: nothing is both")]
    Contradiction {
        /// The word.
        word: String,
    },
    /// A regular expression that does not parse.
    #[error("not a regular expression: {0}")]
    Regex(String),
    /// A path that begins nowhere.
    #[error("\"{path}\" is no path in the box: begin it with / or *, as in \"/etc/nginx/*\"")]
    RelativePath {
        /// As it was written.
        path: String,
    },
    /// No length of time.
    #[error("\"{text}\" is no length of time: give a number above 0 with s, m or h, as in \"5m\"")]
    Length {
        /// As it was written.
        text: String,
    },
}
