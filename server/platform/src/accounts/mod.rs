//! People: who they are, how they sign in.

mod demo;
mod limit;
mod password;
mod validate;

use std::{net::IpAddr, sync::Arc};

use uuid::Uuid;

use self::{limit::Limiter, password::Passwords};
use crate::{
    access::{Action, Relation, Role, allowed},
    clock::{Clock, Ids},
    error::{Error, Result},
    store::{
        Store, StoreError,
        users::{self, User},
    },
    views::Viewer,
};

/// Somebody to be added.
#[derive(Clone, PartialEq, Eq)]
pub struct NewUser {
    /// What they type to sign in. Capitals don't count.
    pub login: String,
    /// How they are called.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Their password.
    pub password: String,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { login, name, role, password: _ } = self;
        f.debug_struct("NewUser").field("login", login).field("name", name).field("role", role).finish_non_exhaustive()
    }
}

/// Why somebody was not signed in, in words for them.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// There is no such login, or it has another password: which of the two is nobody's business.
    #[error("This login and password do not belong together. Check both and try again.")]
    Wrong,
    /// Too many tries.
    #[error("Too many tries. Wait {seconds} seconds, then try again.")]
    Slow {
        /// After how many seconds the next try is welcome.
        seconds: u64,
    },
    /// Our fault. The source is for the log.
    #[error(
        "Signing in does not work right now. Try again in a moment; if it stays, tell whoever runs this installation."
    )]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<StoreError> for SignInError {
    fn from(error: StoreError) -> Self {
        Self::Internal(Box::new(error))
    }
}

/// The use cases of accounts.
#[derive(Clone)]
pub(crate) struct Accounts {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Ids,
    demo: bool,
    passwords: Passwords,
    limiter: Arc<Limiter>,
}

impl Accounts {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>, ids: Ids, demo: bool) -> Self {
        Self { store, clock, ids, demo, passwords: Passwords::new(), limiter: Arc::default() }
    }

    pub(crate) async fn sign_in(
        &self,
        login: &str,
        password: &str,
        from: Option<IpAddr>,
    ) -> Result<Viewer, SignInError> {
        let login = validate::normal_login(login);
        self.limiter.try_once(&login, from, self.clock.now()).map_err(|seconds| SignInError::Slow { seconds })?;

        // What can't be a login is not asked of the database; the work is the same all the same.
        let user = match validate::login(&login) {
            Ok(()) => users::by_login(&self.store, &login).await?,
            Err(_) => None,
        };
        let hash = user.as_ref().and_then(|user| user.password.clone());
        let right = self.passwords.verify(password, hash, self.ids.bytes()).await.map_err(SignInError::Internal)?;
        match user.filter(|_| right).and_then(|user| self.admitted(user)) {
            Some(viewer) => {
                self.limiter.forgive(&login, from);
                Ok(viewer)
            }
            None => Err(SignInError::Wrong),
        }
    }

    pub(crate) async fn sign_in_demo(&self, person: Uuid) -> Result<Viewer, SignInError> {
        let user = if self.demo { users::by_id(&self.store, person).await? } else { None };
        user.filter(|user| user.demo).and_then(|user| self.admitted(user)).ok_or(SignInError::Wrong)
    }

    pub(crate) async fn viewer(&self, id: Uuid) -> Result<Option<Viewer>> {
        Ok(users::by_id(&self.store, id).await?.and_then(|user| self.admitted(user)))
    }

    /// Whoever may be signed in right now. A demo person may only while this is a demo.
    fn admitted(&self, user: User) -> Option<Viewer> {
        let may = allowed(user.role, Action::SignIn, Relation::Own) && (self.demo || !user.demo);
        may.then_some(Viewer { id: user.id, name: user.name, role: user.role })
    }

    pub(crate) fn demo_people(&self) -> Vec<Viewer> {
        if self.demo { demo::people().collect() } else { Vec::new() }
    }

    pub(crate) async fn seed_demo(&self) -> Result<()> {
        if !self.demo {
            return Err(Error::Forbidden);
        }
        let mut tx = self.store.begin().await?;
        for (login, person) in demo::logins().zip(demo::people()) {
            let user = User {
                id: person.id,
                login: login.into(),
                name: person.name,
                role: person.role,
                password: None,
                demo: true,
                created_at: self.clock.now(),
            };
            users::add(&mut tx, &user).await?;
        }
        Ok(tx.commit().await?)
    }

    pub(crate) async fn add_user(&self, new: NewUser) -> Result<Viewer> {
        let login = validate::normal_login(&new.login);
        let name = new.name.trim().to_string();
        validate::login(&login)
            .and_then(|()| validate::name(&name))
            .and_then(|()| validate::password(&new.password, &login, self.demo))
            .map_err(|problem| Error::Conflict(problem.into()))?;

        let hash = self.passwords.hash(&new.password, self.ids.bytes()).await.map_err(Error::Internal)?;
        let user = User {
            id: self.ids.next(),
            login,
            name,
            role: new.role,
            password: Some(hash),
            demo: false,
            created_at: self.clock.now(),
        };
        let mut tx = self.store.begin().await?;
        if !users::add(&mut tx, &user).await? {
            return Err(Error::Conflict(format!("The login \"{}\" is taken. Choose another.", user.login)));
        }
        tx.commit().await?;
        Ok(Viewer { id: user.id, name: user.name, role: user.role })
    }

    /// Gives somebody so many percent more time.
    pub(crate) async fn set_extra_time(&self, login: &str, percent: u32) -> Result<()> {
        let mut tx = self.store.begin().await?;
        if !users::set_extra_time(&mut tx, &validate::normal_login(login), percent).await? {
            return Err(Error::NotFound);
        }
        tx.commit().await?;
        Ok(())
    }
}
