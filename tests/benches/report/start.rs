//! From a click to a prompt.

use std::{path::Path, sync::Arc, time::Instant};

use anyhow::Context;
use labs::{
    catalog::Catalog,
    sandbox::{
        self, Engine, Found,
        docker::{Docker, Options},
    },
};
use tests::{docker, server::root};
use wire::{Place, Run};

use crate::{
    Measured, Plan,
    direct::Direct,
    lab,
    report::Figure,
    socket::Terminal,
    stats::{median, ms, percentile, ratio},
    world::{Attempt, World},
};

/// How many starts there are of each kind.
const STARTS: usize = 30;

/// How many there are with a warm box.
const WARM_STARTS: usize = 50;

/// How a prompt of an image ends, for its user and for root.
const PROMPTS: [&[u8]; 2] = [b"$ ", b"# "];

pub async fn measure(world: &mut World, plan: &Plan) -> Measured {
    let starts = plan.count(STARTS, 3);
    let mut figures = warm(plan).await?;
    let (mut cold, mut booted, mut bash, mut set_up) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..starts {
        let (attempt, took) = click(world).await?;
        cold.push(took);
        set_up.push(set_up_again(&attempt).await?);
        world.end(attempt).await?;
        booted.push(docker_boot(world).await?);
        bash.push(docker_bash(world).await?);
    }
    let cold_method = format!(
        "POST /labs/bench/start, GET of the attempt's page, and its terminal's WebSocket, tried every 5 ms until it opens, \
         to the first prompt, with no warm box; {starts} starts by as many people"
    );
    let booted_method = format!(
        "`docker run --detach` of {} as it is, whose first program is systemd, then `docker exec -it` of a shell that waits until \
         systemd says that all has started, to its first prompt; by Docker's client on a terminal, taking turns with the cold \
         starts",
        lab::IMAGE
    );
    let bash_method = format!(
        "`docker run -it {} bash -l` to its first prompt, with nothing started in it; taking turns with the cold starts",
        lab::IMAGE
    );
    let set_up_method = "the lab's setup.sh run again in each box by the agent";
    let sum =
        |plain: &[f64]| anyhow::Ok(Some(median(plain).context("no sample")? + median(&set_up).context("no sample")?));
    figures.extend([
        Figure::new(
            "start.cold.ratio",
            ratio(median(&cold), sum(&booted)?),
            "ratio",
            "start.cold.p50_ms ÷ (start.docker_run.p50_ms + start.setup.p50_ms), at most 1.25",
        ),
        Figure::new("start.cold.p50_ms", median(&cold), "ms", &*cold_method),
        Figure::new("start.cold.p99_ms", percentile(&cold, 0.99), "ms", cold_method),
        Figure::new("start.docker_run.p50_ms", median(&booted), "ms", booted_method),
        Figure::new("start.setup.p50_ms", median(&set_up), "ms", set_up_method),
        Figure::new(
            "start.cold_to_bare.ratio",
            ratio(median(&cold), sum(&bash)?),
            "ratio",
            "start.cold.p50_ms ÷ (start.docker_run_bare.p50_ms + start.setup.p50_ms): against a container that boots nothing",
        ),
        Figure::new("start.docker_run_bare.p50_ms", median(&bash), "ms", bash_method),
    ]);
    Ok(figures)
}

/// Starts by people for whom boxes are warm, one after the other, on a server of their own.
async fn warm(plan: &Plan) -> Measured {
    let starts = plan.count(WARM_STARTS, 3);
    let mut world = World::with_warm_memory("16g").await?;
    let mut people = Vec::new();
    while people.len() < starts {
        people.push(world.person().await?);
    }
    world.reserve(starts).await?;
    let mut took = Vec::new();
    for person in &people {
        let began = Instant::now();
        let id = world.start(person).await?;
        person.get(&format!("/attempts/{id}")).await;
        let mut terminal = world.terminal(person, &id, 1).await?;
        prompt(&mut terminal).await?;
        took.push(ms(began.elapsed()));
    }
    let given = world.said("a warm box is ready");
    anyhow::ensure!(given >= starts, "of {starts} starts only {given} got a warm box");
    let method = format!(
        "POST /labs/bench/start, GET of the attempt's page, and its terminal's WebSocket to the first prompt, with a warm box \
         reserved for each; {starts} starts by as many people, one after the other"
    );
    Ok(vec![
        Figure::new("start.warm.p50_ms", median(&took), "ms", &*method),
        Figure::new("start.warm.p99_ms", percentile(&took, 0.99), "ms", method),
    ])
}

/// From the click to the first prompt, by somebody new.
async fn click(world: &mut World) -> anyhow::Result<(Attempt, f64)> {
    let person = world.person().await?;
    let began = Instant::now();
    let id = world.start(&person).await?;
    person.get(&format!("/attempts/{id}")).await;
    let mut terminal = world.terminal(&person, &id, 1).await?;
    prompt(&mut terminal).await?;
    let took = ms(began.elapsed());
    let container = world.container(&id)?;
    Ok((Attempt { person, id, container }, took))
}

/// Reads until a terminal shows a prompt.
pub async fn prompt(terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut seen = Vec::new();
    while !is_prompt(&seen) {
        // A prompt may come in two pieces; what came long before is none.
        seen.drain(..seen.len().saturating_sub(8));
        seen.extend(terminal.printed().await?);
    }
    Ok(())
}

/// Whether a prompt is in this.
pub fn is_prompt(seen: &[u8]) -> bool {
    PROMPTS.iter().any(|prompt| seen.windows(prompt.len()).any(|window| window == *prompt))
}

/// Waits for systemd, which has to come up before it can be asked at all.
const WAIT_AND_BASH: &str = "until systemctl is-system-running --wait 2>/dev/null | grep -qE 'running|degraded'; do sleep 0.01; done; exec bash -l";

/// What a plain container of the same image takes until its systemd has started everything and a shell is at its prompt.
async fn docker_boot(world: &World) -> anyhow::Result<f64> {
    let plain = Plain::new(world);
    let began = Instant::now();
    let mut run =
        vec!["run", "--detach", "--cap-add", "SYS_ADMIN", "--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp"];
    if Path::new("/sys/fs/cgroup/systemd").exists() {
        // Control groups v1: systemd keeps its own hierarchy.
        run.extend(["--volume", "/sys/fs/cgroup/systemd:/sys/fs/cgroup/systemd"]);
    } else {
        // Control groups v2 are for reading only in a container without.
        run.push("--privileged");
    }
    run.extend(plain.options());
    run.push(lab::IMAGE);
    let _ = docker::docker(&run);
    let direct = Direct::docker(&["exec", "--interactive", "--tty", &plain.name, "bash", "-c", WAIT_AND_BASH])?;
    until_prompt(direct, began).await
}

/// What a plain container of the same image takes to a prompt when nothing is started in it but the shell.
async fn docker_bash(world: &World) -> anyhow::Result<f64> {
    let plain = Plain::new(world);
    let began = Instant::now();
    let mut run = vec!["run", "--interactive", "--tty", "--rm"];
    run.extend(plain.options());
    run.extend([lab::IMAGE, "bash", "-l"]);
    until_prompt(Direct::docker(&run)?, began).await
}

/// A container by Docker's client alone, which is removed at the end.
struct Plain {
    name: String,
    label: String,
}

impl Plain {
    fn new(world: &World) -> Self {
        let instance = world.server.instance();
        Self { name: format!("{instance}-plain"), label: format!("belay.instance={instance}") }
    }

    fn options(&self) -> [&str; 6] {
        ["--network", "none", "--label", &self.label, "--name", &self.name]
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        let _ = docker::docker(&["rm", "--force", &self.name]);
    }
}

async fn until_prompt(mut direct: Direct, began: Instant) -> anyhow::Result<f64> {
    let mut seen = Vec::new();
    while !is_prompt(&seen) {
        seen.extend(direct.printed().await.with_context(|| String::from_utf8_lossy(&seen).into_owned())?);
    }
    Ok(ms(began.elapsed()))
}

/// What the lab's own set-up takes in a box.
async fn set_up_again(attempt: &Attempt) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    lab::write(folder.path())?;
    let lab = Catalog::load_lab(&folder.path().join(lab::ID)).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    let agent = std::env::var_os("BELAY_AGENT").map_or_else(|| root().join("target/dist/agent"), Into::into);
    let options = Options { agent, images: root().join("docker"), node: "bench".into(), ..Options::default() };
    let found = Found {
        container: sandbox::ContainerId(attempt.container.clone()),
        sandbox: uuid::Uuid::nil(),
        group: uuid::Uuid::nil(),
        host: (0, "web1".into()),
        warm: None,
        attempt: None,
        lab: lab::ID.into(),
        running: true,
        frozen: false,
    };
    let engine: Arc<dyn Engine> = Arc::new(Docker::new(options));
    let hosts = sandbox::adopt(&engine, vec![found]).context("a lab of one host")?;
    let sandbox = hosts.first();
    sandbox.hello().await?;
    let run = Run {
        argv: lab.hosts[0].setup.as_ref().context("a set-up")?.argv(),
        env: lab.draw(1).env(),
        stdin: String::new(),
        user: "root".into(),
        place: Place::Inside,
        as_learner: false,
        limit_ms: 60_000,
    };
    let began = Instant::now();
    let result = sandbox.run(run).await?;
    anyhow::ensure!(result.succeeded(), "setup.sh: {}", result.stderr);
    Ok(ms(began.elapsed()))
}
