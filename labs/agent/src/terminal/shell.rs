//! Opening a terminal: a login shell of the lab's user.

use std::{os::fd::AsFd, rc::Rc};

use nix::libc;
use wire::{
    Place,
    journal::{Origin, What},
    terminal::Size,
};

use super::{Terminal, pty::Pty};
use crate::{
    accounts::{Accounts, User},
    agent::Agent,
    boxroot,
    machine::Running,
    run::environment,
    spawner::Program,
};

pub async fn open(agent: &Agent, number: u32, size: Size) -> Result<Rc<Terminal>, String> {
    let running = agent.machine.running_soon().await?;
    let name = &agent.spec.user;
    let accounts = Accounts::read(&running.root).map_err(|error| format!("the box's /etc/passwd: {error}"))?;
    let user = accounts.user(name).ok_or_else(|| format!("the box has no user `{name}` any more"))?;
    let (pty, shell_side) =
        Pty::open(&running.root, size, user.uid).map_err(|error| format!("a terminal in the box: {error}"))?;
    let shell = shell_of(&running, user);
    let base = shell.rsplit('/').next().unwrap_or_default();
    let mut env = environment(user);
    env.extend(
        [("TERM", "xterm-256color"), ("COLORTERM", "truecolor")].map(|(name, value)| (name.into(), value.into())),
    );
    env.push(("SHELL".into(), shell.clone()));
    let program = Program {
        id: 0,
        place: Place::Inside,
        // The dash makes it a login shell.
        argv: vec![format!("-{base}")],
        file: shell,
        env,
        cwd: user.home.clone(),
        identity: accounts.identity(user),
        leaf: None,
    };
    let launched = agent.spawner.start(program, &[shell_side.as_fd()]).await?;
    agent.journal.write(What::TerminalOpened { terminal: number });
    if let Some(listener) = launched.listener {
        agent.ledger.watch(listener, Some(Origin::Terminal(number)));
    }
    agent.recorder.opened(number, size);
    let terminal = Rc::new(Terminal::new(number, pty, size, Rc::clone(&agent.recorder)));
    let (served, journal, death) = (Rc::clone(&terminal), agent.journal.clone(), launched.death);
    tokio::task::spawn_local(async move {
        let carry = async {
            tokio::join!(served.print(&journal), served.type_in());
            // The shell has let go of its terminal and lives on: it may end in its own time.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            _ = death => {}
            () = carry => {}
        }
        served.end(&journal);
    });
    Ok(terminal)
}

/// The user's shell; where that is broken, one with which it can be mended.
fn shell_of(running: &Running, user: &User) -> String {
    let runs = |path: &str| {
        let file = boxroot::open_in(&running.root, path.as_ref(), libc::O_PATH).ok()?;
        let mode = std::fs::File::from(file).metadata().ok()?;
        use std::os::unix::fs::MetadataExt;
        Some(mode.is_file() && mode.mode() & 0o111 != 0)
    };
    let choices = [user.shell.as_str(), "/bin/bash", "/bin/sh"];
    choices.into_iter().find(|path| runs(path) == Some(true)).unwrap_or("/bin/sh").to_owned()
}
