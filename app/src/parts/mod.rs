//! What several pages are made of.

pub(crate) mod attempts;
pub(crate) mod frame;
pub(crate) mod notice;
pub(crate) mod status;

pub(crate) use attempts::attempts_table;
pub(crate) use frame::{bare, frame};
pub(crate) use notice::notice;
pub(crate) use status::{Tone, status};
