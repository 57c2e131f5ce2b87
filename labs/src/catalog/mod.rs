//! The catalogue: labs, read from a directory with one folder for each.

mod folder;
mod judging;
mod lab;
mod read;
mod units;
mod vars;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use scorecards::reader::{Problem, Problems};
use scorecards::role::Words;

pub use self::{
    judging::{Criterion, Judging},
    lab::{
        Check, Entry, Expectation, Hint, Host, Image, Lab, MOST_HOSTS, MOST_PORTS, PHASES, PreviewPort, Script, Signal,
        Test, TimeSettings, phases,
    },
    vars::{Port, VarSpec, Vars},
};

/// All labs there are.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// By phase, then id.
    order: Vec<Arc<Lab>>,
    by_id: BTreeMap<String, Arc<Lab>>,
}

impl Catalog {
    /// A catalogue of these labs.
    #[must_use]
    pub fn new(labs: impl IntoIterator<Item = Lab>) -> Self {
        let mut order: Vec<Arc<Lab>> = labs.into_iter().map(Arc::new).collect();
        order.sort_by(|a, b| (a.phase, &a.id).cmp(&(b.phase, &b.id)));
        let by_id = order.iter().map(|lab| (lab.id.clone(), Arc::clone(lab))).collect();
        Self { order, by_id }
    }

    /// Reads every folder of the directory as a lab, whatever roles the labs are for.
    ///
    /// # Errors
    /// All that is wrong with any of them.
    pub fn load(dir: &Path) -> Result<Self, Problems> {
        Self::read(dir, None)
    }

    /// Reads every folder of the directory as a lab for roles of these words: what it names of a role must be there.
    ///
    /// # Errors
    /// All that is wrong with any of them.
    pub fn load_for(dir: &Path, words: &Words) -> Result<Self, Problems> {
        Self::read(dir, Some(words))
    }

    /// Reads these folders of the directory alone, so that nothing beside them is in the way.
    ///
    /// # Errors
    /// All that is wrong with any of them; a folder that is not there is one of it.
    pub fn load_some(dir: &Path, words: &Words, names: &[String]) -> Result<Self, Problems> {
        Self::of_folders(names.iter().map(|name| dir.join(name)), Some(words))
    }

    fn read(dir: &Path, words: Option<&Words>) -> Result<Self, Problems> {
        let folders = folders(dir).map_err(|error| {
            Problems(vec![Problem {
                file: dir.display().to_string(),
                line: None,
                what: format!("the catalogue can't be read: {error}"),
                remedy: "name the directory that holds the labs' folders".into(),
            }])
        })?;
        Self::of_folders(folders, words)
    }

    fn of_folders(folders: impl IntoIterator<Item = PathBuf>, words: Option<&Words>) -> Result<Self, Problems> {
        let (mut labs, mut problems) = (Vec::new(), Vec::new());
        for folder in folders {
            match read::lab(&folder, words) {
                Ok(lab) => labs.push(lab),
                Err(wrong) => problems.extend(wrong),
            }
        }
        if problems.is_empty() { Ok(Self::new(labs)) } else { Err(Problems(problems)) }
    }

    /// Reads one folder as a lab.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn load_lab(dir: &Path) -> Result<Lab, Problems> {
        read::lab(dir, None).map_err(Problems)
    }

    /// The labs, by phase and then id.
    pub fn labs(&self) -> impl Iterator<Item = &Arc<Lab>> {
        self.order.iter()
    }

    /// The lab of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<Lab>> {
        self.by_id.get(id).cloned()
    }
}

/// The folders of a directory, in order; hidden ones left out.
fn folders(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && !entry.file_name().as_encoded_bytes().starts_with(b".") {
            folders.push(entry.path());
        }
    }
    folders.sort_unstable();
    Ok(folders)
}
