//! `belay user`

use std::{io::IsTerminal, process::ExitCode};

use anyhow::{Context, bail};
use platform::{NewUser, access::Role};

use crate::config::{Config, Overrides};

/// `belay user`
#[derive(clap::Subcommand)]
pub enum User {
    /// Adds an account; the password is read from standard input
    Add {
        /// What the person signs in with
        login: String,
        /// How to call the person; the login by default
        #[arg(long)]
        name: Option<String>,
        /// learner, manager, interviewer, author or admin
        #[arg(long, default_value = "learner")]
        role: Role,
    },
}

impl User {
    /// Runs the command.
    ///
    /// # Errors
    /// In words: a login that is taken, a password that is too short, a database that cannot be reached.
    pub async fn run(self, overrides: &Overrides) -> anyhow::Result<ExitCode> {
        let Self::Add { login, name, role } = self;
        let config = Config::load(overrides, false)?;
        let platform = super::serve::platform(&config).await?;
        let password = read_password()?;
        let name = name.unwrap_or_else(|| login.clone());
        platform.add_user(NewUser { login: login.clone(), name, role, password }).await?;
        println!("{login} can sign in now.");
        Ok(ExitCode::SUCCESS)
    }
}

fn read_password() -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let first =
            rpassword::prompt_password("Password (12 characters or more): ").context("cannot read the password")?;
        let second = rpassword::prompt_password("The same again: ").context("cannot read the password")?;
        if first != second {
            bail!("the two passwords differ; nothing was added");
        }
        return Ok(first);
    }
    let mut line = String::new();
    stdin.read_line(&mut line).context("cannot read the password from standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_string())
}
