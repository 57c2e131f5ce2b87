//! `belay lab run`: a lab in the terminal at which one sits, for who writes it.

use std::{
    fs,
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use labs::{
    catalog::{Lab, Script, Vars},
    grader::{self, Scope},
    sandbox::{self, Engine, Hosts, Identity, Sandbox, docker::Docker},
    tester,
    trial::{self, Trial},
};
use rustix::termios::{self, OptionalActions, Termios};
use scorecards::event::Verdict;
use tokio::{
    io::AsyncReadExt,
    signal::unix::{SignalKind, signal},
    time::interval,
};
use uuid::Uuid;
use wire::{
    Run,
    terminal::{Attach, Down, Size, Up},
};

use super::{more_rights, named};
use crate::{
    command::{self, say},
    config::Config,
};

/// The size of a terminal that does not say.
const USUAL: Size = Size { cols: 80, rows: 24 };

/// `belay lab run`
#[derive(clap::Args)]
pub struct RunLab {
    /// The lab
    lab: String,
    /// From what its variables are drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// On which host, where it has several; the first by default
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Runs this script in place of a shell, as the learner: another right way, or a wrong one
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Makes no checks at the end
    #[arg(long)]
    no_check: bool,
}

impl RunLab {
    /// Starts the lab, opens a shell in it, and makes its checks when that has ended.
    ///
    /// # Errors
    /// In words: no such lab or host, an engine out of reach, a box that does not start.
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let lab = named(config, &self.lab)?;
        if lab.exercise.is_some() {
            bail!("{} is worked at in a page, not in a terminal: `belay lab shot {}` shows it", lab.id, lab.id);
        }
        more_rights(&lab, config);
        let at = self.place(&lab)?;
        let vars = lab.draw(self.seed);
        let drawn: Vec<String> = vars.0.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        say(&format!("{}, seed {}: {}\n\n{}", lab.title, self.seed, drawn.join(", "), vars.fill(&lab.brief)))?;

        let engine = command::engine(config);
        eprintln!("Starting …");
        engine.prepare(&lab).await?;
        #[expect(clippy::disallowed_methods, reason = "this is nobody's attempt: these ids are in no record")]
        let sandboxes = lab.hosts.iter().map(|_| Uuid::now_v7()).collect();
        // Not the server's: it would take them for leftovers.
        let instance = format!("{}-run-{}", config.instance, std::process::id());
        let identity = Identity { sandboxes, attempt: None, instance: instance.clone(), warm: None };
        let worked = tokio::select! {
            worked = self.start_and_work(&engine, &lab, identity, at, &vars) => worked,
            () = told_to_end() => Err(anyhow::anyhow!("ended from outside")),
        };
        // Whatever was made of it by then, wherever that ended.
        for left in engine.list(&instance).await.context("what is left of it can't be looked for")? {
            engine.remove(&left.container).await.context("the sandbox could not be removed")?;
        }
        // Where its sandboxes were reached: empty now, or never made.
        let _ = fs::remove_dir(config.data.join("links").join(&instance));
        worked
    }

    async fn start_and_work(
        &self,
        engine: &Arc<Docker>,
        lab: &Arc<Lab>,
        identity: Identity,
        at: usize,
        vars: &Vars,
    ) -> anyhow::Result<ExitCode> {
        let hosts = sandbox::start(Arc::<Docker>::clone(engine), Arc::clone(lab), vars, identity).await?;
        let worked = self.work(lab, &hosts, at, vars).await;
        if let Err(error) = hosts.remove().await {
            tracing::warn!(%error, "the sandbox could not be removed at once");
        }
        worked
    }

    fn place(&self, lab: &Lab) -> anyhow::Result<usize> {
        let Some(name) = &self.host else { return Ok(0) };
        lab.hosts.iter().position(|host| host.name == *name).with_context(|| {
            let known = lab.hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>().join(", ");
            format!("the lab {} has no host {name}; it has: {known}", lab.id)
        })
    }

    async fn work(&self, lab: &Lab, hosts: &Hosts, at: usize, vars: &Vars) -> anyhow::Result<ExitCode> {
        hosts.handover().await?;
        let sandbox = hosts.at(at).context("the host is not there")?;
        let trial = Trial::begin(hosts);
        match &self.script {
            Some(file) => script(sandbox, trial::as_learner(&lab.hosts[at], &read(file)?, vars)).await?,
            None => {
                eprintln!("Ready. Leave the shell (exit, or Ctrl-D) to end it; its checks are made then.\n");
                shell(sandbox).await?;
            }
        }
        if self.no_check {
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!("\nChecking …");
        let outcomes = grader::run(hosts, lab, vars, Scope::Closing).await;
        let mut passed = true;
        for outcome in &outcomes {
            let check = lab.checks.iter().find(|check| check.id == outcome.check);
            let (title, required) = check.map_or(("", false), |check| (check.title.as_str(), check.required));
            let word = match outcome.verdict {
                Verdict::Passed => "passed ",
                Verdict::Failed => "open   ",
                Verdict::Blocked => "waits  ",
                Verdict::Broken => "broken ",
            };
            passed &= !required || outcome.verdict == Verdict::Passed;
            say(&format!("{word} {title}\n         {}", outcome.feedback))?;
        }
        say(if passed { "\nPassed.\n" } else { "\nNot passed yet.\n" })?;
        say(&tester::try_signals(lab, &trial.end(hosts, &outcomes).await?).to_string())?;
        Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// A script from a file of this machine.
fn read(file: &Path) -> anyhow::Result<Script> {
    let text = fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))?;
    Ok(Script { path: file.display().to_string(), text })
}

/// Runs it, and shows what it said.
async fn script(sandbox: &Sandbox, run: Run) -> anyhow::Result<()> {
    eprintln!("Running the script …\n");
    let result = sandbox.run(run).await?;
    say(&format!("{}{}", result.stdout, result.stderr))?;
    eprintln!("\nThe script {}.", sandbox::how_it_ended(&result));
    Ok(())
}

/// Somebody or something ends this program, with the box still there.
async fn told_to_end() {
    let heard = [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()].map(signal);
    let mut heard: Vec<_> = heard.into_iter().flatten().collect();
    let each = heard.iter_mut().map(|signal| Box::pin(signal.recv()));
    futures::future::select_all(each).await;
}

/// Connects standard input and output with a shell in the box until that ends. Input that is no terminal is typed line by line,
/// and ends the shell where it ends.
async fn shell(sandbox: &Sandbox) -> anyhow::Result<()> {
    let attach = Attach { terminal: 1, size: size(), from: None, writer: 1 };
    let (attached, stream) = sandbox.terminal(attach).await?;
    let (mut from, mut to) = stream.split();
    let _raw = Raw::enter()?;
    let mut resized = signal(SignalKind::window_change()).context("the terminal's size can't be followed")?;
    let mut input = tokio::io::stdin();
    let mut typed = vec![0; 4096];
    let (mut offset, mut open) = (attached.taken, true);
    let mut leaving = interval(LEAVING);
    loop {
        tokio::select! {
            frame = from.next() => match frame {
                Some(Down::Output { offset, bytes }) => {
                    let mut out = std::io::stdout().lock();
                    out.write_all(&bytes).and_then(|()| out.flush()).context("the output can't be shown")?;
                    to.send(&Up::Seen(offset + bytes.len() as u64)).await?;
                }
                Some(Down::Ended) | None => return Ok(()),
                Some(_) => {}
            },
            read = input.read(&mut typed), if open => {
                let count = read.context("the input can't be read")?;
                open = count > 0;
                if open {
                    to.send(&Up::Input { offset, bytes: typed[..count].to_vec() }).await?;
                    offset += count as u64;
                }
                leaving.reset();
            }
            // What reads to the end of its input is told of that by a key, again and again: a shell that has not set its
            // terminal yet, or is busy, does not see the first one.
            _ = leaving.tick(), if !open => {
                to.send(&Up::Input { offset, bytes: vec![END_OF_INPUT] }).await?;
                offset += 1;
            }
            _ = resized.recv() => to.send(&Up::Resize(size())).await?,
        }
    }
}

/// How often a shell is told that there is no more input.
const LEAVING: Duration = Duration::from_secs(1);

/// Ctrl-D.
const END_OF_INPUT: u8 = 4;

/// The size of the terminal that this runs in.
fn size() -> Size {
    match termios::tcgetwinsize(std::io::stdout()) {
        Ok(window) if window.ws_row > 0 && window.ws_col > 0 => Size { cols: window.ws_col, rows: window.ws_row },
        _ => USUAL,
    }
}

/// The terminal as it was, put back at the end: meanwhile each key is the box's.
struct Raw(Option<Termios>);

impl Raw {
    fn enter() -> anyhow::Result<Self> {
        let input = std::io::stdin();
        if !input.is_terminal() {
            return Ok(Self(None));
        }
        let before = termios::tcgetattr(&input).context("the terminal can't be asked how it is set")?;
        let mut raw = before.clone();
        raw.make_raw();
        termios::tcsetattr(&input, OptionalActions::Now, &raw).context("the terminal can't be set")?;
        Ok(Self(Some(before)))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // That it can't is the terminal's trouble: it is gone then.
            let _ = termios::tcsetattr(std::io::stdin(), OptionalActions::Now, before);
        }
    }
}
