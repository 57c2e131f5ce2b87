//! The short way to an agent: a socket in a directory that its container shares with this machine.
//!
//! A program that the engine runs in the container reaches the agent wherever the engine is, and each byte passes the
//! engine, the container's shim and that program. Where the engine is on this machine, none of them is needed.
//! Where something is in the way (another user namespace, a security module), the agent is reached as from afar.

use std::{
    fs::{self, DirBuilder, File, Permissions},
    io,
    os::{
        fd::AsRawFd,
        unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bollard::models::{ContainerInspectResponse, Mount, MountType, SystemInfo};
use nix::{
    fcntl::{OFlag, open},
    sys::stat::Mode,
};
use tokio::{net::UnixStream, time::sleep};
use uuid::Uuid;

use super::address::Address;
use crate::sandbox::engine::Identity;

/// How often the socket of an agent that has just been started is looked for, and for how long: it is one of its first acts.
const LOOK_EVERY: Duration = Duration::from_millis(4);
const YOUNG: Duration = Duration::from_secs(5);

/// How old a directory is at least that is taken for one of a container that is gone.
const OLD: Duration = Duration::from_secs(600);

/// The directories: one for each instance, with one for each of its sandboxes.
#[derive(Debug)]
pub(super) struct Shortcuts {
    dir: Option<PathBuf>,
    /// Whether the engine seems to be on this machine, once it was asked.
    here: OnceLock<bool>,
    /// It has turned out that there is no short way.
    off: AtomicBool,
}

impl Shortcuts {
    /// With directories below this one, of which the engine must be told the very same path; none without.
    pub(super) fn new(dir: Option<PathBuf>) -> Self {
        Self { dir, here: OnceLock::new(), off: AtomicBool::new(false) }
    }

    /// Notes whether the engine seems to run on this machine and to see its directories: it is asked through a socket, and
    /// says this machine's name and kernel. Where it does not after all, it refuses a directory: see [`Self::refused`].
    pub(super) fn meet(&self, engine: &SystemInfo) {
        let here = |file: &str| fs::read_to_string(Path::new("/proc/sys/kernel").join(file)).ok();
        let same = |said: &Option<String>, file: &str| {
            said.as_deref().is_some_and(|said| here(file).is_some_and(|here| here.trim() == said))
        };
        let socket = Address::from_env().is_socket();
        let _ = self.here.set(socket && same(&engine.kernel_version, "osrelease") && same(&engine.name, "hostname"));
    }

    /// Whether a container may have one. An engine that was not asked yet may have containers of an earlier run.
    pub(super) fn any(&self) -> bool {
        self.dir.is_some() && *self.here.get().unwrap_or(&true) && !self.off.load(Ordering::Relaxed)
    }

    /// Makes the directory of a sandbox; gives how it is mounted.
    pub(super) fn prepare(&self, identity: &Identity, sandbox: Uuid) -> Option<Mount> {
        let dir = self.dir.as_ref().filter(|_| self.any() && self.here.get() == Some(&true))?;
        let of_instance = dir.join(&identity.instance);
        let own = of_instance.join(sandbox.to_string());
        if let Err(error) = [dir, &of_instance, &own].into_iter().try_for_each(|dir| make(dir)) {
            tracing::warn!(dir = %own.display(), %error, "no directory to reach an agent by; the engine is the way");
            return None;
        }
        Some(Mount {
            typ: Some(MountType::BIND),
            source: Some(own.to_str()?.to_owned()),
            target: Some(wire::LINK_DIR.into()),
            ..Mount::default()
        })
    }

    /// Whether the engine has refused a container because of its directory. Then there are no more of them.
    pub(super) fn refused(&self, words: &str) -> bool {
        let dir = self.dir.as_ref().map(|dir| dir.to_string_lossy().into_owned());
        let refused = dir.is_some_and(|dir| {
            ["invalid mount config", "bind source path", wire::LINK_DIR, &dir].iter().any(|word| words.contains(word))
        });
        if refused {
            self.give_up(words);
        }
        refused
    }

    fn give_up(&self, reason: &str) {
        if !self.off.swap(true, Ordering::Relaxed) {
            tracing::warn!(reason, "there is no short way to agents; they are reached through the engine");
        }
    }

    /// Connects to the agent of a container; `None` where that is to be tried from afar. `age` is for how long it runs.
    pub(super) async fn connect(&self, container: &ContainerInspectResponse, age: Duration) -> Option<UnixStream> {
        let dir = self.of(container)?;
        let mut left = YOUNG.saturating_sub(age);
        loop {
            match dial(&dir).await {
                Ok(stream) => return Some(stream),
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::debug!(dir = %dir.display(), %error, "the short way to an agent is closed");
                    return None;
                }
                Err(_) if left.is_zero() => return None,
                Err(_) => {}
            }
            sleep(LOOK_EVERY).await;
            left = left.saturating_sub(LOOK_EVERY);
            if left.is_zero() {
                self.give_up("an agent has opened no socket in the directory that it shares");
            }
        }
    }

    /// The directory that a container shares, as long as it is one of ours.
    pub(super) fn of(&self, container: &ContainerInspectResponse) -> Option<PathBuf> {
        let mounts = container.mounts.iter().flatten();
        let shared = mounts.filter(|mount| mount.destination.as_deref() == Some(wire::LINK_DIR));
        let source = PathBuf::from(shared.filter_map(|mount| mount.source.as_deref()).next()?);
        let ours = source.parent().and_then(Path::parent) == Some(self.dir.as_deref()?);
        ours.then_some(source)
    }

    /// The directories of an instance whose containers are gone.
    pub(super) fn stale(&self, instance: &str, in_use: impl Fn(Uuid) -> bool) -> Vec<PathBuf> {
        let Some(dir) = &self.dir else { return Vec::new() };
        let entries = fs::read_dir(dir.join(instance)).into_iter().flatten().flatten();
        let stale = entries.filter(|entry| {
            let sandbox = entry.file_name().to_str().and_then(|name| name.parse().ok());
            let made = entry.metadata().and_then(|data| data.modified());
            let old = made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > OLD));
            old && sandbox.is_some_and(|sandbox| !in_use(sandbox))
        });
        stale.map(|entry| entry.path()).collect()
    }
}

/// Removes directories of containers that are gone, aside: somebody may have filled them.
pub(super) async fn remove(dirs: Vec<PathBuf>) {
    if dirs.is_empty() {
        return;
    }
    let removing = tokio::task::spawn_blocking(move || {
        for dir in dirs {
            if let Err(error) = fs::remove_dir_all(&dir)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(dir = %dir.display(), %error, "the directory of a sandbox that is gone could not be removed");
            }
        }
    });
    // It logs what it could not do itself.
    let _ = removing.await;
}

/// Connects to the socket in a directory, and to no other: whoever has got hold of the container can put there what they
/// like, such as a link to somebody else's.
async fn dial(dir: &Path) -> io::Result<UnixStream> {
    let socket = dir.join(Path::new(wire::LINK).file_name().unwrap_or_default());
    let file = File::from(open(&socket, OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty())?);
    if !file.metadata()?.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no socket"));
    }
    UnixStream::connect(format!("/proc/self/fd/{}", file.as_raw_fd())).await
}

/// A directory for nobody else: whoever gets through to an agent is its master.
fn make(dir: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(dir) {
        // Only its owner may do so.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::set_permissions(dir, Permissions::from_mode(0o700))
        }
        made => made,
    }
}

#[cfg(test)]
mod tests {
    use bollard::models::MountPoint;
    use tokio::net::UnixListener;

    use super::*;

    const SANDBOX: Uuid = Uuid::from_u128(7);

    fn shortcuts(dir: &Path) -> Shortcuts {
        let shortcuts = Shortcuts::new(Some(dir.into()));
        shortcuts.here.set(true).unwrap();
        shortcuts
    }

    fn identity() -> Identity {
        Identity { sandboxes: vec![SANDBOX], attempt: None, instance: "here".into(), warm: None }
    }

    fn with_mount(source: &Path, destination: &str) -> ContainerInspectResponse {
        let mount = MountPoint {
            source: Some(source.to_string_lossy().into_owned()),
            destination: Some(destination.into()),
            ..MountPoint::default()
        };
        ContainerInspectResponse { mounts: Some(vec![mount]), ..ContainerInspectResponse::default() }
    }

    #[tokio::test]
    async fn a_directory_is_for_its_owner_alone_and_known_again() {
        let data = tempfile::tempdir().unwrap();
        let links = data.path().join("links");
        fs::create_dir(&links).unwrap();
        let shortcuts = shortcuts(&links);
        let mount = shortcuts.prepare(&identity(), SANDBOX).unwrap();
        let own = links.join("here").join(SANDBOX.to_string());
        assert_eq!(mount.source.as_deref(), own.to_str());
        for dir in [&links, own.parent().unwrap(), &own] {
            assert_eq!(fs::metadata(dir).unwrap().permissions().mode() & 0o777, 0o700);
        }
        assert_eq!(shortcuts.of(&with_mount(&own, wire::LINK_DIR)), Some(own.clone()));
        assert_eq!(shortcuts.of(&with_mount(&own, "/elsewhere")), None);
        // Nobody makes us remove something else.
        assert_eq!(shortcuts.of(&with_mount(Path::new("/etc"), wire::LINK_DIR)), None);
        assert_eq!(Shortcuts::new(None).of(&with_mount(&own, wire::LINK_DIR)), None);

        assert_eq!(shortcuts.stale("here", |_| false), Vec::<PathBuf>::new(), "its container may be on its way");
        File::open(&own).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(shortcuts.stale("here", |_| true), Vec::<PathBuf>::new());
        assert_eq!(shortcuts.stale("another", |_| false), Vec::<PathBuf>::new());
        let stale = shortcuts.stale("here", |_| false);
        assert_eq!(stale, std::slice::from_ref(&own));
        remove(stale).await;
        assert!(!own.exists());
    }

    #[test]
    fn an_engine_that_sees_no_directories_gets_no_more_of_them() {
        let data = tempfile::tempdir().unwrap();
        let shortcuts = shortcuts(data.path());
        assert!(!shortcuts.refused("no such image") && shortcuts.any());
        // Each start that was under way is refused, and each is to be tried again.
        for words in [
            "invalid mount config for type \"bind\": bind source path does not exist: /data/links/1",
            "invalid mount config for type \"bind\": stat /data/links/1: permission denied",
        ] {
            assert!(shortcuts.refused(words));
        }
        assert!(!shortcuts.any() && shortcuts.prepare(&identity(), SANDBOX).is_none());
    }

    #[test]
    fn an_engine_elsewhere_gets_none() {
        let data = tempfile::tempdir().unwrap();
        let shortcuts = Shortcuts::new(Some(data.path().into()));
        assert!(shortcuts.prepare(&identity(), SANDBOX).is_none(), "it was not asked yet");
        let elsewhere = SystemInfo { name: Some("elsewhere".into()), ..SystemInfo::default() };
        shortcuts.meet(&elsewhere);
        assert!(!shortcuts.any() && shortcuts.prepare(&identity(), SANDBOX).is_none());
    }

    #[tokio::test]
    async fn only_a_socket_is_taken_for_an_agent() {
        let data = tempfile::tempdir().unwrap();
        // Longer than the path of a socket may be.
        let links = data.path().join("x".repeat(100));
        fs::create_dir(&links).unwrap();
        let shortcuts = shortcuts(&links);
        shortcuts.prepare(&identity(), SANDBOX).unwrap();
        let own = links.join("here").join(SANDBOX.to_string());
        let container = with_mount(&own, wire::LINK_DIR);
        let agent = own.join("agent");
        let old = YOUNG * 2;
        assert!(shortcuts.connect(&container, old).await.is_none());
        let short = data.path().join("another");
        let _another = UnixListener::bind(&short).unwrap();
        std::os::unix::fs::symlink(&short, &agent).unwrap();
        assert!(shortcuts.connect(&container, old).await.is_none(), "a link to another is followed");
        fs::remove_file(&agent).unwrap();
        fs::write(&agent, "").unwrap();
        assert!(shortcuts.connect(&container, old).await.is_none());
        fs::remove_file(&agent).unwrap();

        // One that comes a moment later is waited for, in a container that has just been started.
        let coming = tokio::spawn(async move {
            sleep(LOOK_EVERY * 3).await;
            fs::rename(short, agent).unwrap();
        });
        assert!(shortcuts.connect(&container, Duration::ZERO).await.is_some());
        coming.await.unwrap();
        assert!(shortcuts.any());
    }

    #[tokio::test]
    async fn agents_that_open_no_socket_are_waited_for_once() {
        let data = tempfile::tempdir().unwrap();
        let shortcuts = shortcuts(data.path());
        shortcuts.prepare(&identity(), SANDBOX).unwrap();
        let own = data.path().join("here").join(SANDBOX.to_string());
        assert!(shortcuts.connect(&with_mount(&own, wire::LINK_DIR), YOUNG - LOOK_EVERY * 3).await.is_none());
        assert!(!shortcuts.any());
    }
}
