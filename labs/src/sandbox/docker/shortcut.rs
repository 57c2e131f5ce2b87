//! The short way to an agent: a socket in a directory that its container shares with this machine.
//!
//! A program that the engine runs in the container reaches the agent wherever the engine is, and each byte passes the
//! engine, the container's shim and that program. Where the engine is on this machine, none of them is needed.
//! Where something is in the way (another user namespace, a security module), the agent is reached as from afar.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bollard::models::{ContainerInspectResponse, Mount, MountType, SystemInfo};
use tokio::{net::UnixStream, time::sleep};
use uuid::Uuid;

use super::address::Address;

/// How often, and how far apart, the socket of an agent that is just being started is looked for.
const LOOKS: u32 = 50;
const LOOK_EVERY: Duration = Duration::from_millis(4);

/// How old a directory is at least that is taken for one of a container that is gone.
const OLD: Duration = Duration::from_secs(600);

/// Longer paths can't be those of a socket.
const LONGEST: usize = 107;

/// The directories, one for each sandbox.
#[derive(Debug)]
pub(super) struct Shortcuts {
    dir: Option<PathBuf>,
    /// The engine has no part in this machine's directories after all.
    off: AtomicBool,
}

impl Shortcuts {
    /// With directories below this one; none without.
    pub(super) fn new(dir: Option<PathBuf>) -> Self {
        Self { dir, off: AtomicBool::new(false) }
    }

    /// Whether an engine seems to run on this machine and to see its directories: it is asked through a socket, and says
    /// this machine's name and kernel. Where it does not after all, it refuses the first directory: see [`Self::refused`].
    pub(super) fn suit(engine: &SystemInfo) -> bool {
        let here = |file: &str| fs::read_to_string(Path::new("/proc/sys/kernel").join(file)).ok();
        let same = |said: &Option<String>, file: &str| {
            said.as_deref().is_some_and(|said| here(file).is_some_and(|here| here.trim() == said))
        };
        Address::from_env().is_socket() && same(&engine.kernel_version, "osrelease") && same(&engine.name, "hostname")
    }

    /// Makes the directory of a sandbox; gives how it is mounted.
    pub(super) fn prepare(&self, sandbox: Uuid) -> Option<Mount> {
        let dir = self.dir.as_ref().filter(|_| !self.off.load(Ordering::Relaxed))?;
        let own = dir.join(sandbox.to_string());
        if socket(&own).as_os_str().len() > LONGEST {
            return None;
        }
        if let Err(error) = make(dir).and_then(|()| make(&own)) {
            tracing::debug!(dir = %own.display(), %error, "no short way to a sandbox's agent");
            return None;
        }
        Some(Mount {
            typ: Some(MountType::BIND),
            source: Some(own.to_string_lossy().into_owned()),
            target: Some(wire::LINK_DIR.into()),
            ..Mount::default()
        })
    }

    /// Whether the engine has refused a container because of its directory. Then there are no more of them.
    pub(super) fn refused(&self, words: &str) -> bool {
        let refused = words.contains("bind source path") || words.contains(wire::LINK_DIR);
        refused && self.dir.is_some() && !self.off.swap(true, Ordering::Relaxed)
    }

    /// Connects to the agent of a container; `None` where that is to be tried from afar.
    pub(super) async fn connect(&self, container: &ContainerInspectResponse) -> Option<UnixStream> {
        let socket = socket(&self.of(container)?);
        for _ in 0..LOOKS {
            match UnixStream::connect(&socket).await {
                Ok(stream) => return Some(stream),
                Err(error) if error.kind() == io::ErrorKind::NotFound => sleep(LOOK_EVERY).await,
                Err(error) => {
                    tracing::debug!(socket = %socket.display(), %error, "the short way to an agent is closed");
                    return None;
                }
            }
        }
        None
    }

    /// Whether any container may have one.
    pub(super) fn any(&self) -> bool {
        self.dir.is_some()
    }

    /// The directory that a container shares, as long as it is one of ours.
    pub(super) fn of(&self, container: &ContainerInspectResponse) -> Option<PathBuf> {
        let mounts = container.mounts.iter().flatten();
        let shared = mounts.filter(|mount| mount.destination.as_deref() == Some(wire::LINK_DIR));
        let source = shared.filter_map(|mount| mount.source.as_deref()).next()?;
        Some(PathBuf::from(source)).filter(|source| source.parent() == self.dir.as_deref())
    }

    /// Removes the directories whose containers are gone.
    pub(super) fn tidy(&self, in_use: impl Fn(Uuid) -> bool) {
        let Some(dir) = &self.dir else { return };
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let Some(sandbox) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let made = entry.metadata().and_then(|data| data.modified());
            let old = made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > OLD));
            if old && !in_use(sandbox) {
                remove(&entry.path());
            }
        }
    }
}

/// Removes the directory of a container that is gone.
pub(super) fn remove(dir: &Path) {
    if let Err(error) = fs::remove_dir_all(dir)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(dir = %dir.display(), %error, "the directory of a sandbox that is gone could not be removed");
    }
}

/// The socket in a sandbox's directory, as this machine sees it.
fn socket(dir: &Path) -> PathBuf {
    dir.join(Path::new(wire::LINK).file_name().unwrap_or_default())
}

/// A directory for nobody else: whoever gets through to an agent is its master.
fn make(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    match fs::DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use bollard::models::MountPoint;

    use super::*;

    fn with_mount(source: &Path, destination: &str) -> ContainerInspectResponse {
        let mount = MountPoint {
            source: Some(source.to_string_lossy().into_owned()),
            destination: Some(destination.into()),
            ..MountPoint::default()
        };
        ContainerInspectResponse { mounts: Some(vec![mount]), ..ContainerInspectResponse::default() }
    }

    #[test]
    fn a_directory_is_for_its_owner_alone_and_known_again() {
        let data = tempfile::tempdir().unwrap();
        let links = data.path().join("links");
        let shortcuts = Shortcuts::new(Some(links.clone()));
        let sandbox = Uuid::from_u128(7);
        let mount = shortcuts.prepare(sandbox).unwrap();
        let own = links.join(sandbox.to_string());
        assert_eq!(mount.source.as_deref(), own.to_str());
        for dir in [&links, &own] {
            assert_eq!(fs::metadata(dir).unwrap().permissions().mode() & 0o777, 0o700);
        }
        assert_eq!(shortcuts.of(&with_mount(&own, wire::LINK_DIR)), Some(own.clone()));
        assert_eq!(shortcuts.of(&with_mount(&own, "/elsewhere")), None);
        // Nobody makes us remove something else.
        assert_eq!(shortcuts.of(&with_mount(Path::new("/etc"), wire::LINK_DIR)), None);
        assert_eq!(Shortcuts::new(None).of(&with_mount(&own, wire::LINK_DIR)), None);
        shortcuts.tidy(|_| false);
        assert!(own.exists(), "its container may be on its way");
        remove(&own);
        assert!(!own.exists());
    }

    #[test]
    fn an_engine_that_sees_no_directories_is_asked_once() {
        let data = tempfile::tempdir().unwrap();
        let shortcuts = Shortcuts::new(Some(data.path().join("links")));
        assert!(!shortcuts.refused("no such image"));
        let words = "invalid mount config for type \"bind\": bind source path does not exist: /data/links/1";
        assert!(shortcuts.refused(words));
        assert!(!shortcuts.refused(words), "trying again without must not go on for ever");
        assert!(shortcuts.prepare(Uuid::from_u128(7)).is_none());
    }

    #[test]
    fn a_path_too_long_for_a_socket_is_none() {
        let shortcuts = Shortcuts::new(Some(Path::new("/tmp").join("x".repeat(90))));
        assert!(shortcuts.prepare(Uuid::from_u128(7)).is_none());
    }
}
