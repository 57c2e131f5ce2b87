//! The file of a recording: a gzip file of one member that grows by blocks.
//!
//! How much of it is whole is in the database. What is beyond that is the rest of a write that was not noted (or the end
//! of the gzip file), and the next write goes over it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use crc32fast::Hasher;
use uuid::Uuid;
use wire::{
    recording::{Block, GZIP_HEAD, gzip_tail, stored},
    terminal::Size,
};

use crate::store::recordings::Recording;

/// Where the recordings of an attempt are.
pub(super) fn folder(data: &Path, attempt: Uuid) -> PathBuf {
    data.join("recordings").join(attempt.to_string())
}

/// Where the recording of a terminal is.
pub(super) fn path(data: &Path, attempt: Uuid, terminal: u32) -> PathBuf {
    folder(data, attempt).join(format!("{terminal}.cast.gz"))
}

/// What is to be written at the end of a recording.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) path: PathBuf,
    /// How much of the file is whole.
    pub(super) at: u64,
    pub(super) bytes: Vec<u8>,
}

impl Piece {
    /// Writes it so that it is there after a power cut. What was beyond the whole part is gone.
    pub(super) fn write(&self) -> io::Result<()> {
        let is_new = self.at == 0;
        if is_new && let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().write(true).create(is_new).truncate(false).open(&self.path)?;
        file.set_len(self.at)?;
        file.seek(SeekFrom::Start(self.at))?;
        if let Err(error) = file.write_all(&self.bytes).and_then(|()| file.sync_data()) {
            // So that a full disk is not fuller by what is of no use.
            let _ = file.set_len(self.at);
            return Err(error);
        }
        if is_new {
            let mut parents = self.path.ancestors().skip(1).take(2);
            parents.try_for_each(|folder| File::open(folder)?.sync_all())?;
        }
        Ok(())
    }
}

/// Whether as much of a recording's file is there as should be.
pub(super) fn is_there(data: &Path, recording: &Recording) -> bool {
    let found = fs::metadata(path(data, recording.attempt, recording.terminal));
    found.is_ok_and(|found| found.len() >= recording.bytes)
}

/// The beginning of a recording's text: what the format wants to know of the terminal.
pub(super) fn head(started_at: DateTime<Utc>, size: Size) -> String {
    let head = serde_json::json!({
        "version": 2,
        "width": size.cols,
        "height": size.rows,
        "timestamp": started_at.timestamp(),
        "env": { "TERM": "xterm-256color" },
    });
    format!("{head}\n")
}

/// Adds text to a recording and to what will be written of it.
pub(super) fn add_text(recording: &mut Recording, bytes: &mut Vec<u8>, text: &str) {
    if recording.bytes == 0 {
        bytes.extend_from_slice(&GZIP_HEAD);
        recording.bytes += GZIP_HEAD.len() as u64;
    }
    let deflated = stored(text.as_bytes());
    let mut hasher = Hasher::new();
    hasher.update(text.as_bytes());
    add(recording, bytes, &deflated, hasher.finalize(), text.len() as u64);
}

/// Adds a block to a recording and to what will be written of it.
pub(super) fn add_block(recording: &mut Recording, bytes: &mut Vec<u8>, block: &Block) {
    add(recording, bytes, &block.bytes, block.crc, block.length.into());
    recording.blocks += 1;
}

fn add(recording: &mut Recording, bytes: &mut Vec<u8>, deflated: &[u8], crc: u32, length: u64) {
    let mut whole = Hasher::new_with_initial_len(recording.crc, recording.length);
    whole.combine(&Hasher::new_with_initial_len(crc, length));
    recording.crc = whole.finalize();
    recording.length += length;
    recording.bytes += deflated.len() as u64;
    bytes.extend_from_slice(deflated);
}

/// What ends the gzip file as it is now.
pub(super) fn tail(recording: &Recording) -> [u8; 10] {
    gzip_tail(recording.crc, recording.length)
}
