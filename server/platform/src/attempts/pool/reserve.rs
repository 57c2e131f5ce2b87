//! Reservations: boxes that are ready when a class or an interview begins.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use labs::sandbox::pool::rests_in;
use tracing::info;
use uuid::Uuid;

use super::super::Attempts;
use crate::{
    access::{Action, Relation, allowed},
    error::{Error, Result},
    store::{
        reservations::{self, Reservation},
        users,
    },
    views::{Person, ReservationView, Viewer},
};

/// How many boxes one reservation may have.
const MOST: u32 = 200;

/// How far ahead one may be.
const FURTHEST: TimeDelta = TimeDelta::days(365);

/// What has begun so long ago can still be reserved for: whoever types a time takes a moment.
const JUST_BEGUN: TimeDelta = TimeDelta::minutes(15);

impl Attempts {
    pub(crate) async fn reserve(
        &self,
        viewer: &Viewer,
        lab: &str,
        at: Option<DateTime<Utc>>,
        places: u32,
    ) -> Result<Uuid> {
        self.may(viewer, Action::ReserveBoxes)?;
        let lab = self.catalog.get(lab).ok_or(Error::NotFound)?;
        let now = self.clock.now();
        let Some(at) = at else {
            return Err(Error::Conflict("Say when the machines are needed: a date and a time, in UTC.".into()));
        };
        if at < now - JUST_BEGUN || at > now + FURTHEST {
            return Err(Error::Conflict("Choose a time from now on, within a year. Times are in UTC.".into()));
        }
        if !(1..=MOST).contains(&places) {
            return Err(Error::Conflict(format!("Choose how many machines: from 1 to {MOST}.")));
        }
        let until = at + TimeDelta::minutes(lab.minutes.into());
        let others = reservations::to_come(&self.store, now).await?;
        let also = others.iter().filter(|other| other.at < until && at < other.until);
        let promised: u64 =
            also.filter_map(|other| Some(u64::from(other.places) * rests_in(&*self.catalog.get(&other.lab)?))).sum();
        let budget = self.warm_budget().await;
        let fit = budget.saturating_sub(promised) / rests_in(&lab).max(1);
        // A budget of nothing may be an engine that is away.
        if budget > 0 && fit < u64::from(places) {
            return Err(Error::Conflict(format!(
                "At that time {fit} machines of this lab can be held ready beside what is reserved already. Choose fewer, or \
                 another time, or ask whoever runs this installation for more memory (warm_memory)."
            )));
        }
        let reservation =
            Reservation { id: self.ids.next(), lab: lab.id.clone(), at, until, places, by: viewer.id, made_at: now };
        let mut tx = self.store.begin().await?;
        reservations::add(&mut tx, &reservation).await?;
        tx.commit().await?;
        info!(lab = lab.id, %at, places, "boxes are reserved");
        Ok(reservation.id)
    }

    pub(crate) async fn cancel_reservation(&self, viewer: &Viewer, reservation: Uuid) -> Result<()> {
        self.may(viewer, Action::ReserveBoxes)?;
        let Some(reservation) = reservations::by_id(&self.store, reservation).await? else {
            // Cancelled already: that is what was asked for.
            return Ok(());
        };
        if !allowed(viewer.role, Action::ReserveBoxes, Relation::between(viewer.id, reservation.by)) {
            return Err(Error::Forbidden);
        }
        let mut tx = self.store.begin().await?;
        reservations::cancel(&mut tx, reservation.id, self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What is reserved of a lab and not over; `None` for who may not reserve.
    pub(in crate::attempts) async fn reserved(
        &self,
        viewer: &Viewer,
        lab: &str,
    ) -> Result<Option<Vec<ReservationView>>> {
        if !allowed(viewer.role, Action::ReserveBoxes, Relation::Own) {
            return Ok(None);
        }
        let mut names: HashMap<Uuid, String> = HashMap::new();
        let mut views = Vec::new();
        for reserved in reservations::to_come(&self.store, self.clock.now()).await? {
            if reserved.lab != lab {
                continue;
            }
            if let std::collections::hash_map::Entry::Vacant(unknown) = names.entry(reserved.by) {
                let user = users::by_id(&self.store, reserved.by).await?;
                unknown.insert(user.map(|user| user.name).unwrap_or_default());
            }
            let by = Person { id: reserved.by, name: names[&reserved.by].clone() };
            let Reservation { id, at, until, places, .. } = reserved;
            views.push(ReservationView { id, at, until, places, by });
        }
        Ok(Some(views))
    }
}
