//! Who may do what: one table, asked by every use case.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A new hire who works through labs.
    Learner,
    /// Sees how their people get on.
    Manager,
    /// Runs practical exercises with candidates.
    Interviewer,
    /// Writes labs.
    Author,
    /// Runs the installation.
    Admin,
    /// A guest who sees one interview and nothing else.
    Candidate,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Learner, Self::Manager, Self::Interviewer, Self::Author, Self::Admin, Self::Candidate];

    /// As it is stored and typed on a command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Learner => "learner",
            Self::Manager => "manager",
            Self::Interviewer => "interviewer",
            Self::Author => "author",
            Self::Admin => "admin",
            Self::Candidate => "candidate",
        }
    }

    /// As people read it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Learner => "New hire",
            Self::Manager => "Manager",
            Self::Interviewer => "Interviewer",
            Self::Author => "Lab author",
            Self::Admin => "Administrator",
            Self::Candidate => "Candidate",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no role; the roles are learner, manager, interviewer, author, admin and candidate")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownRole(text.into()))
    }
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Sign in with login and password.
    SignIn,
    /// See what is next.
    SeeHome,
    /// See which labs there are, and their tickets.
    ListLabs,
    /// Begin an attempt.
    StartAttempt,
    /// Terminals, checks, hints, finish.
    WorkInAttempt,
    /// See what an attempt came to, with its evidence.
    SeeResult,
    /// Look at the terminals while somebody works.
    WatchAttempt,
    /// Open a copy of a box as it was left; one's own only where it was practice.
    OpenCopy,
    /// See a person's KPIs, with the evidence.
    SeeFigures,
    /// See who there is to look after.
    ListPeople,
    /// See how labs do: how hard they are, how long they take, which of their checks can't be relied on. No person is named.
    SeeItems,
    /// Say that a check was wrong, propose a better runbook, show something for a goal.
    AskJudges,
    /// See what waits for people to judge it.
    SeeInbox,
    /// Judge what somebody did, and decide.
    JudgeCase,
    /// Have boxes of a lab ready at a time, and see what is reserved.
    ReserveBoxes,
    /// Add people and change what they are.
    AdministerUsers,
    /// See every box on the engine, end attempts, clear what is left over.
    OperateSandboxes,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 17] = [
        Self::SignIn,
        Self::SeeHome,
        Self::ListLabs,
        Self::StartAttempt,
        Self::WorkInAttempt,
        Self::SeeResult,
        Self::WatchAttempt,
        Self::OpenCopy,
        Self::SeeFigures,
        Self::ListPeople,
        Self::SeeItems,
        Self::AskJudges,
        Self::SeeInbox,
        Self::JudgeCase,
        Self::ReserveBoxes,
        Self::AdministerUsers,
        Self::OperateSandboxes,
    ];
}

/// Whose thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// One's own.
    Own,
    /// Somebody else's.
    Other,
}

impl Relation {
    /// Of somebody to a thing that is `owner`'s.
    #[must_use]
    pub fn between(viewer: uuid::Uuid, owner: uuid::Uuid) -> Self {
        if viewer == owner { Self::Own } else { Self::Other }
    }
}

/// The table. What is not in it is not allowed.
#[must_use]
pub fn allowed(role: Role, action: Action, relation: Relation) -> bool {
    use Action::{
        AdministerUsers, AskJudges, JudgeCase, ListLabs, ListPeople, OpenCopy, OperateSandboxes, ReserveBoxes,
        SeeFigures, SeeHome, SeeInbox, SeeItems, SeeResult, SignIn, StartAttempt, WatchAttempt, WorkInAttempt,
    };
    use Relation::{Other, Own};
    use Role::{Admin, Author, Candidate, Interviewer, Learner, Manager};

    match (action, relation) {
        // Everybody on the staff may practise: who reviews or writes labs should know them from inside.
        (
            SignIn | SeeHome | ListLabs | StartAttempt | WorkInAttempt | SeeResult | OpenCopy | SeeFigures | AskJudges,
            Own,
        ) => match role {
            Learner | Manager | Interviewer | Author | Admin => true,
            Candidate => false,
        },
        // Whoever judges work or mends labs may look into what was left.
        (OpenCopy, Other) => matches!(role, Manager | Interviewer | Author | Admin),
        (SeeResult, Other) => matches!(role, Manager | Admin),
        // Whoever leads or assesses people; not their peers. One's own there is no need to watch.
        (WatchAttempt, Other) => matches!(role, Manager | Interviewer | Admin),
        // Figures of a person are for that person and whoever leads them: pointed at people by others, they get gamed.
        (SeeFigures, Other) | (ListPeople, Own) => matches!(role, Manager),
        // What is reserved is everybody's who may reserve: the machine is one.
        (ReserveBoxes, Own | Other) => matches!(role, Manager | Interviewer | Author | Admin),
        // Whoever writes labs or relies on them. What is a person's stays with that person.
        (SeeItems, Own | Other) => matches!(role, Manager | Interviewer | Author | Admin),
        // Whoever leads, interviews or teaches. Nobody judges what is their own.
        (SeeInbox, Own) | (JudgeCase, Other) => matches!(role, Manager | Interviewer | Author),
        (AdministerUsers | OperateSandboxes, Own | Other) => matches!(role, Admin),
        (WatchAttempt | JudgeCase, Own)
        | (SignIn | SeeHome | ListLabs | StartAttempt | WorkInAttempt | ListPeople | AskJudges | SeeInbox, Other) => {
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// The whole table, written out once more by hand: a change of it is a change of this.
    /// Columns: learner, manager, interviewer, author, admin, candidate.
    #[rstest]
    #[case(Action::SignIn, Relation::Own, "yyyyy-")]
    #[case(Action::SignIn, Relation::Other, "------")]
    #[case(Action::SeeHome, Relation::Own, "yyyyy-")]
    #[case(Action::SeeHome, Relation::Other, "------")]
    #[case(Action::ListLabs, Relation::Own, "yyyyy-")]
    #[case(Action::ListLabs, Relation::Other, "------")]
    #[case(Action::StartAttempt, Relation::Own, "yyyyy-")]
    #[case(Action::StartAttempt, Relation::Other, "------")]
    #[case(Action::WorkInAttempt, Relation::Own, "yyyyy-")]
    #[case(Action::WorkInAttempt, Relation::Other, "------")]
    #[case(Action::SeeResult, Relation::Own, "yyyyy-")]
    #[case(Action::SeeResult, Relation::Other, "-y--y-")]
    #[case(Action::WatchAttempt, Relation::Own, "------")]
    #[case(Action::WatchAttempt, Relation::Other, "-yy-y-")]
    #[case(Action::OpenCopy, Relation::Own, "yyyyy-")]
    #[case(Action::OpenCopy, Relation::Other, "-yyyy-")]
    #[case(Action::SeeFigures, Relation::Own, "yyyyy-")]
    #[case(Action::SeeFigures, Relation::Other, "-y----")]
    #[case(Action::ListPeople, Relation::Own, "-y----")]
    #[case(Action::ListPeople, Relation::Other, "------")]
    #[case(Action::SeeItems, Relation::Own, "-yyyy-")]
    #[case(Action::SeeItems, Relation::Other, "-yyyy-")]
    #[case(Action::AskJudges, Relation::Own, "yyyyy-")]
    #[case(Action::AskJudges, Relation::Other, "------")]
    #[case(Action::SeeInbox, Relation::Own, "-yyy--")]
    #[case(Action::SeeInbox, Relation::Other, "------")]
    #[case(Action::JudgeCase, Relation::Own, "------")]
    #[case(Action::JudgeCase, Relation::Other, "-yyy--")]
    #[case(Action::ReserveBoxes, Relation::Own, "-yyyy-")]
    #[case(Action::ReserveBoxes, Relation::Other, "-yyyy-")]
    #[case(Action::AdministerUsers, Relation::Own, "----y-")]
    #[case(Action::AdministerUsers, Relation::Other, "----y-")]
    #[case(Action::OperateSandboxes, Relation::Own, "----y-")]
    #[case(Action::OperateSandboxes, Relation::Other, "----y-")]
    fn the_table(#[case] action: Action, #[case] relation: Relation, #[case] expected: &str) {
        let is: String =
            Role::ALL.map(|role| if allowed(role, action, relation) { 'y' } else { '-' }).into_iter().collect();
        assert_eq!(is, expected, "{action:?} {relation:?}");
    }

    #[test]
    fn roles_are_read_as_they_are_written() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).ok(), Some(serde_json::Value::from(role.as_str())));
        }
        assert_eq!("root".parse::<Role>(), Err(UnknownRole("root".into())));
    }
}
