//! An engine of many boxes, each a task in this process that speaks the agent's protocol, and a count of what it was asked.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use futures::{AsyncReadExt, future::poll_fn};
use labs::{
    catalog::Lab,
    sandbox::{ByteStream, ContainerId, Engine, EngineError, EngineInfo, Found, Identity, Life, Network, SandboxSpec},
};
use tokio::sync::Semaphore;
use tokio_util::compat::TokioAsyncReadCompatExt;
use uuid::Uuid;
use wire::{
    Reply, Request, RunResult,
    call::Hello,
    io::{read_json, write_frame, write_json},
    terminal::{Attached, Down},
};

#[derive(Debug)]
pub struct Boxes {
    made: Mutex<BTreeMap<String, Arc<Made>>>,
    /// How often it was asked for anything.
    pub asked: AtomicUsize,
    /// So many creations may go on.
    pub creations: Semaphore,
    /// How many go on at the moment, and how many did at most.
    pub creating: (AtomicUsize, AtomicUsize),
    /// What set-ups end with.
    pub setup: AtomicI32,
    /// Part of the fingerprint of all labs.
    pub image: Mutex<String>,
    /// Whether shells end at once.
    pub broken: AtomicBool,
}

#[derive(Debug)]
pub struct Made {
    pub identity: Identity,
    pub lab: String,
    /// The variables that the set-up was given.
    pub word: Mutex<String>,
    pub handed_over: AtomicBool,
    pub terminals: Mutex<Vec<u32>>,
}

impl Boxes {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            made: Mutex::default(),
            asked: AtomicUsize::new(0),
            creations: Semaphore::new(1000),
            creating: Default::default(),
            setup: AtomicI32::new(0),
            image: Mutex::new("image-1".into()),
            broken: AtomicBool::new(false),
        })
    }

    pub fn made(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Made>>> {
        self.made.lock().expect("nothing panics under it")
    }

    pub fn count(&self) -> usize {
        self.made().len()
    }

    pub fn of(&self, sandbox: Uuid) -> Arc<Made> {
        let made = self.made();
        Arc::clone(made.values().find(|made| made.identity.group() == sandbox).expect("a box"))
    }

    fn asked(&self) {
        self.asked.fetch_add(1, Ordering::SeqCst);
    }
}

#[derive(Clone, Debug)]
pub struct Shared(pub Arc<Boxes>);

#[async_trait]
impl Engine for Shared {
    async fn check(&self) -> Result<EngineInfo, EngineError> {
        unreachable!("the pool does not ask this")
    }

    async fn prepare(&self, _: &Lab) -> Result<String, EngineError> {
        self.0.asked();
        Ok(self.0.image.lock().expect("nothing panics under it").clone())
    }

    async fn create(&self, spec: &SandboxSpec) -> Result<ContainerId, EngineError> {
        self.0.asked();
        let now = self.0.creating.0.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.creating.1.fetch_max(now, Ordering::SeqCst);
        self.0.creations.acquire().await.expect("it is never closed").forget();
        self.0.creating.0.fetch_sub(1, Ordering::SeqCst);
        let name = spec.identity.group().to_string();
        let made = Made {
            identity: spec.identity.clone(),
            lab: spec.lab.id.clone(),
            word: Mutex::default(),
            handed_over: AtomicBool::new(false),
            terminals: Mutex::default(),
        };
        self.0.made().insert(name.clone(), Arc::new(made));
        Ok(ContainerId(name))
    }

    async fn connect(&self, container: &ContainerId) -> Result<Box<dyn ByteStream>, EngineError> {
        self.0.asked();
        let made = self.0.made().get(&container.0).cloned();
        let made = made.ok_or_else(|| EngineError::Gone("no such box".into()))?;
        let (near, far) = tokio::io::duplex(64 << 10);
        let boxes = Arc::clone(&self.0);
        tokio::spawn(async move {
            let mut connection = yamux::Connection::new(far.compat(), yamux::Config::default(), yamux::Mode::Server);
            while let Some(Ok(stream)) = poll_fn(|cx| connection.poll_next_inbound(cx)).await {
                let (boxes, made) = (Arc::clone(&boxes), Arc::clone(&made));
                tokio::spawn(async move { answer(&boxes, &made, stream).await });
            }
        });
        Ok(Box::new(near.compat()))
    }

    async fn list(&self, instance: &str) -> Result<Vec<Found>, EngineError> {
        self.0.asked();
        let made = self.0.made();
        let found = |(name, made): (&String, &Arc<Made>)| Found {
            container: ContainerId(name.clone()),
            sandbox: made.identity.group(),
            group: made.identity.group(),
            host: (0, "web1".into()),
            attempt: made.identity.attempt,
            lab: made.lab.clone(),
            running: true,
            warm: made.identity.warm.clone(),
            frozen: false,
        };
        Ok(made.iter().filter(|(_, made)| made.identity.instance == instance).map(found).collect())
    }

    async fn freeze(&self, _: &ContainerId) -> Result<(), EngineError> {
        unreachable!("not asked by these tests")
    }

    async fn thaw(&self, _: &ContainerId) -> Result<(), EngineError> {
        unreachable!("not asked by these tests")
    }

    async fn life(&self, _: &ContainerId) -> Result<Life, EngineError> {
        self.0.asked();
        Ok(Life::Running)
    }

    async fn remove(&self, container: &ContainerId) -> Result<(), EngineError> {
        self.0.asked();
        self.0.made().remove(&container.0);
        Ok(())
    }

    async fn create_network(&self, _: &Identity) -> Result<Network, EngineError> {
        unreachable!("these labs have one host")
    }

    async fn remove_network(&self, _: Uuid) -> Result<(), EngineError> {
        unreachable!("these labs have one host")
    }

    async fn networks(&self, _: &str) -> Result<Vec<Uuid>, EngineError> {
        Ok(Vec::new())
    }
}

async fn answer(boxes: &Boxes, made: &Made, mut stream: yamux::Stream) {
    let Ok(Some(request)) = read_json::<_, Request>(&mut stream).await else { return };
    let reply = match &request {
        Request::Hello => Reply::Hello(Hello {
            version: wire::VERSION,
            boots: 1,
            ready: true,
            trouble: None,
            handed_over: made.handed_over.load(Ordering::SeqCst),
            terminals: made.terminals.lock().expect("nothing panics under it").clone(),
            journal_end: 0,
        }),
        Request::Run(run) => {
            let word = run.env.values().next().cloned().unwrap_or_default();
            *made.word.lock().expect("nothing panics under it") = word;
            let code = Some(boxes.setup.load(Ordering::SeqCst));
            Reply::Ran(RunResult { code, timed_out: false, stdout: String::new(), stderr: "no such unit".into() })
        }
        Request::Terminal(attach) => {
            made.terminals.lock().expect("nothing panics under it").push(attach.terminal);
            Reply::Attached(Attached { from: 0, history_end: 0, taken: 0 })
        }
        Request::Handover => {
            made.handed_over.store(true, Ordering::SeqCst);
            Reply::Done
        }
        other => panic!("the pool does not ask this: {other:?}"),
    };
    if write_json(&mut stream, &reply).await.is_ok() && matches!(request, Request::Terminal(_)) {
        let frame = if boxes.broken.load(Ordering::SeqCst) {
            Down::Ended
        } else {
            Down::Output { offset: 0, bytes: b"\x1b]633;A\x1b\\$ ".to_vec() }
        };
        // Who has gone already needs no prompt.
        let _ = write_frame(&mut stream, &frame.encode()).await;
        let _ = stream.read(&mut [0; 64]).await;
    }
}
