//! Networks between the hosts of one lab.
//!
//! Each is internal and has no address on the host's side, so that nothing but the other hosts can be reached. Its
//! subnet is small and named, because the engine's own pool of addresses is used up by about thirty networks.

use std::{collections::HashMap, net::Ipv4Addr};

use bollard::models::{EndpointIpamConfig, EndpointSettings, Ipam, IpamConfig, NetworkCreateRequest, NetworkingConfig};
use bollard::query_parameters::ListNetworksOptions;
use uuid::Uuid;

use super::{
    client::{failed, status, words},
    container::{GROUP, INSTANCE, NODE},
};
use crate::sandbox::engine::{EngineError, Identity, Network};

/// Where the subnets lie: 10.231.0.0/16 has room for 4096 of them. No host has a route into it.
const BASE: Ipv4Addr = Ipv4Addr::new(10, 231, 0, 0);
const SUBNETS: u32 = 1 << 12;

/// A subnet is a /28: 16 addresses, of which the engine wants the first two and the last.
const PREFIX: u8 = 28;
const SIZE: u32 = 1 << (32 - PREFIX as u32);

/// How many subnets are tried before it is said that none is free.
const TRIES: u32 = 64;

fn name(group: Uuid) -> String {
    format!("belay-{group}")
}

/// Makes the network of a group.
pub(super) async fn create(docker: &bollard::Docker, identity: &Identity, node: &str) -> Result<Network, EngineError> {
    let group = identity.group();
    let name = name(group);
    let labels = [(GROUP, group.to_string()), (INSTANCE, identity.instance.clone()), (NODE, node.into())];
    let labels: HashMap<String, String> = labels.map(|(label, value)| (label.to_string(), value)).into();
    // Ids are random in their last bits, so few ask for the same subnet.
    let wanted = (group.as_u128() % u128::from(SUBNETS)) as u32;
    for subnet in (0..TRIES).map(|tried| (wanted + tried) % SUBNETS) {
        let start = BASE.to_bits() + subnet * SIZE;
        let range = IpamConfig {
            subnet: Some(format!("{}/{PREFIX}", Ipv4Addr::from_bits(start))),
            gateway: Some(Ipv4Addr::from_bits(start + 1).to_string()),
            ..IpamConfig::default()
        };
        let request = NetworkCreateRequest {
            name: name.clone(),
            driver: Some("bridge".into()),
            internal: Some(true),
            enable_ipv6: Some(false),
            ipam: Some(Ipam { config: Some(vec![range]), ..Ipam::default() }),
            // An internal network alone would still reach what the host serves on the gateway's address.
            options: Some(HashMap::from([("com.docker.network.bridge.inhibit_ipv4".into(), "true".into())])),
            labels: Some(labels.clone()),
            ..NetworkCreateRequest::default()
        };
        match docker.create_network(request).await {
            Ok(_) => return Ok(Network { name, first: Ipv4Addr::from_bits(start + 2) }),
            Err(error) if words(&error).contains("overlaps") => {}
            Err(error) => return Err(failed("making the lab's network")(error)),
        }
    }
    Err(EngineError::Unavailable {
        what: format!("No subnet of {BASE}/16 is free for the lab's network."),
        remedy: "Remove networks that are no longer used: docker network prune.".into(),
    })
}

/// A host's place in it.
pub(super) fn joined(network: &Network, host: usize) -> NetworkingConfig {
    let address =
        EndpointIpamConfig { ipv4_address: Some(network.address(host).to_string()), ..EndpointIpamConfig::default() };
    let endpoint = EndpointSettings { ipam_config: Some(address), ..EndpointSettings::default() };
    NetworkingConfig { endpoints_config: Some(HashMap::from([(network.name.clone(), endpoint)])) }
}

/// Removes the network of a group.
pub(super) async fn remove(docker: &bollard::Docker, group: Uuid) -> Result<(), EngineError> {
    match docker.remove_network(&name(group)).await {
        Ok(()) => Ok(()),
        Err(error) if status(&error) == Some(404) => Ok(()),
        Err(error) => Err(failed("removing a lab's network")(error)),
    }
}

/// The groups of an instance that have a network.
pub(super) async fn list(docker: &bollard::Docker, instance: &str) -> Result<Vec<Uuid>, EngineError> {
    let options = ListNetworksOptions {
        filters: Some(HashMap::from([("label".to_string(), vec![format!("{INSTANCE}={instance}")])])),
    };
    let networks = docker.list_networks(Some(options)).await.map_err(failed("listing the labs' networks"))?;
    let group = |labels: Option<HashMap<String, String>>| labels?.get(GROUP)?.parse().ok();
    Ok(networks.into_iter().filter_map(|network| group(network.labels)).collect())
}
