//! How many warm boxes of which lab: a pure function of who came, who is expected, and how much memory there is for it.
//!
//! What is promised comes first, in the order in which it is needed. Then each lab that somebody began within the last hour
//! gets as many as began it within one go at the busiest time of that hour, because they came before another box could
//! have been made; labs take turns, the last used first, until the memory is spent.

use chrono::{DateTime, TimeDelta, Utc};

/// For how long somebody who came says that others may come.
const REMEMBERED: TimeDelta = TimeDelta::hours(1);

/// Who comes within this of another comes at the same time.
const TOGETHER: TimeDelta = TimeDelta::seconds(30);

/// How long before a reservation all its boxes shall be there.
pub(crate) const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// Who comes so long before a reservation comes for it. Until then what is taken is made anew.
const EARLY: TimeDelta = TimeDelta::minutes(5);

/// What is known of a lab.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    /// What a warm box of it takes, in bytes.
    pub each: u64,
    /// How long one takes to be made.
    pub warms_in: TimeDelta,
    /// When somebody began it, as far back as the oldest reservation.
    pub arrivals: Vec<DateTime<Utc>>,
    pub bookings: Vec<Booking>,
}

/// A reservation.
#[derive(Clone, Debug)]
pub(crate) struct Booking {
    pub at: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub places: u32,
}

/// How many boxes a lab gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub hold: u32,
    /// How many of them are promised.
    pub reserved: u32,
}

/// Shares out `budget` bytes of memory at a time; one share for each lab, in their order. `at_once` boxes are made at a time.
pub(crate) fn plan(now: DateTime<Utc>, demands: &[Demand], budget: u64, at_once: usize) -> Vec<Share> {
    let mut shares = vec![Share::default(); demands.len()];
    let mut left = budget;

    let mut promised: Vec<(DateTime<Utc>, usize, u32)> = Vec::new();
    for (lab, demand) in demands.iter().enumerate() {
        promised.extend(open(now, demand, at_once).into_iter().map(|(at, places)| (at, lab, places)));
    }
    promised.sort_unstable();
    for (_, lab, places) in promised {
        let each = demands[lab].each.max(1);
        let fit = u32::try_from(left / each).unwrap_or(u32::MAX).min(places);
        shares[lab].hold += fit;
        shares[lab].reserved += fit;
        left -= u64::from(fit) * each;
    }

    let mut wishes: Vec<(DateTime<Utc>, usize, u32)> = Vec::new();
    for (lab, demand) in demands.iter().enumerate() {
        let recent = recent(now, demand);
        if let Some(last) = recent.last() {
            wishes.push((*last, lab, busiest(&recent, demand.warms_in)));
        }
    }
    // The last used first; of two, the one that comes first in the catalogue.
    wishes.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    let most = wishes.iter().map(|(_, _, wish)| *wish).max().unwrap_or_default();
    for turn in 1..=most {
        for (_, lab, _) in wishes.iter().filter(|(_, _, wish)| *wish >= turn) {
            let each = demands[*lab].each.max(1);
            if each <= left {
                shares[*lab].hold += 1;
                left -= each;
            }
        }
    }
    shares
}

/// What of the reservations is still to be kept ready: when, and how many.
fn open(now: DateTime<Utc>, demand: &Demand, at_once: usize) -> Vec<(DateTime<Utc>, u32)> {
    let mut bookings: Vec<&Booking> = demand.bookings.iter().collect();
    bookings.sort_unstable_by_key(|booking| (booking.at, booking.until));
    let mut taken = vec![0_u32; bookings.len()];
    let mut arrivals = demand.arrivals.clone();
    arrivals.sort_unstable();
    for arrival in arrivals {
        let place = bookings.iter().zip(&mut taken).find(|(booking, taken)| {
            booking.at - EARLY <= arrival && arrival < booking.until && **taken < booking.places
        });
        if let Some((_, taken)) = place {
            *taken += 1;
        }
    }
    let still = bookings.into_iter().zip(taken).filter_map(|(booking, taken)| {
        let begins = booking.at - ahead(booking.places, demand.warms_in, at_once);
        (begins <= now && now < booking.until).then_some((booking.at, booking.places - taken))
    });
    still.collect()
}

/// How long before a reservation its boxes begin to be made.
fn ahead(places: u32, warms_in: TimeDelta, at_once: usize) -> TimeDelta {
    let rounds = places.div_ceil(u32::try_from(at_once.max(1)).unwrap_or(u32::MAX));
    // Twice as long as it should take: the machine may have other work.
    AHEAD + warms_in * i32::try_from(rounds).unwrap_or(i32::MAX / 4).saturating_mul(2)
}

/// Who came within the last hour, in order.
fn recent(now: DateTime<Utc>, demand: &Demand) -> Vec<DateTime<Utc>> {
    let mut recent: Vec<_> =
        demand.arrivals.iter().copied().filter(|at| now - *at < REMEMBERED && *at <= now).collect();
    recent.sort_unstable();
    recent
}

/// How many came, at most, before a box could have been made for the next.
fn busiest(sorted: &[DateTime<Utc>], warms_in: TimeDelta) -> u32 {
    let together = TOGETHER.max(warms_in);
    let mut first = 0;
    let mut most = 0;
    for (at, arrival) in sorted.iter().enumerate() {
        while *arrival - sorted[first] > together {
            first += 1;
        }
        most = most.max(at - first + 1);
    }
    u32::try_from(most).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
