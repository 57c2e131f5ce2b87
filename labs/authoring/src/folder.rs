//! The files of a lab that is being written, and how they come to disk.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The files of a folder, by their path in it.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Why a folder was not written. Nothing is left of it then.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something of that name is there, and might be somebody's work.
    #[error("{} is there already; choose another id, or move it away", .0.display())]
    Taken(PathBuf),
    /// The disk or its rights.
    #[error("{} can't be written: {error}", path.display())]
    Failed {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// Writes a folder as a whole or not at all: beside its place first, and then by one rename.
///
/// # Errors
/// When something of that name is there, or the disk refuses.
pub fn write(folder: &Path, files: &Files) -> Result<(), WriteError> {
    if fs::symlink_metadata(folder).is_ok() {
        return Err(WriteError::Taken(folder.into()));
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    // Hidden, so that no catalogue takes it for a lab.
    let beside = folder.with_file_name(format!(".{name}.new"));
    let written = write_all(&beside, files).and_then(|()| fs::rename(&beside, folder));
    written.map_err(|error| {
        let _ = fs::remove_dir_all(&beside);
        WriteError::Failed { path: folder.into(), error }
    })
}

fn write_all(folder: &Path, files: &Files) -> io::Result<()> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder)?;
    for (path, content) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, content)?;
    }
    Ok(())
}
