//! An engine without containers, for the logic of use cases: each of its boxes is an agent in memory that speaks
//! the real protocol over a real connection. Real containers are tested where the whole program is.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, io::AsyncReadExt, stream, stream::BoxStream};
use labs::{
    catalog::Lab,
    sandbox::{ByteStream, ContainerId, Engine, EngineError, EngineInfo, Found, Identity, Life, Network, SandboxSpec},
};
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, watch};
use tokio_util::{compat::TokioAsyncReadCompatExt, sync::CancellationToken};
use uuid::Uuid;
use wire::{
    Observation, Probe, Reply, Request, RunResult,
    call::Hello,
    file,
    io::{read_frame, read_json, write_frame, write_json},
    journal::{Ack, Entry, Origin, Ran, What},
    layer::{Change, Content, Kind, Looked, Packed, Piece, Side, Told},
    recording::{Block, stored},
    terminal::{Attached, Down, Size, Up, Watching},
};

/// The engine. It lives longer than any server.
#[derive(Debug, Default)]
pub struct FakeEngine {
    down: AtomicBool,
    /// How often it was asked for anything but how much memory is free.
    pub asked: AtomicU32,
    /// The memory of its machine, in MiB; 0 for plenty.
    pub memory: AtomicU32,
    boxes: Mutex<HashMap<String, Arc<FakeBox>>>,
    made: AtomicU32,
    /// The networks between hosts, with the instance that made them.
    pub networks: Mutex<HashMap<Uuid, String>>,
    /// Counted up when something changes that the engine tells of.
    changed: watch::Sender<u64>,
    /// By how much the version that agents speak is above ours.
    pub ahead: AtomicU32,
    /// What the setup of the next boxes ends with.
    pub setup: AtomicI32,
    /// Closed: whatever it is asked, it does not answer.
    pub answering: Gate,
    /// Closed: creating waits.
    pub creating: Gate,
    /// Closed: probes wait.
    pub probing: Gate,
}

/// Lets through, or makes wait.
#[derive(Debug)]
pub struct Gate(watch::Sender<bool>);

impl Default for Gate {
    fn default() -> Self {
        Self(watch::Sender::new(true))
    }
}

impl Gate {
    pub fn close(&self) {
        self.0.send_replace(false);
    }

    pub fn open(&self) {
        self.0.send_replace(true);
    }

    async fn pass(&self) {
        let mut open = self.0.subscribe();
        open.wait_for(|open| *open).await.expect("the engine outlives its gates");
    }
}

/// When every recording begins, in seconds since 1970.
pub const RECORDED_FROM: i64 = 1_700_000_000;

/// A box and its agent.
#[derive(Debug)]
pub struct FakeBox {
    pub identity: Identity,
    /// Which of the lab's hosts it is.
    pub host: (usize, String),
    lab: String,
    life: Mutex<Life>,
    connections: Mutex<CancellationToken>,
    /// Whether what the checks look at is as it should be.
    solved: AtomicBool,
    handed_over: AtomicBool,
    terminals: Mutex<Vec<u32>>,
    pub boots: AtomicU32,
    /// The files that were written from outside, by path.
    files: Mutex<HashMap<String, Vec<u8>>>,
    /// How often its disk was dropped.
    pub resets: AtomicU32,
    /// The snapshot it was made from.
    pub restored: Mutex<Vec<u8>>,
    journal: watch::Sender<Vec<Entry>>,
    acked: watch::Sender<u64>,
    recording: watch::Sender<Vec<Block>>,
    recording_acked: watch::Sender<u64>,
    /// What those who watch have typed.
    pub typed: Mutex<String>,
    /// How many probes were begun.
    pub probed: Semaphore,
    /// Closed while it is frozen: nothing in it answers.
    going: Gate,
    /// What was put in front of who is at its terminals.
    pub told: Mutex<Vec<String>>,
}

impl FakeEngine {
    /// Whether it answers at all.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// The containers there are, by name.
    pub fn containers(&self) -> Vec<String> {
        self.locked().keys().cloned().collect()
    }

    /// The box that serves an attempt.
    pub fn of(&self, attempt: Uuid) -> Option<Arc<FakeBox>> {
        self.locked().values().find(|made| made.identity.attempt == Some(attempt)).cloned()
    }

    /// The engine tells that something has changed.
    pub fn tells(&self) {
        self.changed.send_modify(|changes| *changes += 1);
    }

    /// Takes all containers away, as a machine that is set up anew does.
    pub fn forget_all(&self) {
        for (_, made) in self.locked().drain() {
            made.end(Life::Missing);
        }
    }

    /// The boxes that were made before anybody asked, by container.
    pub fn warm(&self) -> Vec<(String, Arc<FakeBox>)> {
        let boxes = self.locked();
        let warm = boxes.iter().filter(|(_, made)| made.identity.warm.is_some());
        let mut warm: Vec<_> = warm.map(|(name, made)| (name.clone(), Arc::clone(made))).collect();
        warm.sort_by(|one, other| one.0.cmp(&other.0));
        warm
    }

    /// A container that nobody knows of.
    pub fn leave_behind(&self, identity: Identity) {
        self.add(identity, (0, "web1".into()), "nginx");
    }

    fn add(&self, identity: Identity, host: (usize, String), lab: &str) -> ContainerId {
        let name = format!("c{}", self.made.fetch_add(1, Ordering::SeqCst));
        let made = FakeBox {
            identity,
            host,
            lab: lab.into(),
            life: Mutex::new(Life::Running),
            connections: Mutex::default(),
            solved: AtomicBool::new(false),
            handed_over: AtomicBool::new(false),
            terminals: Mutex::default(),
            boots: AtomicU32::new(1),
            resets: AtomicU32::new(0),
            restored: Mutex::default(),
            journal: watch::Sender::default(),
            acked: watch::Sender::default(),
            files: Mutex::default(),
            recording: watch::Sender::default(),
            recording_acked: watch::Sender::default(),
            typed: Mutex::default(),
            probed: Semaphore::new(0),
            going: Gate::default(),
            told: Mutex::default(),
        };
        made.happened(What::BoxStarted { boot: 1 });
        self.locked().insert(name.clone(), Arc::new(made));
        ContainerId(name)
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<String, Arc<FakeBox>>> {
        self.boxes.lock().expect("nothing panics under it")
    }

    fn get(&self, container: &ContainerId) -> Option<Arc<FakeBox>> {
        self.locked().get(&container.0).cloned()
    }

    async fn up(&self) -> Result<(), EngineError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.answering.pass().await;
        if self.down.load(Ordering::SeqCst) {
            let (what, remedy) = ("No container engine answers.".into(), "Start Docker.".into());
            return Err(EngineError::Unavailable { what, remedy });
        }
        Ok(())
    }
}

/// What the boxes need of their engine.
#[derive(Clone, Debug)]
pub struct Shared(pub Arc<FakeEngine>);

#[async_trait]
impl Engine for Shared {
    async fn check(&self) -> Result<EngineInfo, EngineError> {
        self.0.up().await?;
        Ok(EngineInfo {
            name: "Fake 1".into(),
            cgroups: 2,
            apparmor: false,
            architecture: "x86_64".into(),
            memory: match self.0.memory.load(Ordering::SeqCst) {
                0 => 64 << 30,
                mebibytes => u64::from(mebibytes) << 20,
            },
            cpus: 2,
            seccomp: true,
        })
    }

    async fn prepare(&self, lab: &Lab) -> Result<String, EngineError> {
        self.0.up().await?;
        Ok(lab.version.clone())
    }

    async fn create(&self, spec: &SandboxSpec) -> Result<ContainerId, EngineError> {
        self.0.up().await?;
        let container = self.0.add(spec.identity.clone(), (spec.host, spec.settings().name.clone()), &spec.lab.id);
        self.0.creating.pass().await;
        Ok(container)
    }

    async fn connect(&self, container: &ContainerId) -> Result<Box<dyn ByteStream>, EngineError> {
        self.0.up().await?;
        let made = self.0.get(container).filter(|made| made.life() == Life::Running);
        let made = made.ok_or_else(|| EngineError::Gone(format!("no {container}")))?;
        if made.frozen() {
            return Err(EngineError::Frozen);
        }
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        let (engine, cut) = (Arc::clone(&self.0), made.cut());
        tokio::spawn(async move {
            tokio::select! {
                () = cut.cancelled() => {}
                () = serve(engine, made, theirs) => {}
            }
        });
        Ok(Box::new(ours.compat()))
    }

    async fn list(&self, instance: &str) -> Result<Vec<Found>, EngineError> {
        self.0.up().await?;
        let found = |(name, made): (&String, &Arc<FakeBox>)| Found {
            container: ContainerId(name.clone()),
            sandbox: made.identity.sandboxes[made.host.0],
            group: made.identity.group(),
            host: made.host.clone(),
            attempt: made.identity.attempt,
            lab: made.lab.clone(),
            running: made.life() == Life::Running,
            frozen: made.frozen(),
            warm: made.identity.warm.clone(),
        };
        let boxes = self.0.locked();
        Ok(boxes.iter().filter(|(_, made)| made.identity.instance == instance).map(found).collect())
    }

    fn changes<'a>(&'a self, _instance: &'a str) -> BoxStream<'a, Result<(), EngineError>> {
        let listen = async {
            self.0.up().await?;
            let mut changed = self.0.changed.subscribe();
            changed.mark_changed();
            let told = stream::unfold(changed, |mut changed| async {
                changed.changed().await.ok()?;
                Some((Ok(()), changed))
            });
            Ok(told)
        };
        stream::once(listen).try_flatten().boxed()
    }

    async fn life(&self, container: &ContainerId) -> Result<Life, EngineError> {
        self.0.up().await?;
        Ok(match self.0.get(container) {
            Some(made) if made.life() == Life::Running && made.frozen() => Life::Frozen,
            Some(made) => made.life(),
            None => Life::Missing,
        })
    }

    async fn freeze(&self, container: &ContainerId) -> Result<(), EngineError> {
        self.0.up().await?;
        self.0.get(container).ok_or_else(|| EngineError::Gone(format!("no {container}")))?.going.close();
        Ok(())
    }

    async fn thaw(&self, container: &ContainerId) -> Result<(), EngineError> {
        self.0.up().await?;
        self.0.get(container).ok_or_else(|| EngineError::Gone(format!("no {container}")))?.going.open();
        Ok(())
    }

    async fn remove(&self, container: &ContainerId) -> Result<(), EngineError> {
        self.0.up().await?;
        if let Some(made) = self.0.locked().remove(&container.0) {
            made.end(Life::Missing);
        }
        Ok(())
    }

    async fn create_network(&self, identity: &Identity) -> Result<Network, EngineError> {
        self.0.up().await?;
        self.0.networks.lock().expect("nothing panics under it").insert(identity.group(), identity.instance.clone());
        Ok(Network { name: identity.group().to_string(), first: Ipv4Addr::new(10, 0, 0, 2) })
    }

    async fn remove_network(&self, group: Uuid) -> Result<(), EngineError> {
        self.0.up().await?;
        self.0.networks.lock().expect("nothing panics under it").remove(&group);
        Ok(())
    }

    async fn networks(&self, instance: &str) -> Result<Vec<Uuid>, EngineError> {
        self.0.up().await?;
        let networks = self.0.networks.lock().expect("nothing panics under it");
        Ok(networks.iter().filter(|(_, of)| *of == instance).map(|(group, _)| *group).collect())
    }
}

impl FakeBox {
    /// The learner puts right what the checks look at.
    pub fn solve(&self) {
        self.solved.store(true, Ordering::SeqCst);
    }

    /// Somebody is let in.
    pub fn hand_over(&self) {
        self.handed_over.store(true, Ordering::SeqCst);
    }

    /// The lab it is of.
    pub fn lab(&self) -> &str {
        &self.lab
    }

    /// Something happens: it is in the journal.
    pub fn happened(&self, what: What) {
        self.journal.send_modify(|journal| {
            let seq = journal.len() as u64 + 1;
            journal.push(Entry { seq, at_us: 1_700_000_000_000_000 + i64::try_from(seq).expect("few entries"), what });
        });
    }

    /// A command is run at a terminal, to its end. Says which run it was.
    pub fn ran(&self, command: &str, code: i32) -> u64 {
        let argv: Vec<String> = command.split_whitespace().map(String::from).collect();
        let run = self.journal.borrow().len() as u64 + 1;
        self.happened(What::Ran(Ran {
            run,
            parent: Some(1),
            origin: Origin::Terminal(1),
            exe: format!("/usr/sbin/{}", argv[0]),
            argv,
            cut: false,
            cwd: "/".into(),
            uid: 0,
            pristine: true,
        }));
        self.happened(What::Ended { run, code: Some(code) });
        run
    }

    /// A terminal shows something, so many seconds after the recording began. It is a block of its own.
    pub fn shows(&self, terminal: u32, at: u32, text: &str) {
        let line = format!("[{at}.000000,\"o\",{}]\n", serde_json::Value::from(text));
        self.block(terminal, at, &line, 0);
    }

    /// So many blocks are lost before the server has fetched them.
    pub fn loses(&self, terminal: u32, at: u32, blocks: u64) {
        self.block(terminal, at, &format!("[{at}.000000,\"m\",\"lost\"]\n"), blocks);
    }

    fn block(&self, terminal: u32, at: u32, text: &str, lost: u64) {
        let mut crc = crc32fast::Hasher::new();
        crc.update(text.as_bytes());
        self.recording.send_modify(|blocks| {
            blocks.push(Block {
                seq: blocks.last().map_or(0, |block| block.seq) + 1 + lost,
                terminal,
                epoch: RECORDED_FROM,
                size: Size { cols: 80, rows: 24 },
                until_us: u64::from(at) * 1_000_000,
                length: u32::try_from(text.len()).expect("a short text"),
                crc: crc.clone().finalize(),
                lost,
                bytes: stored(text.as_bytes()),
            });
        });
    }

    /// The number of the newest block.
    pub fn recording_end(&self) -> u64 {
        self.recording.borrow().last().map_or(0, |block| block.seq)
    }

    /// How much of the recording has been acknowledged.
    pub fn recording_acked(&self) -> u64 {
        *self.recording_acked.borrow()
    }

    /// How much has been acknowledged.
    pub fn acked(&self) -> u64 {
        *self.acked.borrow()
    }

    /// The number of the newest entry.
    pub fn journal_end(&self) -> u64 {
        self.journal.borrow().len() as u64
    }

    /// All connections drop.
    pub fn cut_connections(&self) {
        std::mem::take(&mut *self.connections.lock().expect("nothing panics under it")).cancel();
    }

    /// The container ends by itself.
    pub fn end(&self, life: Life) {
        *self.life.lock().expect("nothing panics under it") = life;
        self.cut_connections();
    }

    /// Whether it is frozen.
    pub fn frozen(&self) -> bool {
        !*self.going.0.borrow()
    }

    /// It is frozen or thawed from outside.
    pub fn set_frozen(&self, frozen: bool) {
        self.going.0.send_replace(!frozen);
    }

    fn life(&self) -> Life {
        self.life.lock().expect("nothing panics under it").clone()
    }

    fn cut(&self) -> CancellationToken {
        self.connections.lock().expect("nothing panics under it").clone()
    }

    /// Files by path, all of them anybody's.
    async fn file(&self, call: &file::Call, stream: &mut yamux::Stream) -> file::Answer {
        let hash = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let file::What::Write { size, expect } = &call.what else {
            return file::Answer::Refused(file::Refused::Missing);
        };
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < *size {
            bytes.extend(read_frame(stream).await.expect("a frame").expect("a frame"));
        }
        let mut files = self.files.lock().expect("nothing panics under it");
        let before = files.get(&call.path).map(|bytes| hash(bytes));
        if let file::Expect::Version(expected) = expect
            && before.as_ref() != Some(expected)
        {
            return file::Answer::Refused(file::Refused::Changed { version: before });
        }
        let after = hash(&bytes);
        files.insert(call.path.clone(), bytes);
        file::Answer::Written { before, after }
    }

    fn observe(&self, probe: &Probe) -> Observation {
        match probe {
            Probe::Tcp { .. } => Observation::Tcp { connected: self.solved.load(Ordering::SeqCst), error: None },
            other => Observation::Failed { error: format!("not in this box: {other:?}") },
        }
    }
}

async fn serve(engine: Arc<FakeEngine>, made: Arc<FakeBox>, stream: tokio::io::DuplexStream) {
    let connection = yamux::Connection::new(stream.compat(), yamux::Config::default(), yamux::Mode::Server);
    let streams = stream::unfold(connection, |mut connection| async {
        let next = std::future::poll_fn(|cx| connection.poll_next_inbound(cx)).await?;
        Some((next.ok()?, connection))
    });
    // All at once, on the task that also moves the connection's bytes.
    streams.for_each_concurrent(None, |stream| answer(&engine, &made, stream)).await;
}

async fn answer(engine: &FakeEngine, made: &FakeBox, mut stream: yamux::Stream) {
    let Ok(Some(request)) = read_json::<_, Request>(&mut stream).await else {
        return;
    };
    made.going.pass().await;
    let reply = match &request {
        Request::Hello | Request::Ready { .. } => Reply::Hello(Hello {
            version: wire::VERSION + engine.ahead.load(Ordering::SeqCst),
            boots: made.boots.load(Ordering::SeqCst),
            ready: true,
            trouble: None,
            handed_over: made.handed_over.load(Ordering::SeqCst),
            terminals: made.terminals.lock().expect("nothing panics under it").clone(),
            journal_end: made.journal_end(),
        }),
        Request::Terminal(attach) => {
            let mut terminals = made.terminals.lock().expect("nothing panics under it");
            if !terminals.contains(&attach.terminal) {
                terminals.push(attach.terminal);
                made.happened(What::TerminalOpened { terminal: attach.terminal });
            }
            Reply::Attached(Attached { from: 0, history_end: 0, taken: 0 })
        }
        Request::Watch(watch) if watch.terminal > 2 => Reply::Refused(wire::Refusal { message: "not open".into() }),
        Request::Watch(_) => Reply::Watching(Watching {
            attached: Attached { from: 0, history_end: 0, taken: 0 },
            size: Size { cols: 80, rows: 24 },
        }),
        Request::Recording { .. } | Request::Journal { .. } => Reply::Done,
        Request::SettleRecording => Reply::Settled { end: made.recording_end() },
        Request::Run(_) => {
            let code = Some(engine.setup.load(Ordering::SeqCst));
            Reply::Ran(RunResult { code, timed_out: false, stdout: String::new(), stderr: "no such unit".into() })
        }
        Request::Probe { probes } => {
            made.probed.add_permits(1);
            engine.probing.pass().await;
            Reply::Observed { observations: probes.iter().map(|probe| made.observe(probe)).collect() }
        }
        Request::Tell { text } => {
            made.told.lock().expect("nothing panics under it").push(text.clone());
            Reply::Done
        }
        Request::Handover => {
            made.handed_over.store(true, Ordering::SeqCst);
            Reply::Done
        }
        Request::Snapshot(_) | Request::Changes | Request::Restore => Reply::Done,
        Request::Reset => {
            made.handed_over.store(false, Ordering::SeqCst);
            made.resets.fetch_add(1, Ordering::SeqCst);
            Reply::Done
        }
        Request::Reboot => {
            let boot = made.boots.fetch_add(1, Ordering::SeqCst);
            made.happened(What::BoxEnded { boot });
            made.happened(What::BoxStarted { boot: boot + 1 });
            Reply::Done
        }
        Request::File(call) => Reply::File(made.file(call, &mut stream).await),
        Request::Dial { port: 80 } => Reply::Done,
        Request::Dial { .. } => Reply::NobodyListens,
    };
    if write_json(&mut stream, &reply).await.is_err() {
        return;
    }
    match request {
        Request::Snapshot(_) => {
            let pieces = [Piece::Data(b"as it was left".to_vec()), Piece::End(Packed::default())];
            for piece in pieces {
                let _ = write_frame(&mut stream, &piece.encode()).await;
            }
        }
        Request::Changes => {
            let side = |text: &str| Side {
                kind: Kind::File,
                mode: 0o644,
                uid: 0,
                gid: 0,
                size: text.len() as u64,
                content: Some(Content::Text(text.into())),
            };
            let change = Change {
                path: "/etc/app.conf".into(),
                before: Some(side("port = 81\n")),
                after: Some(side("port = 80\npassword = hunter2\n")),
                content: true,
            };
            let _ = write_json(&mut stream, &Told::Change(change)).await;
            let _ = write_json(&mut stream, &Told::End(Looked::default())).await;
        }
        Request::Restore => {
            let mut bytes = Vec::new();
            while let Ok(Some(frame)) = read_frame(&mut stream).await {
                match Piece::decode(&frame) {
                    Ok(Piece::Data(data)) => bytes.extend(data),
                    _ => break,
                }
            }
            *made.restored.lock().expect("nothing panics under it") = bytes;
            let _ = write_json(&mut stream, &Reply::Done).await;
        }
        Request::Journal { after } => follow(made, after, stream).await,
        Request::Recording { after } => record(made, after, stream).await,
        Request::Watch(watch) => {
            while let Ok(Some(frame)) = read_frame(&mut stream).await {
                match Up::decode(&frame) {
                    Ok(Up::Input { bytes, .. }) if watch.writer.is_some() => {
                        let mut typed = made.typed.lock().expect("nothing panics under it");
                        typed.push_str(&String::from_utf8_lossy(&bytes));
                    }
                    Ok(Up::Seen(_)) => {}
                    _ => return,
                }
            }
        }
        Request::Terminal(_) => {
            let prompt = Down::Output { offset: 0, bytes: b"\x1b]633;A\x07$ ".to_vec() };
            // Who has gone already needs no prompt.
            let _ = write_frame(&mut stream, &prompt.encode()).await;
            // It stays until the other side goes.
            let _ = stream.read(&mut [0; 64]).await;
        }
        _ => {}
    }
}

async fn record(made: &FakeBox, after: u64, stream: yamux::Stream) {
    let (mut reader, mut writer) = AsyncReadExt::split(stream);
    let send = async {
        let mut recording = made.recording.subscribe();
        let mut sent = after;
        loop {
            let fresh: Vec<Block> =
                recording.borrow_and_update().iter().filter(|block| block.seq > sent).cloned().collect();
            for block in fresh {
                sent = block.seq;
                if write_frame(&mut writer, &block.encode()).await.is_err() {
                    return;
                }
            }
            if recording.changed().await.is_err() {
                return;
            }
        }
    };
    let acknowledge = async {
        while let Ok(Some(Ack { seq })) = read_json(&mut reader).await {
            made.recording_acked.send_modify(|acked| *acked = (*acked).max(seq));
        }
    };
    tokio::join!(send, acknowledge);
}

async fn follow(made: &FakeBox, after: u64, stream: yamux::Stream) {
    let (mut reader, mut writer) = AsyncReadExt::split(stream);
    let send = async {
        let mut journal = made.journal.subscribe();
        let mut sent = usize::try_from(after).expect("few entries");
        loop {
            let fresh: Vec<Entry> = journal.borrow_and_update().iter().skip(sent).cloned().collect();
            sent += fresh.len();
            for entry in fresh {
                made.going.pass().await;
                if write_json(&mut writer, &entry).await.is_err() {
                    return;
                }
            }
            if journal.changed().await.is_err() {
                return;
            }
        }
    };
    let acknowledge = async {
        while let Ok(Some(Ack { seq })) = read_json(&mut reader).await {
            made.acked.send_if_modified(|acked| {
                let more = seq > *acked;
                *acked = (*acked).max(seq);
                more
            });
        }
    };
    tokio::join!(send, acknowledge);
}
