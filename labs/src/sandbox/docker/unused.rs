//! What is left on the engine of agents and labs as they were.
//!
//! Only what carries a name of ours is looked at, and nothing that a container uses, whoever's it is. While
//! another server has boxes on the engine nothing goes: its labs are not known here. What one that has none at the moment
//! wants again is made again when it does.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use bollard::query_parameters::{
    ListContainersOptions, ListImagesOptions, ListVolumesOptions, RemoveImageOptions, RemoveVolumeOptions,
};

use super::{
    agent,
    client::{failed, status},
    container::INSTANCE,
    images::Images,
};
use crate::{
    catalog::Lab,
    sandbox::engine::{EngineError, Unused, UnusedKind},
};

/// How the names of the images of labs begin.
const LABS: &str = "belay/lab-";

fn filters(pairs: &[(&str, &str)]) -> Option<HashMap<String, Vec<String>>> {
    Some(pairs.iter().map(|(key, value)| ((*key).to_string(), vec![(*value).to_string()])).collect())
}

/// Whether another server has boxes on this engine.
pub(super) async fn shared(docker: &bollard::Docker, instance: &str) -> Result<bool, EngineError> {
    let options = ListContainersOptions {
        all: true,
        filters: filters(&[("label", INSTANCE)]),
        ..ListContainersOptions::default()
    };
    let list = docker.list_containers(Some(options)).await.map_err(failed("listing the containers"))?;
    let others = |labels: HashMap<String, String>| labels.get(INSTANCE).is_some_and(|of| of != instance);
    Ok(list.into_iter().filter_map(|container| container.labels).any(others))
}

/// Volumes with an agent other than the present one. While that is unknown, none.
pub(super) async fn agents(docker: &bollard::Docker, current: Option<&str>) -> Result<Vec<Unused>, EngineError> {
    let Some(current) = current else { return Ok(Vec::new()) };
    let options = ListVolumesOptions { filters: filters(&[("name", agent::VOLUMES), ("dangling", "true")]) };
    let list = docker.list_volumes(Some(options)).await.map_err(failed("listing the agents' volumes"))?;
    let names = list.volumes.unwrap_or_default().into_iter().map(|volume| volume.name);
    let old = names.filter(|name| name.strip_prefix(agent::VOLUMES).is_some_and(|hash| hash != current));
    Ok(old.map(|name| Unused { kind: UnusedKind::Agent, name }).collect())
}

/// Images of agents and labs that no lab is made from as it is now, and no container from at all.
pub(super) async fn images(
    docker: &bollard::Docker,
    images: &Images,
    labs: &[Arc<Lab>],
    agent: Option<&str>,
) -> Result<Vec<Unused>, EngineError> {
    let Some(agent) = agent else { return Ok(Vec::new()) };
    let mut needed = HashSet::from([format!("{}{agent}", agent::IMAGES)]);
    // Of a lab whose images are not known all are kept.
    let mut unknown = Vec::new();
    for lab in labs {
        match images.in_use(docker, lab).await {
            Some(used) => needed.extend(used),
            None => {
                unknown.push(format!("{LABS}{}", lab.id));
            }
        }
    }
    let all = ListContainersOptions { all: true, ..ListContainersOptions::default() };
    let containers = docker.list_containers(Some(all)).await.map_err(failed("listing the containers"))?;
    let held: HashSet<String> = containers.into_iter().filter_map(|container| container.image_id).collect();
    let options = ListImagesOptions { filters: filters(&[("reference", "belay/*")]), ..ListImagesOptions::default() };
    let list = docker.list_images(Some(options)).await.map_err(failed("listing the images"))?;
    let mut found = Vec::new();
    for image in list.into_iter().filter(|image| !held.contains(&image.id)) {
        for tag in image.repo_tags {
            let repository = tag.rsplit_once(':').map_or(tag.as_str(), |(repository, _)| repository);
            let ours = repository.starts_with(LABS)
                || tag.starts_with(agent::IMAGES)
                || (unknown.is_empty() && images.is_own(repository));
            if ours && !needed.contains(&tag) && !unknown.iter().any(|lab| repository.starts_with(lab.as_str())) {
                found.push(Unused { kind: UnusedKind::Image, name: tag });
            }
        }
    }
    Ok(found)
}

/// Removes one. What is in use by now stays.
pub(super) async fn discard(docker: &bollard::Docker, unused: &Unused) -> Result<bool, EngineError> {
    let removed = match unused.kind {
        UnusedKind::Agent => docker.remove_volume(&unused.name, None::<RemoveVolumeOptions>).await,
        UnusedKind::Image => docker.remove_image(&unused.name, None::<RemoveImageOptions>, None).await.map(drop),
        // They are removed by their groups.
        UnusedKind::Network => return Ok(false),
    };
    match removed {
        Ok(()) => Ok(true),
        // 404: somebody else was quicker.
        Err(error) if status(&error) == Some(404) => Ok(true),
        // 409: it is in use.
        Err(error) if status(&error) == Some(409) => Ok(false),
        Err(error) => Err(failed(format!("removing {}", unused.name))(error)),
    }
}
