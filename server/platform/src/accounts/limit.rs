//! How fast passwords may be tried: for each login, and for each address that tries.
//!
//! Each has a few tries at once, and gets one back every so often (the generic cell rate algorithm). It
//! is kept in memory: a restart forgives, which gains a guesser nothing, for a restart is not theirs to make.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

/// Tries at once, and after how long one comes back.
#[derive(Clone, Copy)]
struct Rate {
    burst: i32,
    every: TimeDelta,
}

/// Somebody who forgot which of their passwords it was gets through; a list of a thousand does not.
const PER_LOGIN: Rate = Rate { burst: 6, every: TimeDelta::seconds(20) };
/// A whole office may come from one address.
const PER_ADDRESS: Rate = Rate { burst: 40, every: TimeDelta::seconds(2) };

/// When so many are remembered, those that have recovered are forgotten.
const SWEEP_AT: usize = 10_000;

#[derive(Default)]
pub(super) struct Limiter {
    logins: Mutex<Buckets<String>>,
    addresses: Mutex<Buckets<IpAddr>>,
}

impl Limiter {
    /// Counts a try, or says for how many seconds it is too early for one.
    pub(super) fn try_once(&self, login: &str, from: Option<IpAddr>, now: DateTime<Utc>) -> Result<(), u64> {
        if let Some(address) = from {
            held(&self.addresses).try_once(network(address), PER_ADDRESS, now)?;
        }
        // No login is longer; of what can't be one, no more than that is remembered.
        let login = login.chars().take(64).collect();
        held(&self.logins).try_once(login, PER_LOGIN, now)
    }

    /// It was them: what was counted against the login is forgotten, and one try given back to the address.
    pub(super) fn forgive(&self, login: &str, from: Option<IpAddr>) {
        held(&self.logins).full_at.remove(login);
        if let Some(address) = from
            && let Some(full_at) = held(&self.addresses).full_at.get_mut(&network(address))
        {
            *full_at -= PER_ADDRESS.every;
        }
    }
}

/// When each will have all its tries back.
struct Buckets<K> {
    full_at: HashMap<K, DateTime<Utc>>,
}

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self { full_at: HashMap::new() }
    }
}

impl<K: Eq + Hash> Buckets<K> {
    fn try_once(&mut self, key: K, rate: Rate, now: DateTime<Utc>) -> Result<(), u64> {
        if self.full_at.len() >= SWEEP_AT {
            self.full_at.retain(|_, full_at| *full_at > now);
        }
        let full_at = self.full_at.get(&key).map_or(now, |full_at| (*full_at).max(now)) + rate.every;
        let early = full_at - now - rate.every * rate.burst;
        if early > TimeDelta::zero() {
            let seconds = early.num_milliseconds().unsigned_abs().div_ceil(1000);
            return Err(seconds.max(1));
        }
        self.full_at.insert(key, full_at);
        Ok(())
    }
}

/// Who has one IPv6 address usually has a whole /64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing panics while it holds one of these.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: Option<IpAddr> = Some(IpAddr::V6(Ipv6Addr::LOCALHOST));

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_login_has_a_few_tries_and_then_one_at_a_time() {
        let limiter = Limiter::default();
        for _ in 0..6 {
            assert_eq!(limiter.try_once("maya", FROM, at(0)), Ok(()));
        }
        assert_eq!(limiter.try_once("maya", FROM, at(0)), Err(20));
        assert_eq!(limiter.try_once("maya", FROM, at(15)), Err(5));
        assert_eq!(limiter.try_once("tobias", FROM, at(15)), Ok(()), "another login is not held up");
        assert_eq!(limiter.try_once("maya", FROM, at(20)), Ok(()));
        assert_eq!(limiter.try_once("maya", FROM, at(20)), Err(20));
    }

    #[test]
    fn an_address_has_its_own_limit_and_so_has_a_whole_network() {
        let limiter = Limiter::default();
        let address = |host: u16| Some(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, host)));
        for n in 0..40 {
            assert_eq!(limiter.try_once(&format!("login{n}"), address(n), at(0)), Ok(()));
        }
        assert_eq!(limiter.try_once("another", address(99), at(0)), Err(2));
        assert_eq!(limiter.try_once("another", FROM, at(0)), Ok(()));
    }

    #[test]
    fn who_gets_in_is_forgiven() {
        let limiter = Limiter::default();
        for _ in 0..100 {
            assert_eq!(limiter.try_once("maya", FROM, at(0)), Ok(()));
            limiter.forgive("maya", FROM);
        }
    }
}
