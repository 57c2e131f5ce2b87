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
    /// Gives somebody more time for every lab, by right; from their next attempt on. They alone are shown it
    ExtraTime {
        /// What the person signs in with
        login: String,
        /// By how much their time is multiplied, from 1 to 4: 1.25 is a quarter more, 1 is as much as others have
        #[arg(value_parser = percent_more)]
        factor: u32,
    },
}

/// How many percent more a factor is.
fn percent_more(text: &str) -> Result<u32, String> {
    let factor: f64 = text.parse().map_err(|_| format!("\"{text}\" is no factor: write 1.25 for a quarter more"))?;
    if !(1.0..=4.0).contains(&factor) {
        return Err(format!("{text} is not from 1 to 4: write 1.25 for a quarter more"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to 300")]
    Ok(((factor - 1.0) * 100.0).round() as u32)
}

impl User {
    /// Runs the command.
    ///
    /// # Errors
    /// In words: a login that is taken, a password that is too short, a database that cannot be reached.
    pub async fn run(self, overrides: &Overrides) -> anyhow::Result<ExitCode> {
        let config = Config::load(overrides, false)?;
        let platform = super::serve::platform(&config).await?;
        let (login, name, role) = match self {
            Self::Add { login, name, role } => (login, name, role),
            Self::ExtraTime { login, factor } => {
                return match platform.set_extra_time(&login, factor).await {
                    Ok(()) if factor == 0 => {
                        println!("{login} has as much time as others, from the next attempt on.");
                        Ok(ExitCode::SUCCESS)
                    }
                    Ok(()) => {
                        println!("{login} has {factor} % more time for every lab, from the next attempt on.");
                        Ok(ExitCode::SUCCESS)
                    }
                    Err(platform::Error::NotFound) => bail!("nobody signs in as {login}"),
                    Err(error) => Err(error.into()),
                };
            }
        };
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

#[cfg(test)]
mod tests {
    use super::percent_more;

    #[test]
    fn a_factor_is_read_as_percent_more() {
        assert_eq!(["1", "1.25", "1.5", "4"].map(percent_more), [Ok(0), Ok(25), Ok(50), Ok(300)]);
        for wrong in ["0.9", "4.5", "NaN", "much"] {
            assert!(percent_more(wrong).is_err(), "{wrong}");
        }
    }
}
