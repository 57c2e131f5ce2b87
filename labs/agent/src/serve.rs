//! The agent's socket: connections, each with many streams, each a request.

use std::{collections::VecDeque, fs, io, os::unix::fs::PermissionsExt, path::Path, rc::Rc, time::Duration};

use futures::{AsyncWriteExt, future::poll_fn, io::BufWriter};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::Semaphore,
    task::{AbortHandle, spawn_local},
    time::timeout,
};
use tokio_util::compat::TokioAsyncReadCompatExt;
use wire::{
    Refusal, Reply, Request,
    call::Hello,
    frame,
    io::{read_frame, read_json, write_frame, write_json},
    journal::Ack,
};
use yamux::{Config, Connection, Mode, Stream};

use crate::{agent::Agent, dial, files, probes, run, sys, terminal};

/// How many connections there may be. The server needs one; what is more are leftovers of a server that
/// was killed, and the oldest make room.
const MAX_CONNECTIONS: usize = 8;
/// How many streams each may have.
const MAX_STREAMS: usize = 64;
/// What a connection may have under way towards the agent: yamux' least for so many streams.
const RECEIVE_WINDOW: usize = MAX_STREAMS * (256 << 10);
/// How many bytes are written at once: yamux writes a frame's head and its body by themselves, and each write wakes all
/// relays on the way to the server.
const GATHERED: usize = 32 << 10;
/// How many programs and rounds of probes run at once; the others wait.
const MAX_AT_ONCE: usize = 16;
/// How long a stream may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many journal entries are fetched at a time.
const BATCH: usize = 256;

/// Serves for ever.
pub async fn serve(agent: &Rc<Agent>) -> Result<(), String> {
    let listener = listen(wire::SOCKET, 0o600).map_err(|error| format!("{}: {error}", wire::SOCKET))?;
    let shortcut = listen_for_neighbours();
    let mut connections = VecDeque::<AbortHandle>::new();
    let limit = Rc::new(Semaphore::new(MAX_AT_ONCE));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(accepted) = async { Some(shortcut.as_ref()?.accept().await) } => accepted,
        };
        let socket = match accepted {
            Ok((socket, _)) => socket,
            Err(error) => {
                sys::log(&format!("a connection that cannot be accepted: {error}"));
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        connections.retain(|connection| !connection.is_finished());
        if connections.len() >= MAX_CONNECTIONS
            && let Some(oldest) = connections.pop_front()
        {
            oldest.abort();
        }
        let task = spawn_local(converse(Rc::clone(agent), Rc::clone(&limit), socket));
        connections.push_back(task.abort_handle());
    }
}

fn listen(path: &str, mode: u32) -> io::Result<UnixListener> {
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    Ok(listener)
}

/// Where the container shares a directory with a server on its machine. That may run as any user: the directory is what
/// keeps others out.
fn listen_for_neighbours() -> Option<UnixListener> {
    if !Path::new(wire::LINK_DIR).is_dir() {
        return None;
    }
    // It appears when it can be used.
    let hidden = format!("{}.new", wire::LINK);
    let _ = fs::remove_file(&hidden);
    listen(&hidden, 0o666)
        .and_then(|listener| fs::rename(&hidden, wire::LINK).map(|()| listener))
        .inspect_err(|error| sys::log(&format!("{}: {error}; the server comes the long way", wire::LINK)))
        .ok()
}

async fn converse(agent: Rc<Agent>, limit: Rc<Semaphore>, socket: UnixStream) {
    let mut config = Config::default();
    config.set_max_num_streams(MAX_STREAMS);
    config.set_max_connection_receive_window(Some(RECEIVE_WINDOW));
    let socket = BufWriter::with_capacity(GATHERED, socket.compat());
    let mut connection = Connection::new(socket, config, Mode::Server);
    let mut calls = tokio::task::JoinSet::new();
    // An error ends the connection as its end does; whoever needs it connects again.
    while let Some(Ok(stream)) = poll_fn(|context| connection.poll_next_inbound(context)).await {
        while calls.try_join_next().is_some() {}
        let (agent, limit) = (Rc::clone(&agent), Rc::clone(&limit));
        calls.spawn_local(async move {
            // The caller is gone: nobody is left to be told.
            let _ = call(&agent, &limit, stream).await;
        });
    }
    // With the connection its calls are dropped.
}

async fn call(agent: &Rc<Agent>, limit: &Semaphore, mut stream: Stream) -> io::Result<()> {
    let Ok(request) = timeout(PATIENCE, read_frame(&mut stream)).await else { return stream.close().await };
    let Some(frame) = request? else { return Ok(()) };
    let reply = match serde_json::from_slice(&frame) {
        Err(error) => refused(format!("a request that this agent does not know: {error}")),
        Ok(Request::Terminal(attach)) => {
            terminal::serve(agent, &mut stream, &attach).await?;
            return stream.close().await;
        }
        Ok(Request::Watch(watch)) => {
            terminal::watch(agent, &mut stream, &watch).await?;
            return stream.close().await;
        }
        Ok(Request::Recording { after }) => {
            write_json(&mut stream, &Reply::Done).await?;
            return recording(agent, stream, after).await;
        }
        Ok(Request::SettleRecording) => Reply::Settled { end: agent.recorder.settle() },
        Ok(Request::Journal { after }) => {
            write_json(&mut stream, &Reply::Done).await?;
            return journal(agent, stream, after).await;
        }
        Ok(Request::File(asked)) => {
            files::serve(agent, &mut stream, asked).await?;
            return stream.close().await;
        }
        Ok(Request::Dial { port }) => return dial::serve(agent, stream, port).await,
        Ok(Request::Snapshot(bounds)) => {
            agent.layer.snapshot(&mut stream, bounds).await?;
            return stream.close().await;
        }
        Ok(Request::Changes) => {
            agent.layer.changes(&mut stream).await?;
            return stream.close().await;
        }
        Ok(Request::Restore) => {
            agent.layer.restore(agent, &mut stream).await?;
            return stream.close().await;
        }
        Ok(Request::Reset) => {
            let agent = Rc::clone(agent);
            to_its_end(async move { reset(&agent).await }).await.map_or_else(refused, |()| Reply::Done)
        }
        Ok(Request::Hello) => Reply::Hello(hello(agent)),
        Ok(Request::Ready { within_ms }) => {
            agent.machine.ready_or_in_trouble(Duration::from_millis(within_ms)).await;
            Reply::Hello(hello(agent))
        }
        Ok(Request::Handover) => {
            agent.limit_processor();
            if !agent.ledger.handed_over() {
                tokio::join!(agent.layer.note(), agent.ledger.hand_over(agent.idle()));
            }
            agent.recorder.begin(agent.terminals.shown());
            Reply::Done
        }
        Ok(Request::Tell { text }) => {
            agent.terminals.tell(&text);
            Reply::Done
        }
        Ok(Request::Reboot) => {
            let agent = Rc::clone(agent);
            to_its_end(async move { agent.machine.reboot(agent.spec.init).await })
                .await
                .map_or_else(refused, |()| Reply::Done)
        }
        Ok(Request::Run(run)) => {
            let _turn = limit.acquire().await;
            let agent = Rc::clone(agent);
            to_its_end(async move {
                let ran = run::run(&agent, &run).await;
                agent.has_run();
                ran
            })
            .await
            .map_or_else(refused, Reply::Ran)
        }
        Ok(Request::Probe { probes }) => {
            let _turn = limit.acquire().await;
            Reply::Observed { observations: probes::observe(agent, probes).await }
        }
    };
    write_json(&mut stream, &reply).await?;
    stream.close().await
}

/// Does something to its end even if the connection of whoever asked breaks: a program's time limit is
/// kept, a box that was stopped is started.
async fn to_its_end<T: 'static>(work: impl Future<Output = Result<T, String>> + 'static) -> Result<T, String> {
    spawn_local(work).await.unwrap_or_else(|error| Err(error.to_string()))
}

/// From here on all is as before the handover.
async fn reset(agent: &Agent) -> Result<(), String> {
    agent.ledger.take_back();
    agent.layer.forget();
    agent.terminals.say_reset();
    agent.machine.reset().await
}

fn refused(message: String) -> Reply {
    Reply::Refused(Refusal { message })
}

fn hello(agent: &Agent) -> Hello {
    let state = agent.machine.state();
    Hello {
        version: wire::VERSION,
        boots: state.boots,
        ready: state.ready,
        trouble: state.trouble,
        handed_over: agent.ledger.handed_over(),
        terminals: agent.terminals.open(),
        journal_end: agent.journal.end(),
    }
}

/// Sends blocks as they come and hears what is kept.
async fn recording(agent: &Agent, stream: Stream, after: u64) -> io::Result<()> {
    agent.recorder.acknowledge(after);
    let (mut from_server, mut to_server) = futures::AsyncReadExt::split(stream);
    let send = async {
        let mut sent = after;
        loop {
            let block = agent.recorder.after(sent).await;
            sent = block.seq;
            write_frame(&mut to_server, &block.encode()).await?;
        }
    };
    let hear = async {
        while let Some(Ack { seq }) = read_json(&mut from_server).await? {
            agent.recorder.acknowledge(seq);
        }
        Ok(())
    };
    tokio::select! {
        outcome = send => outcome,
        outcome = hear => outcome,
    }
}

/// Sends entries as they come and hears what has been committed.
async fn journal(agent: &Agent, stream: Stream, after: u64) -> io::Result<()> {
    agent.journal.acknowledge(after);
    let (mut from_server, mut to_server) = futures::AsyncReadExt::split(stream);
    let send = async {
        let mut sent = after;
        loop {
            let mut frames = Vec::new();
            for entry in agent.journal.after(sent, BATCH).await {
                sent = entry.seq;
                let entry = serde_json::to_vec(&entry)?;
                frames.extend(frame::header(entry.len()).map_err(io::Error::other)?);
                frames.extend(entry);
            }
            to_server.write_all(&frames).await?;
            to_server.flush().await?;
        }
    };
    let hear = async {
        while let Some(Ack { seq }) = read_json(&mut from_server).await? {
            agent.journal.acknowledge(seq);
        }
        Ok(())
    };
    tokio::select! {
        outcome = send => outcome,
        outcome = hear => outcome,
    }
}
