//! Frames: a big-endian `u32` length, then that many bytes.

/// The largest frame either side accepts, in bytes.
pub const MAX: usize = 4 << 20;

/// What can be wrong with a frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The length prefix is over [`MAX`].
    #[error("a frame of {0} bytes is over the limit of {MAX}")]
    TooLong(usize),
    /// The bytes are no frame of the kind that was expected.
    #[error("malformed {0} frame")]
    Malformed(&'static str),
}

/// The four bytes that announce a frame of `len` bytes.
///
/// # Errors
/// [`FrameError::TooLong`] when `len` is over [`MAX`].
pub fn header(len: usize) -> Result<[u8; 4], FrameError> {
    if len > MAX {
        return Err(FrameError::TooLong(len));
    }
    let len = u32::try_from(len).map_err(|_| FrameError::TooLong(len))?;
    Ok(len.to_be_bytes())
}

/// The length a header announces.
///
/// # Errors
/// [`FrameError::TooLong`] when it is over [`MAX`].
pub fn length(header: [u8; 4]) -> Result<usize, FrameError> {
    let len = u32::from_be_bytes(header) as usize;
    if len > MAX { Err(FrameError::TooLong(len)) } else { Ok(len) }
}
