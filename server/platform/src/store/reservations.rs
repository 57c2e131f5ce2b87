//! Reservations: boxes that are promised for a time.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Store, StoreError, Tx, pool::sql};

/// A reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Its id.
    pub id: Uuid,
    /// The lab's id.
    pub lab: String,
    /// When they are needed.
    pub at: DateTime<Utc>,
    /// From when on nothing is kept any more.
    pub until: DateTime<Utc>,
    /// How many boxes.
    pub places: u32,
    /// Who reserved.
    pub by: Uuid,
    /// When that was.
    pub made_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    lab: String,
    at: DateTime<Utc>,
    until: DateTime<Utc>,
    places: i32,
    reserved_by: Uuid,
    made_at: DateTime<Utc>,
}

impl TryFrom<Row> for Reservation {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let places = u32::try_from(row.places)
            .map_err(|error| StoreError::inconsistent("reservations", row.id, "places", &error))?;
        let Row { id, lab, at, until, reserved_by, made_at, .. } = row;
        Ok(Self { id, lab, at, until, places, by: reserved_by, made_at })
    }
}

/// Adds one.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn add(tx: &mut Tx, reservation: &Reservation) -> Result<(), StoreError> {
    let places = i32::try_from(reservation.places).map_err(|error| StoreError::unstorable("a reservation", &error))?;
    sql!(
        tx,
        execute: "insert into reservations (id, lab, at, until, places, reserved_by, made_at)
                  values ($1, $2, $3, $4, $5, $6, $7)",
        reservation.id, &reservation.lab, reservation.at, reservation.until, places, reservation.by, reservation.made_at
    )?;
    Ok(())
}

/// Those that are not over at a time, the next first. What was cancelled is left out.
///
/// # Errors
/// [`StoreError`].
pub async fn to_come(store: &Store, now: DateTime<Utc>) -> Result<Vec<Reservation>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, lab, at, until, places, reserved_by, made_at from reservations
             where cancelled_at is null and until > $1 order by at, id",
        now
    )?
    .into_iter()
    .map(Reservation::try_from)
    .collect()
}

/// One that is not cancelled.
///
/// # Errors
/// [`StoreError`].
pub async fn by_id(store: &Store, id: Uuid) -> Result<Option<Reservation>, StoreError> {
    sql!(
        store.read,
        fetch_optional as Row:
            "select id, lab, at, until, places, reserved_by, made_at from reservations
             where cancelled_at is null and id = $1",
        id
    )?
    .map(Reservation::try_from)
    .transpose()
}

/// Nobody needs it any more; `false` when that was so before.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn cancel(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let changed = sql!(
        tx,
        execute: "update reservations set cancelled_at = $2 where id = $1 and cancelled_at is null",
        id, now
    )?;
    Ok(changed == 1)
}
