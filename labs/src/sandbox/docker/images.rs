//! Images, built when their content has changed and found in milliseconds when it has not.

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    pin::pin,
    time::{Duration, Instant},
};

use bollard::{
    body_full,
    models::BuildInfo,
    query_parameters::{BuildImageOptions, TagImageOptions},
};
use futures::{FutureExt, Stream, StreamExt, future::BoxFuture};
use tokio::{sync::Mutex, time::timeout};

use super::{
    client::{failed, status, words},
    context::{Base, Context},
};
use crate::{
    catalog::{Host, Image, Lab},
    sandbox::engine::EngineError,
};

/// How long a build may take. What it fetches can hang for good, and then nobody could start a lab that waits for it.
const BUILD_WITHIN: Duration = Duration::from_secs(20 * 60);

/// How many lines of a build's log an error shows.
const LOG_LINES: usize = 25;

/// How deep base images may be stacked: more is a circle.
const DEEPEST: usize = 8;

#[derive(Debug)]
pub(super) struct Images {
    /// The folder with a folder for each base image.
    dir: PathBuf,
    /// Held while an image is built: two at once would do the same work twice.
    building: Mutex<()>,
}

impl Images {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir, building: Mutex::default() }
    }

    /// The image of a lab's host.
    pub(super) async fn of_host(&self, docker: &bollard::Docker, lab: &Lab, host: &Host) -> Result<Base, EngineError> {
        match &host.image {
            Image::Named(name) => self.named(docker, name, 0).await,
            // Only this folder goes to the engine: the solution lies beside it.
            Image::Build(folder) => self.built(docker, &of_lab(lab, host), &lab.dir.join(folder), 0).await,
        }
    }

    /// An image by the name a person gives it: one of Belay's own is built, any other must be there.
    fn named<'a>(
        &'a self,
        docker: &'a bollard::Docker,
        name: &'a str,
        depth: usize,
    ) -> BoxFuture<'a, Result<Base, EngineError>> {
        async move {
            if let Some(folder) = self.own(name) {
                return self.built(docker, name.trim_end_matches(":latest"), &folder, depth).await;
            }
            match find(docker, name).await? {
                Some(id) => Ok(Base { reference: name.into(), id }),
                None => Err(EngineError::Unavailable {
                    what: format!("The image {name} is not on the Docker engine."),
                    remedy: if name.starts_with("belay/") {
                        "Make it: server/setup/base-image.sh (make run does it).".into()
                    } else {
                        format!("Fetch it: docker pull {name}.")
                    },
                }),
            }
        }
        .boxed()
    }

    /// The images that a lab's sandboxes are made from as it is now, by reference. `None` where that can't be said without
    /// building one.
    pub(super) async fn in_use(&self, docker: &bollard::Docker, lab: &Lab) -> Option<Vec<String>> {
        let mut used = Vec::new();
        for host in &lab.hosts {
            match &host.image {
                Image::Named(name) => self.trace(docker, name, 0, &mut used).await?,
                Image::Build(folder) => {
                    let folder = lab.dir.join(folder);
                    self.trace_built(docker, &of_lab(lab, host), &folder, 0, &mut used).await?
                }
            };
        }
        Some(used)
    }

    fn trace<'a>(
        &'a self,
        docker: &'a bollard::Docker,
        name: &'a str,
        depth: usize,
        used: &'a mut Vec<String>,
    ) -> BoxFuture<'a, Option<Base>> {
        async move {
            if let Some(folder) = self.own(name) {
                return self.trace_built(docker, name.trim_end_matches(":latest"), &folder, depth, used).await;
            }
            let id = find(docker, name).await.ok()??;
            used.push(name.into());
            Some(Base { reference: name.into(), id })
        }
        .boxed()
    }

    async fn trace_built(
        &self,
        docker: &bollard::Docker,
        name: &str,
        folder: &Path,
        depth: usize,
        used: &mut Vec<String>,
    ) -> Option<Base> {
        if depth > DEEPEST {
            return None;
        }
        let context = Context::read(folder).ok()?;
        let mut bases = BTreeMap::new();
        for base in context.bases() {
            let found = self.trace(docker, &base, depth + 1, used).await?;
            bases.insert(base, found);
        }
        let reference = format!("{name}:{}", &context.hash(&bases)[..12]);
        let id = find(docker, &reference).await.ok()??;
        used.push(reference.clone());
        used.push(format!("{name}:latest"));
        Some(Base { reference, id })
    }

    /// Whether an image of this name is built from a folder of ours.
    pub(super) fn is_own(&self, repository: &str) -> bool {
        self.own(repository).is_some()
    }

    /// The folder from which an image of this name is built.
    fn own(&self, name: &str) -> Option<PathBuf> {
        let short = name.strip_prefix("belay/")?.trim_end_matches(":latest");
        let plain = !short.is_empty() && short.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        Some(self.dir.join(short)).filter(|folder| plain && folder.join("Dockerfile").is_file())
    }

    async fn built(
        &self,
        docker: &bollard::Docker,
        name: &str,
        folder: &Path,
        depth: usize,
    ) -> Result<Base, EngineError> {
        let trouble = |reason: String| EngineError::Build { image: name.into(), reason, log: String::new() };
        if depth > DEEPEST {
            return Err(trouble("it is built on itself".into()));
        }
        let context = Context::read(folder).map_err(|error| trouble(format!("{}: {error}", folder.display())))?;
        let mut bases = BTreeMap::new();
        for base in context.bases() {
            let found = self.named(docker, &base, depth + 1).await?;
            bases.insert(base, found);
        }
        let reference = format!("{name}:{}", &context.hash(&bases)[..12]);
        if let Some(id) = find(docker, &reference).await? {
            return Ok(Base { reference, id });
        }
        let _building = self.building.lock().await;
        if find(docker, &reference).await?.is_none() {
            let tar = context.tar(&bases).map_err(|error| trouble(error.to_string()))?;
            build(docker, &reference, tar).await?;
            let latest = TagImageOptions { repo: Some(name.into()), tag: Some("latest".into()) };
            docker.tag_image(&reference, Some(latest)).await.map_err(failed(format!("naming the image {name}")))?;
        }
        let id = find(docker, &reference).await?;
        id.map(|id| Base { reference, id }).ok_or_else(|| trouble("it is not there after it was built".into()))
    }
}

/// What the image of a host is called that its lab builds.
fn of_lab(lab: &Lab, host: &Host) -> String {
    let which = if lab.hosts.len() > 1 { format!("-{}", host.name) } else { String::new() };
    format!("belay/lab-{}{which}", lab.id)
}

/// The id of an image, if the engine has it.
pub(super) async fn find(docker: &bollard::Docker, name: &str) -> Result<Option<String>, EngineError> {
    match docker.inspect_image(name).await {
        Ok(image) => Ok(image.id),
        Err(error) if status(&error) == Some(404) => Ok(None),
        Err(error) => Err(failed(format!("looking for the image {name}"))(error)),
    }
}

async fn build(docker: &bollard::Docker, reference: &str, tar: Vec<u8>) -> Result<(), EngineError> {
    let began = Instant::now();
    tracing::info!(image = reference, "building an image; the first time this takes minutes");
    let options = BuildImageOptions {
        dockerfile: "Dockerfile".into(),
        t: Some(reference.into()),
        rm: true,
        forcerm: true,
        ..BuildImageOptions::default()
    };
    let steps = docker.build_image(options, None, Some(body_full(tar.into())));
    follow(reference, steps, BUILD_WITHIN).await?;
    tracing::info!(image = reference, seconds = began.elapsed().as_secs(), "built");
    Ok(())
}

/// Follows a build to its end. One that takes too long is hung up on, which ends it.
async fn follow(
    reference: &str,
    steps: impl Stream<Item = Result<BuildInfo, bollard::errors::Error>>,
    limit: Duration,
) -> Result<(), EngineError> {
    let mut log = Log::default();
    let built = timeout(limit, async {
        let mut steps = pin!(steps);
        while let Some(step) = steps.next().await {
            let info = step.map_err(|error| words(&error))?;
            log.add(info.stream.as_deref().or(info.status.as_deref()).unwrap_or_default());
        }
        Ok(())
    });
    let built =
        built.await.unwrap_or_else(|_| Err(format!("it took longer than {} minutes", limit.as_secs().div_ceil(60))));
    built.map_err(|reason| EngineError::Build { image: reference.into(), reason, log: log.end() })
}

/// The end of a log that comes in pieces.
#[derive(Default)]
struct Log {
    lines: VecDeque<String>,
    open: String,
}

impl Log {
    fn add(&mut self, text: &str) {
        self.open.push_str(text);
        while let Some((line, rest)) = self.open.split_once('\n') {
            let (line, rest) = (line.trim_end().to_string(), rest.to_string());
            self.open = rest;
            if !line.is_empty() {
                tracing::debug!("{line}");
                self.lines.push_back(line);
            }
            if self.lines.len() > LOG_LINES {
                self.lines.pop_front();
            }
        }
    }

    fn end(mut self) -> String {
        self.add("\n");
        Vec::from(self.lines).join("\n")
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    #[tokio::test]
    async fn a_build_that_hangs_is_given_up_with_the_end_of_its_log() {
        let step = |text: &str| Ok(BuildInfo { stream: Some(text.into()), ..BuildInfo::default() });
        let steps = stream::iter([step("Step 1/2 : RUN apt-get update\n")]).chain(stream::pending());
        match follow("belay/x:1", steps, Duration::from_millis(10)).await.unwrap_err() {
            EngineError::Build { image, reason, log } => {
                assert_eq!((image.as_str(), log.as_str()), ("belay/x:1", "Step 1/2 : RUN apt-get update"));
                assert!(reason.contains("took longer than"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
        let steps = stream::iter([step("Step 1/1 : RUN true\n")]);
        assert_eq!(follow("belay/x:1", steps, Duration::from_secs(9)).await, Ok(()));
    }

    #[test]
    fn the_log_keeps_its_end() {
        let mut log = Log::default();
        for n in 0..100 {
            log.add(&format!("Step {n}"));
            log.add("/100\n\n");
        }
        log.add("half a");
        log.add(" line");
        let end = log.end();
        assert_eq!(end.lines().count(), LOG_LINES);
        assert!(end.ends_with("Step 99/100\nhalf a line"), "{end}");
    }
}
