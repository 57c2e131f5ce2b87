//! `belay role`

use std::{collections::BTreeSet, process::ExitCode};

use anyhow::bail;
use scorecards::role::{
    Role as Pack,
    coverage::{LabLinks, Show, coverage},
};

use crate::config::{Config, Overrides};

/// `belay role`
#[derive(clap::Subcommand)]
pub enum Role {
    /// Lists the roles
    List,
    /// Checks the files of all role packs
    Lint,
    /// Says which parts of a role have a lab, an exercise, an item of the path or a KPI behind them; fails where one has
    /// none and no reason is written down
    Coverage {
        /// Only this role; all by default
        #[arg(long, value_name = "ID")]
        role: Option<String>,
        /// Show also what has nothing behind it, with the reasons
        #[arg(long)]
        uncovered: bool,
        /// Show also what is behind each thing of this section
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=20))]
        section: Option<u8>,
    },
}

impl Role {
    /// Runs the command; fails where something is not covered.
    ///
    /// # Errors
    /// In words: a configuration that is not right, or all that is wrong with the files of packs or labs.
    pub fn run(self, overrides: &Overrides) -> anyhow::Result<ExitCode> {
        let config = Config::load(overrides, false)?;
        match self {
            Self::List => {
                for role in platform::roles::load(&config.roles)? {
                    // Parts of one KPI share its number.
                    let kpis = role.kpis.iter().map(|kpi| kpi.number).collect::<BTreeSet<_>>().len();
                    let dimensions = role.scorecard.dimensions.len();
                    println!("{:<32} {kpis:>3} KPIs {dimensions:>3} dimensions  {}", role.id, role.title);
                }
                Ok(ExitCode::SUCCESS)
            }
            Self::Lint => {
                println!("{} roles, no problems", platform::roles::load(&config.roles)?.len());
                Ok(ExitCode::SUCCESS)
            }
            Self::Coverage { role, uncovered, section } => {
                covered(&config, role.as_deref(), Show { uncovered, section })
            }
        }
    }
}

fn covered(config: &Config, named: Option<&str>, show: Show) -> anyhow::Result<ExitCode> {
    let (roles, catalog) = super::content(config)?;
    let labs: Vec<LabLinks> = catalog.labs().map(|lab| lab.links()).collect();
    let chosen: Vec<&Pack> = roles.iter().filter(|role| named.is_none_or(|named| named == role.id)).collect();
    if chosen.is_empty() {
        let known = roles.iter().map(|role| role.id.as_str()).collect::<Vec<_>>().join(", ");
        let named = named.unwrap_or("at all");
        bail!("there is no role {named} in {}; there are: {known}", config.roles.display());
    }
    let (mut sound, mut parts) = (true, Vec::new());
    for role in chosen {
        let coverage = coverage(role, &labs);
        parts.push(coverage.to_text(show));
        if !coverage.problems.is_empty() {
            sound = false;
            parts.push(coverage.problems.iter().map(|problem| format!("{problem}\n")).collect());
        }
    }
    super::say(&parts.join("\n"))?;
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The configuration of a clean clone, whatever the environment says.
    fn config() -> Config {
        Config::load(&Overrides::default(), false).unwrap()
    }

    #[test]
    fn the_labs_that_come_with_belay_name_only_what_role_packs_have() {
        let (roles, catalog) = crate::command::content(&config()).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(roles.len() > 1 && catalog.labs().count() > 0);
    }

    #[test]
    fn each_part_of_the_roles_that_come_with_belay_is_covered_or_has_a_reason() {
        let (roles, catalog) = crate::command::content(&config()).unwrap();
        let labs: Vec<LabLinks> = catalog.labs().map(|lab| lab.links()).collect();
        for role in &roles {
            let problems = coverage(role, &labs).problems;
            assert!(problems.is_empty(), "{}", scorecards::reader::Problems(problems));
        }
    }

    #[test]
    fn a_role_that_is_not_there_is_answered_with_those_that_are() {
        let error = covered(&config(), Some("astronaut"), Show::default()).unwrap_err().to_string();
        assert!(error.contains("there is no role astronaut") && error.contains("junior-sre"), "{error}");
    }
}
