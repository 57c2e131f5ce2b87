//! The door to what is in a box besides its terminals: files and ports.

use bytes::Bytes;
use labs::sandbox::{Contents, Dialled, Written};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wire::file::{Expect, Listing};

pub use crate::attempts::{FileOf, FileProblem, PreviewOf};
use crate::{Platform, Result, views::Viewer};

impl Platform {
    /// What a directory of an attempt's box holds, in no order.
    ///
    /// # Errors
    /// [`FileProblem`].
    pub async fn list_files(&self, viewer: &Viewer, of: FileOf) -> Result<Listing, FileProblem> {
        self.attempts.list_files(viewer, of).await
    }

    /// Begins to read a file of an attempt's box, of at most so many bytes.
    ///
    /// # Errors
    /// [`FileProblem`].
    pub async fn read_file(&self, viewer: &Viewer, of: FileOf, limit: u64) -> Result<Contents, FileProblem> {
        self.attempts.read_file(viewer, of, limit).await
    }

    /// Writes a file of an attempt's box, if what is there is what is expected, and records that.
    ///
    /// # Errors
    /// [`FileProblem`]; nothing is written then.
    pub async fn write_file(
        &self,
        viewer: &Viewer,
        of: FileOf,
        bytes: &Bytes,
        expect: Expect,
    ) -> Result<Written, FileProblem> {
        self.attempts.write_file(viewer, of, bytes, expect).await
    }

    /// Lets somebody look at a port of an attempt's box: `what` is a name that the lab gives it, or a number, which is then
    /// on the host `on`. Gives what may be looked at and the path to begin with.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`], also for a name or host that the lab does not have; [`crate::Error::Conflict`] when the
    /// attempt does not run; [`crate::Error::Unavailable`].
    pub async fn open_preview(
        &self,
        viewer: &Viewer,
        attempt: Uuid,
        what: &str,
        on: Option<&str>,
    ) -> Result<(PreviewOf, String)> {
        self.attempts.open_preview(viewer, attempt, what, on).await
    }

    /// Connects to a port that [`Platform::open_preview`] has let somebody look at.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] and [`crate::Error::Conflict`] when it may be looked at no more;
    /// [`crate::Error::Unavailable`] when the box can't be reached right now.
    pub async fn dial_preview(&self, of: PreviewOf) -> Result<Dialled> {
        self.attempts.dial_preview(of).await
    }

    /// Cancelled when nobody may look at it any more: whoever carries a connection hangs up then.
    #[must_use]
    pub fn preview_closed(&self, of: PreviewOf) -> CancellationToken {
        self.attempts.preview_closed(of)
    }
}
