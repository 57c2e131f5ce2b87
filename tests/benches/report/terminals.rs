//! Many terminals at once, and how many boxes a machine holds.

use std::time::Duration;

use anyhow::{Context, ensure};
use futures::future::try_join_all;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use crate::{
    Measured, Plan,
    processes::{available_mib, cpu, cpu_of, named, rss_mib},
    report::Figure,
    socket::Terminal,
    stats::{median, ms, percentile},
    world::{Attempt, World},
};

/// Terminals in each sandbox.
const EACH: usize = 5;

/// How long keys are typed, one a second.
const SECONDS: usize = 30;

/// How many boxes are made at a time.
const AT_ONCE: usize = 4;

/// After what is made or opened nothing is measured for so long.
const REST: Duration = Duration::from_secs(3);

pub async fn measure(world: &mut World, plan: &Plan) -> Measured {
    let most = plan.count(200, 10).next_multiple_of(EACH);
    let stages: Vec<usize> = [10, 50, 200].into_iter().filter(|count| *count <= most).collect();
    let seconds = plan.count(SECONDS, 5);
    let boxes = most / EACH;

    sleep(REST).await;
    let before = available_mib()?;
    let mut attempts = Vec::new();
    while attempts.len() < boxes {
        let mut starting = Vec::new();
        for _ in 0..AT_ONCE.min(boxes - attempts.len()) {
            let person = world.person().await?;
            let id = world.start(&person).await?;
            starting.push((person, id));
        }
        for (person, id) in starting {
            let mut terminal = world.terminal(&person, &id, 1).await?;
            crate::start::prompt(&mut terminal).await?;
            let container = world.container(&id)?;
            attempts.push(Attempt { person, id, container });
        }
    }
    sleep(REST).await;
    let of_boxes = before - available_mib()?;
    #[expect(clippy::cast_precision_loss, reason = "some dozens")]
    let per_gib = (of_boxes > 0.0).then_some(boxes as f64 * 1024.0 / of_boxes);
    let mut figures = vec![Figure::new(
        "boxes.per_gib",
        per_gib,
        "boxes",
        format!(
            "{boxes} systemd boxes of 256 MiB, set up and with a shell at its prompt, ÷ what MemAvailable has fallen by, in GiB: all that a box costs, its shim included. It needs a machine on which nothing else comes or goes"
        ),
    )];

    let mut open: Vec<Terminal> = Vec::new();
    for count in stages {
        while open.len() < count {
            let (attempt, number) = (&attempts[open.len() / EACH], open.len() % EACH + 1);
            let mut terminal = world.terminal(&attempt.person, &attempt.id, u32::try_from(number)?).await?;
            crate::start::prompt(&mut terminal).await?;
            open.push(terminal);
        }
        sleep(REST).await;
        let (stage, kept) =
            stage(world, &attempts, open, seconds).await.with_context(|| format!("{count} terminals"))?;
        open = kept;
        figures.extend(stage.figures(count, seconds));
    }
    drop(open);
    for attempt in attempts {
        world.end(attempt).await?;
    }
    Ok(figures)
}

/// What so many terminals take.
struct Stage {
    seconds: f64,
    server: f64,
    docker: f64,
    shims: f64,
    agents: f64,
    rss: f64,
    echoes: Vec<f64>,
}

/// Types into all of them, a key a second each.
async fn stage(
    world: &World,
    attempts: &[Attempt],
    open: Vec<Terminal>,
    seconds: usize,
) -> anyhow::Result<(Stage, Vec<Terminal>)> {
    let ids: Vec<String> = attempts.iter().map(|attempt| attempt.container.clone()).collect();
    let docker = [named("dockerd", &[]), named("containerd", &[])].concat();
    let shims = named("containerd-shim-runc-v2", &ids);
    ensure!(docker.len() >= 2 && shims.len() == ids.len(), "dockerd, containerd and a shim for each box are expected");
    let agents = named("agent", &["/agent".into()]);
    let now = |what: &[u32]| cpu_of(what);
    let began = Instant::now();
    let before = (cpu(world.pid())?, now(&docker)?, now(&shims)?, now(&agents)?);
    let count = open.len();
    let typing = open.into_iter().enumerate().map(|(at, terminal)| {
        // Spread over the second, as people are.
        let first = began + Duration::from_secs(1).mul_f64(share(at, count));
        type_in(terminal, first, seconds)
    });
    let typed = try_join_all(typing).await?;
    let took = began.elapsed().as_secs_f64();
    let (mut echoes, mut kept) = (Vec::new(), Vec::new());
    for (terminal, times) in typed {
        echoes.extend(times);
        kept.push(terminal);
    }
    ensure!(echoes.len() == count * seconds, "{} of {} keys were answered", echoes.len(), count * seconds);
    let stage = Stage {
        seconds: took,
        server: cpu(world.pid())? - before.0,
        docker: now(&docker)? - before.1,
        shims: now(&shims)? - before.2,
        agents: now(&agents)? - before.3,
        rss: rss_mib(world.pid())?,
        echoes,
    };
    Ok((stage, kept))
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn share(at: usize, of: usize) -> f64 {
    at as f64 / of as f64
}

/// A letter, then a backspace, and so on, each answered by the shell.
async fn type_in(mut terminal: Terminal, first: Instant, seconds: usize) -> anyhow::Result<(Terminal, Vec<f64>)> {
    let mut tick = interval_at(first, Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut times = Vec::new();
    for at in 0..seconds {
        tick.tick().await;
        let key: &[u8] = if at % 2 == 0 { b"a" } else { b"\x7f" };
        let began = Instant::now();
        terminal.send(key).await?;
        timeout(Duration::from_secs(10), terminal.printed()).await.context("a key was not answered")??;
        times.push(ms(began.elapsed()));
    }
    Ok((terminal, times))
}

impl Stage {
    fn figures(&self, count: usize, seconds: usize) -> Vec<Figure> {
        let how = format!(
            "{count} terminals in {} sandboxes, a key a second each for {seconds} s, all answered by their shells",
            count / EACH
        );
        let cores = |used: f64| Some(used / self.seconds);
        let figure = |id: &str, value, unit: &str, what: &str| {
            Figure::new(format!("terminals.{count}.{id}"), value, unit, format!("{what}; {how}"))
        };
        vec![
            figure(
                "cpu_cores",
                cores(self.server + self.docker + self.shims),
                "cores",
                "user and system time of server, dockerd, containerd and the boxes' shims ÷ time",
            ),
            figure("server.cpu_cores", cores(self.server), "cores", "the server's part of it"),
            figure("docker.cpu_cores", cores(self.docker), "cores", "dockerd's and containerd's part of it"),
            figure("shims.cpu_cores", cores(self.shims), "cores", "the shims' part of it"),
            figure(
                "agents.cpu_cores",
                cores(self.agents),
                "cores",
                "beside it, the agents in the boxes and the programs that connect to them",
            ),
            figure("rss_mib", Some(self.rss), "MiB", "resident memory of the server's process at the end"),
            figure("echo.p50_ms", median(&self.echoes), "ms", "from a key to its echo"),
            figure("echo.p99_ms", percentile(&self.echoes, 0.99), "ms", "from a key to its echo"),
        ]
    }
}
