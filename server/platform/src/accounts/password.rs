//! Passwords: Argon2id, off the threads that serve.

use std::sync::Arc;

use argon2::{
    Argon2, Params, PasswordHasher, PasswordVerifier,
    password_hash::{self, phc::PasswordHash},
};
use tokio::sync::Semaphore;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a salt is made of; the length that the PHC string format recommends.
pub(super) type Salt = [u8; 16];

/// Memory in KiB, passes, lanes: above the first choice of OWASP's password storage cheat sheet (19 MiB), about fifty
/// milliseconds on one core.
const COST: (u32, u32, u32) = (32 * 1024, 2, 1);

/// How many are computed at the same time: each needs the memory above.
const AT_ONCE: usize = 2;

#[derive(Clone)]
pub(super) struct Passwords {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        let (memory, passes, lanes) = COST;
        let params = Params::new(memory, passes, lanes, None).expect("constants that the tests have tried");
        Self { argon2: Argon2::from(params), turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The hash to store, as a PHC string.
    pub(super) async fn hash(&self, password: &str, salt: Salt) -> Result<String, Failure> {
        let password = password.to_string();
        self.aside(move |argon2| Ok(argon2.hash_password_with_salt(password.as_bytes(), &salt)?.to_string())).await
    }

    /// Whether a password has this hash. Where there is none the answer is no and takes as long.
    pub(super) async fn verify(&self, password: &str, hash: Option<String>, salt: Salt) -> Result<bool, Failure> {
        let password = password.to_string();
        self.aside(move |argon2| {
            let Some(hash) = hash else {
                let _: PasswordHash = argon2.hash_password_with_salt(password.as_bytes(), &salt)?;
                return Ok(false);
            };
            match argon2.verify_password(password.as_bytes(), hash.as_str()) {
                Ok(()) => Ok(true),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = Arc::clone(&self.turns).acquire_owned().await?;
        let argon2 = self.argon2.clone();
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&argon2)
        })
        .await?
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[tokio::test]
    async fn a_password_has_its_own_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse", [7; 16]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=32768,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse", Some(hash.clone()), [0; 16]).await.unwrap());
        assert!(!passwords.verify("correct horses", Some(hash), [0; 16]).await.unwrap());
        assert!(passwords.verify("x", Some("not a hash".into()), [0; 16]).await.is_err());
    }

    #[tokio::test]
    async fn a_login_that_is_not_there_takes_as_long() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse", [7; 16]).await.unwrap();
        let timed = async |hash: Option<String>| {
            let start = Instant::now();
            assert!(!passwords.verify("wrong", hash, [0; 16]).await.unwrap());
            start.elapsed()
        };
        let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
        for _ in 0..5 {
            known = known.min(timed(Some(hash.clone())).await);
            unknown = unknown.min(timed(None).await);
        }
        // Without the work it would be a thousandth; the machine may be busy, though.
        assert!(unknown > known / 4, "known {known:?}, unknown {unknown:?}");
        println!("verifying a password takes {known:?}");
    }
}
