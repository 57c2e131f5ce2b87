//! The agent's side of the spawner: asks, and hears how things end.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    io,
    os::fd::{BorrowedFd, OwnedFd},
    rc::Rc,
};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use tokio::{
    io::{Interest, unix::AsyncFd},
    sync::{mpsc, oneshot},
};

use super::{Death, Disk, Order, Program, Report};
use crate::channel::Channel;

/// Asks the spawner for things.
pub struct Client {
    channel: AsyncFd<Channel>,
    next: Cell<u64>,
    waiting: RefCell<HashMap<u64, Waiting>>,
    of_box: mpsc::UnboundedSender<BoxReport>,
}

/// What concerns the box as a whole.
pub enum BoxReport {
    Started { pid: i32, pidfd: OwnedFd, listener: OwnedFd, root: OwnedFd },
    Failed(String),
    Ended(Death),
}

struct Waiting {
    started: Option<oneshot::Sender<Result<Vec<OwnedFd>, String>>>,
    ended: Option<oneshot::Sender<Death>>,
}

/// A program that runs. It waits, before its first instruction, until the ledger has its listener.
pub struct Launched {
    pub pidfd: OwnedFd,
    pub listener: Option<OwnedFd>,
    /// How it ends, when it does.
    pub death: oneshot::Receiver<Death>,
}

impl Client {
    /// Over this channel; the receiver hears of the box.
    pub fn new(channel: Channel) -> io::Result<(Rc<Self>, mpsc::UnboundedReceiver<BoxReport>)> {
        fcntl(&channel, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let (of_box, reports) = mpsc::unbounded_channel();
        // SAFETY: a channel owns its one descriptor for as long as it lives.
        let channel = unsafe { AsyncFd::register(channel) }?;
        Ok((Rc::new(Self { channel, next: Cell::new(1), waiting: RefCell::default(), of_box }), reports))
    }

    /// Asks for the box; the answer comes as a [`BoxReport`].
    pub async fn start_box(&self, boot: u32, disk: Disk) -> io::Result<()> {
        self.send(&Order::Box { boot, disk }, &[]).await
    }

    /// Starts a program; `program.id` is set here.
    pub async fn start(&self, mut program: Program, fds: &[BorrowedFd<'_>]) -> Result<Launched, String> {
        program.id = self.next.replace(self.next.get() + 1);
        let (ended, death) = oneshot::channel();
        let received = self.ask(program.id, &Order::Program(program), fds, Some(ended)).await?;
        let mut received = received.into_iter();
        let pidfd = received.next().ok_or("the program cannot be watched: no descriptors are left")?;
        Ok(Launched { pidfd, listener: received.next(), death })
    }

    /// A connection to the box's systemd.
    pub async fn connect_to_systemd(&self) -> Result<OwnedFd, String> {
        let id = self.next.replace(self.next.get() + 1);
        let received = self.ask(id, &Order::Systemd { id }, &[], None).await;
        self.waiting.borrow_mut().remove(&id);
        received?.into_iter().next().ok_or_else(|| "no connection has come back".into())
    }

    async fn ask(
        &self,
        id: u64,
        order: &Order,
        fds: &[BorrowedFd<'_>],
        ended: Option<oneshot::Sender<Death>>,
    ) -> Result<Vec<OwnedFd>, String> {
        let (started, hears_start) = oneshot::channel();
        self.waiting.borrow_mut().insert(id, Waiting { started: Some(started), ended });
        if let Err(error) = self.send(order, fds).await {
            self.waiting.borrow_mut().remove(&id);
            return Err(format!("the program cannot be started: {error}"));
        }
        hears_start.await.unwrap_or_else(|_| Err("the program cannot be started: the spawner is gone".into()))
    }

    async fn send(&self, order: &Order, fds: &[BorrowedFd<'_>]) -> io::Result<()> {
        self.channel.async_io(Interest::WRITABLE, |channel| channel.send(order, fds)).await
    }

    /// Hears reports until the spawner is gone.
    pub async fn listen(&self) -> io::Result<()> {
        while let Some((report, fds)) = self.channel.async_io(Interest::READABLE, Channel::receive::<Report>).await? {
            self.hear(report, fds);
        }
        Ok(())
    }

    fn hear(&self, report: Report, fds: Vec<OwnedFd>) {
        let mut fds = fds.into_iter();
        match report {
            Report::BoxStarted { pid } => {
                if let (Some(pidfd), Some(listener), Some(root)) = (fds.next(), fds.next(), fds.next()) {
                    self.tell(BoxReport::Started { pid, pidfd, listener, root });
                }
            }
            Report::BoxFailed { message } => self.tell(BoxReport::Failed(message)),
            Report::BoxEnded { death } => self.tell(BoxReport::Ended(death)),
            Report::Started { id } => self.answer(id, Ok(fds.collect())),
            Report::NotStarted { id, message } => {
                self.answer(id, Err(message));
                self.waiting.borrow_mut().remove(&id);
            }
            Report::Ended { id, death } => {
                let ended = self.waiting.borrow_mut().remove(&id).and_then(|waiting| waiting.ended);
                // Whoever asked may have lost interest.
                let _ = ended.map(|ended| ended.send(death));
            }
        }
    }

    fn answer(&self, id: u64, answer: Result<Vec<OwnedFd>, String>) {
        let started = self.waiting.borrow_mut().get_mut(&id).and_then(|waiting| waiting.started.take());
        let _ = started.map(|started| started.send(answer));
    }

    fn tell(&self, report: BoxReport) {
        // The machine's task lives as long as the agent.
        let _ = self.of_box.send(report);
    }
}
