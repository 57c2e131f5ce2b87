//! Signals: how the work was done, read from the exec ledger.
//!
//! A signal is matched on programs that ran, with the arguments they got and the code they ended with, on files that
//! changed and on what the learner wrote down; never on text that was typed or printed. A run counts when
//!
//! - the learner did it ([`By::learner`](crate::event::By::learner)): services and checks do not count;
//! - for good practice, its program is as the lab made it: a copy of `true` named `nginx` is not nginx;
//! - the base name of its program's file is the pattern's first word, whatever it was called by ([`OTHER_NAMES`] has the
//!   exceptions);
//! - each further word of the pattern is among its arguments, and no word with a `!` before it. Clustered flags are
//!   taken apart (`-tlnp` holds `-t`), `--name=value` also counts as `--name` and as `value`, `*` stands for anything.
//!
//! `@restart nginx` and its like name a set of ways to do one thing ([`SETS`]); `@stop *` does it to anything.
//! `labs/SIGNALS.md` says the same for authors, with examples.

mod between;
mod command;
mod done;
mod error;
mod glob;
mod look;
mod order;
mod pattern;
mod point;
mod record;
mod repeat;
mod sets;
mod tri;
mod values;
mod wrapper;

pub use self::{
    command::{Command, basename},
    error::PatternError,
    glob::Glob,
    look::{Finding, Seen, look},
    pattern::{Between, Deed, Done, Form, Order, Pattern, Ran, Repeat, Said, Step, When},
    record::{Act, Record, What, Work},
    sets::{BUILT_IN, OTHER_NAMES, SETS, Set},
    values::{Args, Within},
};
