//! Files of the box for the editor, uploads and downloads: see [`wire::file`].
//!
//! The agent could do anything to the box's files, so it does nothing as itself: each step is made with the rights of
//! the lab's user lent to this thread ([`rights`]), on a path that was resolved inside the box ([`place`]).

mod look;
mod place;
mod rights;
mod save;

use std::{collections::BTreeMap, io, rc::Rc, time::Duration};

use futures::io::{AsyncRead, AsyncWrite};
use tokio::{sync::Semaphore, task::yield_now, time::timeout};
use wire::{
    Place, Reply, Run,
    file::{Answer, Call, Expect, Listing, MAX_WRITE, PIECE, Refused, What},
    io::{read_frame, write_frame, write_json},
};

use self::{look::Reading, rights::with_rights_of, save::Contents};
use crate::{accounts::Accounts, agent::Agent, machine::Running, run, spawner::Identity};

/// How long somebody may take with the next piece of a file.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long `sudo` may take to say whether it would.
const SUDO_LIMIT_MS: u64 = 5_000;

/// What is common to all calls.
pub struct Desk {
    /// One file is received at a time: it is held in memory until it is whole.
    receiving: Semaphore,
}

impl Desk {
    pub fn new() -> Self {
        Self { receiving: Semaphore::new(1) }
    }
}

/// Answers a call.
pub async fn serve(agent: &Agent, stream: &mut (impl AsyncRead + AsyncWrite + Unpin), call: Call) -> io::Result<()> {
    let answer = match call.what {
        What::List => list(agent, &call).await.map(Answer::Listing),
        What::Read { limit } => return read(agent, stream, &call, limit).await,
        What::Write { size, ref expect } => {
            // What comes is taken in any case: the sender listens only once it has sent.
            let _turn = agent.files.receiving.acquire().await;
            match receive(stream, size).await? {
                Err(refused) => Err(refused),
                Ok(contents) => write(agent, &call, expect, contents).await,
            }
        }
    };
    write_json(stream, &Reply::File(answer.unwrap_or_else(Answer::Refused))).await
}

async fn list(agent: &Agent, call: &Call) -> Result<Listing, Refused> {
    let (running, who) = who(agent, call.as_root).await?;
    let mut reading = as_who(&who, || Reading::begin(&running, &call.path))?;
    while as_who(&who, || reading.go_on(&running))? {
        yield_now().await;
    }
    Ok(reading.listing)
}

async fn read(
    agent: &Agent,
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    call: &Call,
    limit: u64,
) -> io::Result<()> {
    let opened = match who(agent, call.as_root).await {
        Ok((running, who)) => as_who(&who, || look::open(&running, &call.path, limit)),
        Err(refused) => Err(refused),
    };
    let (file, size, writable) = match opened {
        Ok(opened) => opened,
        Err(refused) => return write_json(stream, &Reply::File(Answer::Refused(refused))).await,
    };
    write_json(stream, &Reply::File(Answer::Contents { size, writable })).await?;
    // It may grow while it is read.
    let mut rest = io::Read::take(file, limit);
    let mut piece = vec![0; PIECE];
    loop {
        let count = io::Read::read(&mut rest, &mut piece)?;
        write_frame(stream, &piece[..count]).await?;
        if count == 0 {
            return Ok(());
        }
    }
}

/// Takes as many bytes as were announced.
async fn receive(stream: &mut (impl AsyncRead + Unpin), size: u64) -> io::Result<Result<Contents, Refused>> {
    let mut contents = Contents::new();
    let mut received = 0;
    while received < size {
        let piece = timeout(PATIENCE, read_frame(stream)).await??.ok_or(io::ErrorKind::UnexpectedEof)?;
        received += piece.len() as u64;
        // Room is made for what came, never for what was announced.
        if size <= MAX_WRITE && received <= size {
            contents.add(&piece);
        }
    }
    Ok(match size {
        _ if size > MAX_WRITE => Err(Refused::TooLarge { size, limit: MAX_WRITE }),
        _ if contents.len() != size => Err(Refused::Trouble("more came than was announced".into())),
        _ => Ok(contents),
    })
}

async fn write(agent: &Agent, call: &Call, expect: &Expect, contents: Contents) -> Result<Answer, Refused> {
    let (running, who) = who(agent, call.as_root).await?;
    as_who(&who, || save::save(&running, &call.path, expect, contents, &who))
}

fn as_who<T>(who: &Identity, act: impl FnOnce() -> Result<T, Refused>) -> Result<T, Refused> {
    with_rights_of(who, act).map_err(|error| Refused::Trouble(format!("the user's rights: {error}")))?
}

/// Who asks, and the box as it runs.
async fn who(agent: &Agent, as_root: bool) -> Result<(Rc<Running>, Identity), Refused> {
    let trouble = Refused::Trouble;
    let user = {
        let running = agent.machine.running().map_err(trouble)?;
        identity(agent, &running)?
    };
    let who = if as_root && user.uid != 0 { may_be_root(agent).await? } else { user };
    // Asking may have taken a while, and the box another start.
    Ok((agent.machine.running().map_err(trouble)?, who))
}

fn identity(agent: &Agent, running: &Running) -> Result<Identity, Refused> {
    let accounts = Accounts::read(&running.root)
        .map_err(|error| Refused::Trouble(format!("the box's accounts can't be read: {error}")))?;
    let name = &agent.spec.user;
    let user = accounts.user(name).ok_or_else(|| Refused::Trouble(format!("the box has no user {name}")))?;
    Ok(accounts.identity(user))
}

/// Root, where the user could become it at the terminal. That is asked of the box's own `sudo`: whoever could make it
/// lie is root already, and its log has a line of it, as of every other use.
async fn may_be_root(agent: &Agent) -> Result<Identity, Refused> {
    let asked = Run {
        argv: ["sudo", "-n", "true"].map(str::to_owned).to_vec(),
        env: BTreeMap::new(),
        stdin: String::new(),
        user: agent.spec.user.clone(),
        place: Place::Inside,
        as_learner: false,
        limit_ms: SUDO_LIMIT_MS,
    };
    match run::run(agent, &asked).await {
        Ok(ran) if ran.succeeded() => Ok(Identity { uid: 0, gid: 0, groups: vec![0] }),
        Ok(_) => Err(Refused::NoRoot),
        Err(error) => Err(Refused::Trouble(error)),
    }
}
