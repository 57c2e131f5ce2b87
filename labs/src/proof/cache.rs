//! What was proven, by the hash of all that it depends on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::Round;
use crate::{catalog::Lab, hex};

/// Part of every hash: raised when a proof comes to ask for more, so that the old ones count no longer.
const GENERATION: u32 = 1;

pub(super) struct Cache {
    /// The file of this very proof, in a folder of the lab's.
    file: PathBuf,
}

impl Cache {
    pub(super) fn new(dir: &Path, lab: &Lab, fingerprint: &str, seeds: &[u64]) -> Self {
        let depends_on = format!("{GENERATION}\n{}\n{fingerprint}\n{seeds:?}", lab.version);
        let hash = hex(&Sha256::digest(depends_on));
        Self { file: dir.join(&lab.id).join(format!("{}.json", &hash[..24])) }
    }

    /// The proof, if it was made.
    pub(super) fn recall(&self) -> Option<Vec<Round>> {
        serde_json::from_slice(&fs::read(&self.file).ok()?).ok()
    }

    /// Remembers the proof, and forgets the lab's older ones. That it can't is a pity and no more.
    pub(super) fn remember(&self, rounds: &[Round]) {
        if let Err(error) = self.write(rounds) {
            tracing::warn!(file = %self.file.display(), %error, "a proof could not be remembered");
        }
    }

    fn write(&self, rounds: &[Round]) -> std::io::Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
            for old in fs::read_dir(folder)? {
                fs::remove_file(old?.path())?;
            }
        }
        fs::write(&self.file, serde_json::to_vec_pretty(rounds)?)
    }
}
