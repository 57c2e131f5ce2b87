//! The Docker engine, asked by its own client: independent of the code under test.

use std::process::Command;

/// Runs `docker` and gives its standard output.
///
/// # Panics
/// With its standard error, when it fails.
#[must_use]
pub fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().expect("the docker client");
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}

/// The containers of a server, by id.
#[must_use]
pub fn containers(instance: &str) -> Vec<String> {
    let filter = format!("label=belay.instance={instance}");
    docker(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter]).lines().map(str::to_string).collect()
}

/// Removes the containers of a server.
pub fn remove_all(instance: &str) {
    for container in containers(instance) {
        let _ = Command::new("docker").args(["rm", "--force", "--volumes", &container]).output();
    }
    let label = format!("label=belay.instance={instance}");
    let listed = Command::new("docker").args(["network", "ls", "--quiet", "--filter", &label]).output();
    let listed = listed.map(|listed| String::from_utf8_lossy(&listed.stdout).into_owned()).unwrap_or_default();
    for network in listed.lines() {
        let _ = Command::new("docker").args(["network", "rm", network]).output();
    }
}

/// Whether a server has containers, and all of them are paused.
#[must_use]
pub fn paused(instance: &str) -> bool {
    let states = containers(instance);
    let state = |container: &String| docker(&["inspect", "--format", "{{.State.Paused}}", container]);
    !states.is_empty() && states.iter().all(|container| state(container) == "true")
}
