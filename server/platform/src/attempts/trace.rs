//! What each line of the log about an attempt carries, whoever writes it.

use tracing::{Span, field::Empty, info_span};
use uuid::Uuid;

use crate::store::attempts::Attempt;

/// The span of all that is done for an attempt.
pub(super) fn about(attempt: &Attempt) -> Span {
    info_span!("attempt", attempt = %attempt.id, lab = attempt.lab, sandbox = Empty)
}

/// The same, once it is known which of its sandboxes it is about.
pub(super) fn with_sandbox(attempt: &Attempt, sandbox: Uuid) -> Span {
    let span = about(attempt);
    span.record("sandbox", tracing::field::display(sandbox));
    span
}
