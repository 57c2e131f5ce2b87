//! The life of the box: it is started, becomes ready, ends, and is started again.

use std::{
    cell::Cell,
    os::fd::{AsFd, OwnedFd},
    rc::Rc,
    time::Duration,
};

use nix::libc;
use tokio::{
    sync::{Notify, mpsc, watch},
    time::{Instant, sleep, timeout},
};
use wire::{
    Init,
    journal::{Origin, What},
};

use crate::{
    agent::Agent,
    probes::systemd,
    spawner::{BoxReport, Death, Disk},
    sys,
};

/// How often the box's control groups are looked at.
const SWEEP: Duration = Duration::from_secs(5);
/// The pause before a box that has lived is started again.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest pause, after one that keeps dying at once.
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// A box that has lived so long has not died at once.
const LIVED: Duration = Duration::from_secs(10);
/// How long the box's services may take to stop before they are stopped.
const GENTLE: Duration = Duration::from_secs(10);
/// How long a box may take to come back.
const COMEBACK: Duration = Duration::from_secs(90);
/// How often systemd is asked whether it has: each look is a message there and one back.
const LOOK_EVERY: Duration = Duration::from_millis(15);
/// How long systemd may take to start its services before that is worth a word.
const SLOW: Duration = Duration::from_secs(60);
/// How long a request waits for a box that is just starting.
const SOON: Duration = Duration::from_secs(15);

/// A box that runs.
pub struct Running {
    /// Which start it is, from 1.
    pub boot: u32,
    /// Its init, as the agent numbers it.
    pub pid: i32,
    pub pidfd: OwnedFd,
    /// Its root directory.
    pub root: OwnedFd,
    /// To its systemd.
    pub systemd: systemd::Line,
}

/// How the box is.
#[derive(Clone, Default)]
pub struct State {
    /// How often it has started.
    pub boots: u32,
    pub running: Option<Rc<Running>>,
    /// Its init has started its services.
    pub ready: bool,
    /// Why it is not ready.
    pub trouble: Option<String>,
    /// How often it has started with an empty disk after the first time.
    resets: u32,
    /// It waits for what is to be on its disk.
    waits_for_disk: bool,
}

/// The box, as the agent's other parts see it.
pub struct Machine {
    state: watch::Sender<State>,
    /// The next end of the box is wanted.
    wanted: Cell<bool>,
    /// The next start of the box is with an empty disk.
    renews: Cell<bool>,
    /// What is to be on the disk was put there, and is not mounted yet.
    given: Cell<bool>,
    /// Somebody does not want to wait for the next start.
    hurry: Notify,
}

impl Machine {
    /// A box; with `waits_for_disk` one that is not started before [`Machine::has_disk`].
    pub fn new(waits_for_disk: bool) -> Self {
        let state = State {
            waits_for_disk,
            trouble: waits_for_disk.then(|| "the box waits for its snapshot".to_owned()),
            ..State::default()
        };
        let state = watch::Sender::new(state);
        let [wanted, renews, given] = [false; 3].map(Cell::new);
        Self { state, wanted, renews, given, hurry: Notify::new() }
    }

    /// Whether the box waits for what is to be on its disk.
    pub fn waits_for_disk(&self) -> bool {
        self.state.borrow().waits_for_disk
    }

    /// What is to be on its disk is there.
    pub fn has_disk(&self) {
        self.given.set(true);
        self.state.send_modify(|state| {
            state.waits_for_disk = false;
            state.trouble = None;
        });
    }

    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// There is no box, and there will be none.
    pub fn is_impossible(&self, why: &str) {
        self.state.send_modify(|state| state.trouble = Some(why.to_owned()));
    }

    /// The box that runs.
    pub fn running(&self) -> Result<Rc<Running>, String> {
        let state = self.state.borrow();
        state.running.clone().ok_or_else(|| no_box(state.trouble.as_deref()))
    }

    /// The box that runs and has started its services; one that is just starting is waited for, and one
    /// that starts slowly is taken as it is.
    pub async fn running_soon(&self) -> Result<Rc<Running>, String> {
        let mut state = self.state.subscribe();
        let _ = timeout(SOON, state.wait_for(|state| state.ready)).await;
        self.running()
    }

    /// Waits until the box is ready, or there is trouble to tell, for so long at most.
    pub async fn ready_or_in_trouble(&self, within: Duration) {
        let mut state = self.state.subscribe();
        let _ = timeout(within, state.wait_for(|state| state.ready || state.trouble.is_some())).await;
    }

    /// Ends the box's init and waits until the box is ready again.
    pub async fn reboot(&self, init: Init) -> Result<(), String> {
        let mut state = self.state.subscribe();
        let running = self.running()?;
        let is_gone = |state: &State| state.running.as_ref().is_none_or(|now| now.boot != running.boot);
        self.wanted.set(true);
        let gentle = match init {
            // systemd's own signal for "reboot".
            Init::Systemd => libc::SIGRTMIN() + 5,
            Init::Plain => libc::SIGTERM,
        };
        // One that is gone already needs no signal.
        let _ = sys::pidfd_send_signal(running.pidfd.as_fd(), gentle);
        if timeout(GENTLE, state.wait_for(is_gone)).await.is_err() {
            let _ = sys::pidfd_send_signal(running.pidfd.as_fd(), libc::SIGKILL);
        }
        let back = state.wait_for(|state| is_gone(state) && state.ready);
        match timeout(COMEBACK, back).await {
            Ok(_) => Ok(()),
            Err(_) => Err(no_box(self.state.borrow().trouble.as_deref())),
        }
    }

    /// Ends the box with all that was written in it, and waits until it is ready again. Also for one that keeps dying.
    pub async fn reset(&self) -> Result<(), String> {
        let mut state = self.state.subscribe();
        let before = self.state().resets;
        self.wanted.set(true);
        self.renews.set(true);
        if let Ok(running) = self.running() {
            // What it would still want to write is dropped anyway.
            let _ = sys::pidfd_send_signal(running.pidfd.as_fd(), libc::SIGKILL);
        }
        self.hurry.notify_one();
        let back = state.wait_for(|state| state.resets > before && state.ready);
        match timeout(COMEBACK, back).await {
            Ok(_) => Ok(()),
            Err(_) => Err(no_box(self.state.borrow().trouble.as_deref())),
        }
    }

    /// What is done with the disk before a start.
    async fn disk(&self) -> Disk {
        // The sender is ours: the wait ends only when it holds.
        let _ = self.state.subscribe().wait_for(|state| !state.waits_for_disk).await;
        match (self.renews.get(), self.given.get()) {
            (true, _) => Disk::Renewed,
            (false, true) => Disk::Given,
            (false, false) => Disk::Kept,
        }
    }

    /// Keeps the box running for as long as the agent lives. Returns when the spawner is gone.
    pub async fn keep(&self, agent: &Agent, mut reports: mpsc::UnboundedReceiver<BoxReport>) -> String {
        let mut pause = PAUSE;
        let mut kills = agent.cgroups().memory_kills();
        for boot in 1.. {
            let disk = self.disk().await;
            if let Err(error) = agent.spawner.start_box(boot, disk).await {
                return format!("the spawner is gone: {error}");
            }
            let Some(report) = reports.recv().await else { break };
            let started = Instant::now();
            match report {
                BoxReport::Started { pid, pidfd, listener, root } => {
                    let running = Rc::new(Running { boot, pid, pidfd, root, systemd: systemd::Line::default() });
                    agent.journal.write(What::BoxStarted { boot });
                    agent.ledger.watch(listener, Some(Origin::Init));
                    self.given.set(false);
                    if disk == Disk::Renewed {
                        self.renews.set(false);
                    } else if self.renews.get() {
                        // Asked for while it was started.
                        let _ = sys::pidfd_send_signal(running.pidfd.as_fd(), libc::SIGKILL);
                    }
                    self.state.send_modify(|state| {
                        state.boots = boot;
                        state.resets += u32::from(disk == Disk::Renewed);
                        state.running = Some(Rc::clone(&running));
                    });
                    let end = tokio::select! {
                        report = reports.recv() => report,
                        () = self.become_ready(agent, &running) => unreachable!("it watches for ever"),
                    };
                    let Some(BoxReport::Ended(death)) = end else { break };
                    agent.journal.write(What::BoxEnded { boot });
                    let short_of_memory = agent.cgroups().memory_kills() > kills;
                    kills = agent.cgroups().memory_kills();
                    let why = cause(death, started.elapsed(), agent.spec.init, short_of_memory);
                    self.is_down(why);
                }
                BoxReport::Failed(why) => self.is_down(why),
                BoxReport::Ended(_) => {}
            }
            pause = if started.elapsed() > LIVED || self.wanted.take() { PAUSE } else { (pause * 2).min(MAX_PAUSE) };
            tokio::select! {
                () = sleep(pause) => {}
                () = self.hurry.notified(), if pause > PAUSE => {}
            }
        }
        "the spawner is gone".into()
    }

    fn is_down(&self, why: String) {
        sys::log(&why);
        self.state.send_modify(|state| {
            state.running = None;
            state.ready = false;
            state.trouble = Some(why);
        });
    }

    /// Finds out when the box is ready; then looks after it for ever.
    async fn become_ready(&self, agent: &Agent, running: &Running) {
        if agent.spec.init == Init::Systemd {
            self.services_have_started(agent, running).await;
        }
        self.state.send_modify(|state| {
            state.ready = true;
            state.trouble = None;
        });
        while let Some(overgrown) = agent.cgroups().overgrown() {
            if overgrown {
                sys::log("the box has made control groups without end, and is started anew");
                // One that has just ended is no error.
                let _ = sys::pidfd_send_signal(running.pidfd.as_fd(), libc::SIGKILL);
            }
            sleep(SWEEP).await;
        }
        std::future::pending().await
    }

    async fn services_have_started(&self, agent: &Agent, running: &Running) {
        let started = Instant::now();
        loop {
            let state = systemd::state(agent, running).await;
            let slow = started.elapsed() > SLOW;
            match state.as_deref() {
                // Degraded: a service has failed, which may be what the lab is about.
                Ok("running" | "degraded") => return,
                Ok(state) if slow => self.is_slow(&format!("it says `{state}`")),
                Err(error) if slow => self.is_slow(&format!("it does not answer: {error}")),
                _ => {}
            }
            sleep(if slow { Duration::from_secs(1) } else { LOOK_EVERY }).await;
        }
    }

    fn is_slow(&self, what: &str) {
        let why = format!(
            "the box's systemd has not finished starting its services after {} seconds; {what}",
            SLOW.as_secs()
        );
        self.state.send_modify(|state| state.trouble = Some(why));
    }
}

fn no_box(trouble: Option<&str>) -> String {
    trouble.map_or_else(|| "the box is starting".into(), |trouble| format!("the box is not running: {trouble}"))
}

/// Why a box has ended, in words for people.
fn cause(death: Death, lived: Duration, init: Init, short_of_memory: bool) -> String {
    let at_once = lived < LIVED;
    match (death, init) {
        _ if short_of_memory => "the box was out of memory, and its init was killed".into(),
        (Death::Exited(255), Init::Systemd) if at_once => {
            "the box's systemd ended at once with code 255: most likely the host is out of inotify instances; \
             raise fs.inotify.max_user_instances there (sysctl), as `belay doctor` says"
                .into()
        }
        (Death::Exited(126 | 127), Init::Systemd) if at_once => {
            "the image has no /sbin/init that can be run: build it on belay/systemd, or let the lab say init = \"plain\"".into()
        }
        (Death::Exited(code), _) => format!("the box's init ended with code {code}"),
        (Death::Killed(signal), _) => format!("the box's init was ended by signal {signal}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likely_cause_is_named() {
        let soon = Duration::from_secs(1);
        let says = |death, init, memory| cause(death, soon, init, memory);
        assert!(says(Death::Exited(255), Init::Systemd, false).contains("fs.inotify.max_user_instances"));
        assert!(!cause(Death::Exited(255), LIVED, Init::Systemd, false).contains("inotify"));
        assert!(says(Death::Exited(127), Init::Systemd, false).contains("/sbin/init"));
        assert!(says(Death::Killed(9), Init::Plain, true).contains("memory"));
        assert!(says(Death::Killed(9), Init::Plain, false).contains("signal 9"));
    }
}
