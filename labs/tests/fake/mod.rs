//! An engine whose only sandbox is a task in this process that speaks the agent's protocol.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use futures::{AsyncRead, AsyncWrite, future::poll_fn};
use labs::{
    catalog::Lab,
    sandbox::{
        ByteStream, ContainerId, Engine, EngineError, EngineInfo, Found, Hosts, Identity, Life, Network, SandboxSpec,
        adopt,
    },
};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::compat::TokioAsyncReadCompatExt;
use uuid::Uuid;
use wire::{
    Reply, Request,
    io::{read_json, write_json},
    journal::{Ack, Entry, What},
};

/// How the agent answers; `None` drops the connection instead.
type Answer = dyn Fn(&Request) -> Option<Reply> + Send + Sync;

/// The engine, its sandbox and its agent.
pub struct Fake {
    answer: Box<Answer>,
    /// How many connections have been made.
    pub connections: AtomicUsize,
    /// While set, connecting fails.
    pub refuses: AtomicBool,
    /// While set, connecting never comes to an end.
    pub hangs: AtomicBool,
    /// While set, the sandbox is frozen: a connection that there is is kept, and none can be made.
    pub frozen: AtomicBool,
    /// Once set, there is no sandbox any more.
    pub gone: AtomicBool,
    /// How many entries the journal has.
    pub journal: watch::Sender<u64>,
    /// The last acknowledged entry, and from where the journal was last asked for.
    pub acked: watch::Sender<u64>,
    pub asked_after: Mutex<Vec<u64>>,
    current: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fake")
    }
}

impl Fake {
    pub fn new(answer: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            answer: Box::new(answer),
            connections: AtomicUsize::new(0),
            refuses: AtomicBool::new(false),
            hangs: AtomicBool::new(false),
            frozen: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            journal: watch::channel(0).0,
            acked: watch::channel(0).0,
            asked_after: Mutex::default(),
            current: Mutex::default(),
        })
    }

    /// A handle to the sandbox, as the only one of an attempt.
    pub fn hosts(self: &Arc<Self>) -> Hosts {
        let found = Found {
            container: ContainerId("fake".into()),
            sandbox: Uuid::nil(),
            group: Uuid::nil(),
            host: (0, "web1".into()),
            attempt: None,
            lab: "fake".into(),
            running: true,
            frozen: false,
            warm: None,
        };
        let engine: Arc<dyn Engine> = Arc::new(Shared(Arc::clone(self)));
        adopt(&engine, vec![found]).expect("a whole group")
    }

    /// Drops the connection there is.
    pub fn cut(&self) {
        if let Some(task) = self.current.lock().expect("no test panics with it").take() {
            task.abort();
        }
    }
}

/// What is given away as an engine.
#[derive(Debug)]
struct Shared(Arc<Fake>);

#[async_trait]
impl Engine for Shared {
    async fn check(&self) -> Result<EngineInfo, EngineError> {
        unreachable!("not asked by these tests")
    }

    async fn prepare(&self, _: &Lab) -> Result<String, EngineError> {
        unreachable!("not asked by these tests")
    }

    async fn create(&self, _: &SandboxSpec) -> Result<ContainerId, EngineError> {
        unreachable!("not asked by these tests")
    }

    async fn connect(&self, _: &ContainerId) -> Result<Box<dyn ByteStream>, EngineError> {
        if self.0.gone.load(Ordering::SeqCst) {
            return Err(EngineError::Gone("it has ended".into()));
        }
        if self.0.frozen.load(Ordering::SeqCst) {
            return Err(EngineError::Frozen);
        }
        if self.0.refuses.load(Ordering::SeqCst) {
            return Err(EngineError::Failed { doing: "connecting".into(), reason: "not now".into() });
        }
        if self.0.hangs.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
        self.0.connections.fetch_add(1, Ordering::SeqCst);
        let (near, far) = tokio::io::duplex(64 << 10);
        let serving = tokio::spawn(serve(Arc::clone(&self.0), far.compat()));
        *self.0.current.lock().expect("no test panics with it") = Some(serving);
        Ok(Box::new(near.compat()))
    }

    async fn list(&self, _: &str) -> Result<Vec<Found>, EngineError> {
        Ok(Vec::new())
    }

    async fn life(&self, _: &ContainerId) -> Result<Life, EngineError> {
        Ok(Life::Running)
    }

    async fn freeze(&self, _: &ContainerId) -> Result<(), EngineError> {
        self.0.frozen.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn thaw(&self, _: &ContainerId) -> Result<(), EngineError> {
        self.0.frozen.store(false, Ordering::SeqCst);
        Ok(())
    }

    async fn remove(&self, _: &ContainerId) -> Result<(), EngineError> {
        self.0.gone.store(true, Ordering::SeqCst);
        self.0.cut();
        Ok(())
    }

    async fn create_network(&self, _: &Identity) -> Result<Network, EngineError> {
        unreachable!("not asked by these tests")
    }

    async fn remove_network(&self, _: Uuid) -> Result<(), EngineError> {
        unreachable!("not asked by these tests")
    }

    async fn networks(&self, _: &str) -> Result<Vec<Uuid>, EngineError> {
        Ok(Vec::new())
    }
}

async fn serve<T: AsyncRead + AsyncWrite + Unpin>(fake: Arc<Fake>, stream: T) {
    let mut connection = yamux::Connection::new(stream, yamux::Config::default(), yamux::Mode::Server);
    while let Some(Ok(stream)) = poll_fn(|cx| connection.poll_next_inbound(cx)).await {
        let fake = Arc::clone(&fake);
        tokio::spawn(async move {
            // A stream that ends early is what some tests are about.
            let _ = answer(&fake, stream).await;
        });
    }
}

async fn answer(fake: &Fake, mut stream: yamux::Stream) -> std::io::Result<()> {
    let Some(request) = read_json::<_, Request>(&mut stream).await? else {
        return Ok(());
    };
    if let Request::Journal { after } = request {
        fake.asked_after.lock().expect("no test panics with it").push(after);
        write_json(&mut stream, &Reply::Done).await?;
        return journal(fake, stream, after).await;
    }
    match (fake.answer)(&request) {
        Some(reply) => write_json(&mut stream, &reply).await,
        None => {
            fake.cut();
            Ok(())
        }
    }
}

async fn journal(fake: &Fake, stream: yamux::Stream, after: u64) -> std::io::Result<()> {
    let (mut reader, mut writer) = futures::AsyncReadExt::split(stream);
    let mut end = fake.journal.subscribe();
    let send = async {
        let mut next = after + 1;
        loop {
            while next <= *end.borrow_and_update() {
                let what = What::BoxStarted { boot: u32::try_from(next).unwrap_or(u32::MAX) };
                write_json(&mut writer, &Entry { seq: next, at_us: 0, what }).await?;
                next += 1;
            }
            if end.changed().await.is_err() {
                return Ok(());
            }
        }
    };
    let receive = async {
        while let Some(ack) = read_json::<_, Ack>(&mut reader).await? {
            fake.acked.send_replace(ack.seq);
        }
        Ok(())
    };
    tokio::select! { ended = send => ended, ended = receive => ended }
}
