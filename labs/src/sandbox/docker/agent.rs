//! The agent's program on the engine: in a volume that is named by its content.
//!
//! A volume works on any engine, remote ones too, and a box can neither write nor unmount it. Docker fills an
//! empty one from the image at the place where it is first mounted; that image is the program and nothing else.

use std::{
    fs::Metadata,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use bollard::{
    body_full,
    models::{ContainerCreateBody, HostConfig, Mount, MountType},
    query_parameters::{
        ContainerArchiveInfoOptions, CreateContainerOptions, CreateImageOptions, RemoveContainerOptions,
    },
};
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::{
    client::{failed, status},
    images,
};
use crate::{hex, sandbox::engine::EngineError};

/// How the names of the volumes begin, and those of the images they are filled from; the rest is the program's hash.
pub(super) const VOLUMES: &str = "belay-agent-";
pub(super) const IMAGES: &str = "belay/agent:";

/// The path of the program in the volume, as its container sees it.
pub(super) fn program() -> String {
    format!("{}/agent", wire::AGENT_DIR)
}

#[derive(Debug)]
pub(super) struct Agent {
    path: PathBuf,
    /// Held while the volume is looked for and filled: two at once would fill it twice. What the program was when it was
    /// last read.
    filling: Mutex<Option<Read>>,
}

/// The program's file as it was read: megabytes are not read and hashed at each start.
#[derive(Debug)]
struct Read {
    file: Stamp,
    architecture: String,
    volume: Volume,
}

/// What is another where a file is: its inode, its length, when it was written and when it was put there.
type Stamp = (u64, u64, i64, i64, i64, i64);

fn stamp(seen: &Metadata) -> Stamp {
    (seen.ino(), seen.len(), seen.mtime(), seen.mtime_nsec(), seen.ctime(), seen.ctime_nsec())
}

/// A volume with the agent's program in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Volume {
    pub name: String,
    /// The SHA-256 of the program, in hex.
    pub hash: String,
}

impl Agent {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, filling: Mutex::default() }
    }

    /// The volume, filled if it was not there. It is looked for each time: somebody may have tidied up, and
    /// a container would be given an empty one then.
    pub(super) async fn volume(&self, docker: &bollard::Docker, architecture: &str) -> Result<Volume, EngineError> {
        let mut read = self.filling.lock().await;
        let unreadable = |error: std::io::Error| missing(&self.path, &error.to_string());
        let seen = tokio::fs::metadata(&self.path).await.map_err(unreadable)?;
        let file = stamp(&seen);
        if let Some(known) = read.as_ref().filter(|read| read.file == file && read.architecture == architecture)
            && exists(docker, &known.volume.name).await?
        {
            return Ok(known.volume.clone());
        }
        let program = tokio::fs::read(&self.path).await.map_err(unreadable)?;
        fits(&self.path, &program, architecture)?;
        let hash = hex(&Sha256::digest(&program));
        let volume = Volume { name: format!("{VOLUMES}{}", &hash[..12]), hash };
        if !exists(docker, &volume.name).await? {
            fill(docker, &volume, &program).await?;
        }
        *read = Some(Read { file, architecture: architecture.into(), volume: volume.clone() });
        Ok(volume)
    }

    /// The first characters of the hash by which the present agent's volume and image are named; `None` while there is no
    /// program to tell.
    pub(super) async fn current(&self) -> Option<String> {
        let program = tokio::fs::read(&self.path).await.ok()?;
        Some(hex(&Sha256::digest(&program))[..12].to_owned())
    }
}

fn missing(path: &Path, reason: &str) -> EngineError {
    EngineError::Unavailable {
        what: format!("The agent's program {} can't be read: {reason}.", path.display()),
        remedy: "Build it: make build.".into(),
    }
}

/// That the program is one for the engine's machine.
fn fits(path: &Path, program: &[u8], architecture: &str) -> Result<(), EngineError> {
    let built_for = match (program.get(..4), program.get(18..20)) {
        (Some(b"\x7fELF"), Some([62, 0])) => "x86_64",
        (Some(b"\x7fELF"), Some([183, 0])) => "aarch64",
        _ => {
            return Err(missing(path, "it is no program for Linux on x86_64 or aarch64"));
        }
    };
    if built_for == architecture {
        return Ok(());
    }
    Err(EngineError::Unavailable {
        what: format!(
            "The agent's program is built for {built_for}, and the Docker engine's machine is {architecture}."
        ),
        remedy: format!("Build it for {architecture}-unknown-linux-gnu."),
    })
}

async fn exists(docker: &bollard::Docker, volume: &str) -> Result<bool, EngineError> {
    match docker.inspect_volume(volume).await {
        Ok(_) => Ok(true),
        Err(error) if status(&error) == Some(404) => Ok(false),
        Err(error) => Err(failed("looking for the agent's volume")(error)),
    }
}

async fn fill(docker: &bollard::Docker, volume: &Volume, program: &[u8]) -> Result<(), EngineError> {
    let image = format!("{IMAGES}{}", &volume.hash[..12]);
    if images::find(docker, &image).await?.is_none() {
        import(docker, &image, program).await?;
    }
    let body = ContainerCreateBody {
        image: Some(image),
        cmd: Some(vec![self::program()]),
        network_disabled: Some(true),
        host_config: Some(HostConfig { mounts: Some(vec![mount(&volume.name)]), ..HostConfig::default() }),
        ..ContainerCreateBody::default()
    };
    // Creating it fills the volume; it is never started.
    let filled = docker
        .create_container(None::<CreateContainerOptions>, body)
        .await
        .map_err(failed("filling the agent's volume"))?;
    let seen = docker
        .get_container_archive_info(&filled.id, Some(ContainerArchiveInfoOptions { path: self::program() }))
        .await;
    let remove = RemoveContainerOptions { force: true, v: true, link: false };
    docker.remove_container(&filled.id, Some(remove)).await.map_err(failed("tidying up after the agent's volume"))?;
    seen.map_err(failed(format!("looking into the agent's volume {}", volume.name)))?;
    tracing::info!(volume = volume.name, "the agent is on the engine");
    Ok(())
}

async fn import(docker: &bollard::Docker, image: &str, program: &[u8]) -> Result<(), EngineError> {
    let (repo, tag) = image.split_once(':').unwrap_or((image, "latest"));
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(program.len() as u64);
    header.set_mode(0o555);
    let packed = tar
        .append_data(&mut header, self::program().trim_start_matches('/'), program)
        .and_then(|()| tar.into_inner())
        .map_err(|error| EngineError::Failed { doing: "packing the agent".into(), reason: error.to_string() })?;
    let options = CreateImageOptions {
        from_src: Some("-".into()),
        repo: Some(repo.into()),
        tag: Some(tag.into()),
        ..CreateImageOptions::default()
    };
    docker
        .create_image(Some(options), Some(body_full(packed.into())), None)
        .try_for_each(|_| async { Ok(()) })
        .await
        .map_err(failed("bringing the agent to the engine"))
}

/// The volume as it is mounted.
pub(super) fn mount(volume: &str) -> Mount {
    Mount {
        typ: Some(MountType::VOLUME),
        source: Some(volume.into()),
        target: Some(wire::AGENT_DIR.into()),
        read_only: Some(true),
        ..Mount::default()
    }
}
