use std::{
    collections::BTreeMap,
    process::Stdio,
    task::Poll,
    time::{Duration, Instant},
};

use futures::{
    StreamExt,
    channel::{mpsc, oneshot},
    future::poll_fn,
    io::AsyncWriteExt,
};
use tokio::process::{Child, Command};
use tokio_util::compat::TokioAsyncReadCompatExt;
use wire::{
    Observation, Place, Probe, Reply, Request, Run, RunResult,
    call::Hello,
    io::{read_frame, read_json, write_frame, write_json},
    journal::{Ack, Entry, Ran, What},
    layer::{Bounds, Change, Looked, PIECE, Packed, Piece, Told},
};
use yamux::{Config, Connection, Mode, Stream};

use super::{Sandbox, patient};

/// Speaks to one agent over one connection.
pub struct Client {
    streams: mpsc::UnboundedSender<oneshot::Sender<Stream>>,
    _pipe: Child,
}

impl Client {
    pub async fn connect(sandbox: &Sandbox) -> Self {
        let mut pipe = Command::new("docker")
            .args(["exec", "-i", sandbox.name(), &format!("{}/agent", wire::AGENT_DIR), "connect"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("docker exec");
        let both = tokio::io::join(pipe.stdout.take().expect("piped"), pipe.stdin.take().expect("piped"));
        let mut connection = Connection::new(both.compat(), Config::default(), Mode::Client);
        let (streams, mut asked) = mpsc::unbounded::<oneshot::Sender<Stream>>();
        tokio::spawn(async move {
            let mut waiting = None;
            poll_fn(|context| {
                loop {
                    if waiting.is_none()
                        && let Poll::Ready(Some(next)) = asked.poll_next_unpin(context)
                    {
                        waiting = Some(next);
                    }
                    if waiting.is_some()
                        && let Poll::Ready(Ok(stream)) = connection.poll_new_outbound(context)
                    {
                        let _ = waiting.take().map(|waiting| waiting.send(stream));
                        continue;
                    }
                    match connection.poll_next_inbound(context) {
                        Poll::Ready(Some(Ok(_))) => {}
                        Poll::Ready(_) => return Poll::Ready(()),
                        Poll::Pending => return Poll::Pending,
                    }
                }
            })
            .await;
        });
        Self { streams, _pipe: pipe }
    }

    /// A fresh stream.
    pub async fn open(&self) -> Stream {
        let (sender, receiver) = oneshot::channel();
        self.streams.unbounded_send(sender).expect("the connection lives");
        receiver.await.expect("the connection lives")
    }

    /// A stream on which this has been asked, and the answer.
    pub async fn ask(&self, request: &Request) -> (Stream, Reply) {
        let mut stream = self.open().await;
        write_json(&mut stream, request).await.expect("a request is sent");
        let reply = read_json(&mut stream).await.expect("a reply is read").expect("there is a reply");
        (stream, reply)
    }

    pub async fn hello(&self) -> Hello {
        match self.ask(&Request::Hello).await.1 {
            Reply::Hello(hello) => hello,
            other => panic!("{other:?}"),
        }
    }

    pub async fn handover(&self) {
        assert_eq!(self.ask(&Request::Handover).await.1, Reply::Done);
    }

    pub async fn reboot(&self) {
        assert_eq!(self.ask(&Request::Reboot).await.1, Reply::Done);
    }

    pub async fn reset(&self) {
        assert_eq!(self.ask(&Request::Reset).await.1, Reply::Done);
    }

    /// The writable layer, packed.
    pub async fn snapshot(&self, bounds: Bounds) -> (Vec<u8>, Packed) {
        let (mut stream, reply) = self.ask(&Request::Snapshot(bounds)).await;
        assert_eq!(reply, Reply::Done);
        let mut bytes = Vec::new();
        loop {
            let frame = read_frame(&mut stream).await.expect("a frame is read").expect("there is one");
            match Piece::decode(&frame).expect("a piece") {
                Piece::Data(data) => bytes.extend(data),
                Piece::End(packed) => return (bytes, packed),
            }
        }
    }

    /// Puts a packed layer into a box that waits for it; the answer.
    pub async fn restore(&self, bytes: &[u8]) -> Reply {
        let (mut stream, reply) = self.ask(&Request::Restore).await;
        if reply != Reply::Done {
            return reply;
        }
        for piece in bytes.chunks(PIECE) {
            // Whoever has refused already reads no more.
            let _ = write_frame(&mut stream, &Piece::Data(piece.to_vec()).encode()).await;
        }
        let _ = write_frame(&mut stream, &Piece::End(Packed::default()).encode()).await;
        read_json(&mut stream).await.expect("a reply is read").expect("there is a reply")
    }

    /// What has changed since the handover.
    pub async fn changes(&self) -> (Vec<Change>, Looked) {
        let (mut stream, reply) = self.ask(&Request::Changes).await;
        assert_eq!(reply, Reply::Done);
        let mut changes = Vec::new();
        loop {
            match read_json(&mut stream).await.expect("a change is read").expect("there is one") {
                Told::Change(change) => changes.push(change),
                Told::End(looked) => return (changes, looked),
            }
        }
    }

    pub async fn run(&self, run: Run) -> RunResult {
        match self.ask(&Request::Run(run)).await.1 {
            Reply::Ran(result) => result,
            other => panic!("{other:?}"),
        }
    }

    /// A shell script as root in the box.
    pub async fn root(&self, script: &str) -> RunResult {
        self.run(script_run(script, "root")).await
    }

    /// The same, which must succeed; gives its output.
    pub async fn output(&self, script: &str) -> String {
        let result = self.root(script).await;
        assert!(result.succeeded(), "{script}: {result:?}");
        result.stdout.trim().to_owned()
    }

    pub async fn probe(&self, probe: Probe) -> Observation {
        match self.ask(&Request::Probe { probes: vec![probe] }).await.1 {
            Reply::Observed { observations } => observations.into_iter().next().expect("one for one"),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the box has started this often and is ready.
    pub async fn boots(&self, boots: u32) {
        let start = Instant::now();
        loop {
            let hello = self.hello().await;
            if hello.ready && hello.boots >= boots {
                return;
            }
            assert!(start.elapsed() < patient(Duration::from_secs(60)), "the box does not come back: {hello:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The journal from the beginning, up to its end at this moment; nothing is acknowledged.
    pub async fn journal(&self) -> Vec<Entry> {
        let end = self.hello().await.journal_end;
        let mut entries = Vec::new();
        if end == 0 {
            return entries;
        }
        let (mut stream, reply) = self.ask(&Request::Journal { after: 0 }).await;
        assert_eq!(reply, Reply::Done);
        while entries.last().is_none_or(|entry: &Entry| entry.seq < end) {
            entries.push(read_json(&mut stream).await.expect("an entry is read").expect("there is an entry"));
        }
        stream.close().await.expect("closed");
        entries
    }

    /// Tells the agent that everything up to here is committed.
    pub async fn acknowledge(&self, seq: u64) {
        let (mut stream, _) = self.ask(&Request::Journal { after: 0 }).await;
        write_json(&mut stream, &Ack { seq }).await.expect("sent");
        stream.close().await.expect("closed");
    }

    /// The runs with their exit codes, once these arguments are among them and have ended.
    pub async fn ended(&self, argv: &[&str]) -> (Ran, Option<i32>) {
        let start = Instant::now();
        loop {
            let journal = self.journal().await;
            let found = runs(&journal).into_iter().rfind(|(ran, ended)| ran.argv == argv && ended.is_some());
            if let Some((ran, Some(code))) = found {
                return (ran, code);
            }
            assert!(start.elapsed() < patient(Duration::from_secs(10)), "{argv:?} did not run and end:\n{journal:#?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A shell script in the box, which nobody records.
pub fn script_run(script: &str, user: &str) -> Run {
    Run {
        argv: vec!["sh".into(), "-c".into(), script.into()],
        env: BTreeMap::new(),
        stdin: String::new(),
        user: user.into(),
        place: Place::Inside,
        as_learner: false,
        limit_ms: patient(Duration::from_secs(30)).as_millis().try_into().expect("small"),
    }
}

/// Every run of a journal, and how it ended: `None` if it did not.
pub fn runs(journal: &[Entry]) -> Vec<(Ran, Option<Option<i32>>)> {
    let ended = |wanted: u64| {
        journal.iter().find_map(|entry| match entry.what {
            What::Ended { run, code } if run == wanted => Some(code),
            _ => None,
        })
    };
    let ran = journal.iter().filter_map(|entry| if let What::Ran(ran) = &entry.what { Some(ran) } else { None });
    ran.map(|ran| (ran.clone(), ended(ran.run))).collect()
}
