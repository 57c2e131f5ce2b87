//! The agent itself: PID 1 of the container.

use std::{
    cell::Cell,
    env,
    rc::Rc,
    time::{Duration, Instant},
};

use nix::sys::{
    resource::{Resource, getrlimit, setrlimit},
    signal::{SigHandler, Signal, signal},
    wait::{WaitPidFlag, WaitStatus, waitpid},
};
use tokio::{
    signal::unix::{SignalKind, signal as hear},
    task::LocalSet,
};
use wire::BoxSpec;

use crate::{
    channel::Channel,
    dial::Exchange,
    files::Desk,
    journal::Journal,
    layer::Layer,
    ledger::Ledger,
    machine::Machine,
    netns::Networks,
    recording::Recorder,
    serve,
    spawner::{self, Client},
    sys,
    terminal::Terminals,
    world::{cgroup::Cgroups, mounts},
};

/// Everything that serves.
pub struct Agent {
    pub spec: BoxSpec,
    pub machine: Machine,
    pub journal: Journal,
    pub layer: Layer,
    pub ledger: Ledger,
    pub spawner: Rc<Client>,
    pub terminals: Terminals,
    pub recorder: Rc<Recorder>,
    pub networks: Networks,
    pub files: Desk,
    pub exchange: Exchange,
    cgroups: Option<Rc<Cgroups>>,
    leaves: Cell<u64>,
    /// When a program that was asked for has last ended.
    ran: Cell<Option<Instant>>,
}

impl Agent {
    /// A program that was asked for has ended.
    pub fn has_run(&self) {
        self.ran.set(Some(Instant::now()));
    }

    /// For how long no program has been asked for.
    pub fn idle(&self) -> Duration {
        self.ran.get().map_or(Duration::MAX, |ran| ran.elapsed())
    }

    /// A number for a control group that no other has.
    pub fn next_leaf(&self) -> u64 {
        self.leaves.replace(self.leaves.get() + 1)
    }

    /// The learner gets in: from here on the box is as fast as the lab says.
    pub fn limit_processor(&self) {
        if let Some(cgroups) = &self.cgroups {
            cgroups.limit_processor(self.spec.milli_cpus);
        }
    }

    /// The box's control groups. Only asked for where there is a box.
    pub fn cgroups(&self) -> &Cgroups {
        self.cgroups.as_deref().expect("a box has control groups")
    }
}

/// The ground on which a box stands.
struct Ground {
    cgroups: Rc<Cgroups>,
    spawner: Channel,
}

pub fn main() -> Result<(), String> {
    let spec = spec()?;
    let networks = Networks::part().map_err(|error| format!("a network of the agent's own: {error}"))?;
    // While there is one thread: the spawner is a fork.
    let ground = prepare(&spec, &networks);
    if let Err(problem) = &ground {
        sys::log(problem);
    }
    raise_file_limit();
    // Who reads a connection or a pipe may leave at any time.
    // SAFETY: to ignore a signal runs no code of ours.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) };
    let journal = Journal::new();
    let ledger = Ledger::start(journal.clone()).map_err(|error| format!("the ledger: {error}"))?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    LocalSet::new().block_on(&runtime, live(spec, ground, journal, ledger, networks))
}

fn spec() -> Result<BoxSpec, String> {
    let text = env::var(wire::SPEC_ENV).map_err(|_| {
        format!("{} is not set: this program is started by Belay as the first of a container", wire::SPEC_ENV)
    })?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", wire::SPEC_ENV))
}

fn prepare(spec: &BoxSpec, networks: &Networks) -> Result<Ground, String> {
    let cgroups = Cgroups::prepare(spec)?;
    mounts::mount_root(spec)?;
    let spawner = spawner::spawn(spec, &cgroups, networks).map_err(|error| format!("the spawner: {error}"))?;
    Ok(Ground { cgroups: Rc::new(cgroups), spawner })
}

async fn live(
    spec: BoxSpec,
    ground: Result<Ground, String>,
    journal: Journal,
    ledger: Ledger,
    networks: Networks,
) -> Result<(), String> {
    let plain = |error: std::io::Error| error.to_string();
    let (cgroups, channel, problem) = match ground {
        Ok(Ground { cgroups, spawner }) => (Some(cgroups), spawner, None),
        // Without a box the agent still answers, to say why.
        Err(problem) => (None, Channel::pair().map_err(plain)?.0, Some(problem)),
    };
    let (spawner, reports) = Client::new(channel).map_err(plain)?;
    let machine = Machine::new(spec.restore);
    let agent = Rc::new(Agent {
        spec,
        machine,
        journal,
        layer: Layer::default(),
        ledger,
        spawner,
        terminals: Terminals::default(),
        recorder: Rc::default(),
        networks,
        files: Desk::new(),
        exchange: Exchange::new(),
        cgroups,
        leaves: Cell::new(1),
        ran: Cell::new(None),
    });
    let keep = async {
        match &problem {
            None => agent.machine.keep(&agent, reports).await,
            Some(problem) => {
                agent.machine.is_impossible(problem);
                std::future::pending().await
            }
        }
    };
    let listen = async {
        match agent.spawner.listen().await {
            _ if problem.is_some() => std::future::pending().await,
            Ok(()) => "the spawner has ended".to_owned(),
            Err(error) => format!("the spawner: {error}"),
        }
    };
    let mut stop = hear(SignalKind::terminate()).map_err(plain)?;
    tokio::select! {
        // With the first process of the container everything in it ends.
        _ = stop.recv() => Ok(()),
        why = keep => Err(why),
        why = listen => Err(why),
        outcome = serve::serve(&agent) => outcome,
        () = agent.recorder.keep() => Ok(()),
        outcome = collect_orphans() => outcome.map_err(plain),
    }
}

/// What the engine has started in the container and left behind becomes a child of its first process.
async fn collect_orphans() -> std::io::Result<()> {
    let mut deaths = hear(SignalKind::child())?;
    loop {
        deaths.recv().await;
        while !matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Err(_) | Ok(WaitStatus::StillAlive)) {}
    }
}

/// A descriptor for each process of the box must fit.
fn raise_file_limit() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}
