//! What several people rated, as a table.

use std::cmp::Ordering;

/// A table of ratings: one row a unit, one column a rater, `None` where a rater has not rated a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Units<T> {
    raters: usize,
    rows: Vec<Vec<Option<T>>>,
}

/// A row has fewer or more columns than the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unit {unit} has {found} raters, the first has {expected}")]
pub struct Uneven {
    /// Its number, from 0.
    pub unit: usize,
    /// Its columns.
    pub found: usize,
    /// The first row's.
    pub expected: usize,
}

impl<T: Copy> Units<T> {
    /// A table of these rows.
    ///
    /// # Errors
    /// If a row has fewer or more columns than the first.
    pub fn new(rows: Vec<Vec<Option<T>>>) -> Result<Self, Uneven> {
        let raters = rows.first().map_or(0, Vec::len);
        match rows.iter().position(|row| row.len() != raters) {
            Some(unit) => Err(Uneven { unit, found: rows[unit].len(), expected: raters }),
            None => Ok(Self { raters, rows }),
        }
    }

    /// How many raters there are columns for.
    #[must_use]
    pub fn raters(&self) -> usize {
        self.raters
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Vec<Option<T>>] {
        &self.rows
    }

    /// How many units were rated by two people at least.
    #[must_use]
    pub fn doubly_rated(&self) -> usize {
        self.rows.iter().filter(|row| row.iter().flatten().count() >= 2).count()
    }

    /// The columns of two raters, and only the units that both have rated; `None` if there is no such rater.
    #[must_use]
    pub fn pair(&self, first: usize, second: usize) -> Option<Self> {
        let both = |row: &Vec<Option<T>>| Some(vec![Some(row[first]?), Some(row[second]?)]);
        (first.max(second) < self.raters).then(|| Self { raters: 2, rows: self.rows.iter().filter_map(both).collect() })
    }

    /// The units that every rater has rated (listwise deletion).
    #[must_use]
    pub fn whole(&self) -> Vec<Vec<T>> {
        self.rows.iter().filter_map(|row| row.iter().copied().collect()).collect()
    }

    /// The table with these of its rows, in this order; a row may come more than once.
    pub(super) fn with_rows(&self, picked: impl Iterator<Item = usize>) -> Self {
        Self { raters: self.raters, rows: picked.map(|row| self.rows[row].clone()).collect() }
    }
}

impl<T: Copy + Rated> Units<T> {
    /// The same units in an order that depends on nothing but what they hold.
    pub(super) fn sorted(mut self) -> Self {
        self.rows.sort_by(|a, b| row_order(a, b));
        self
    }
}

/// What can be in a table of ratings.
pub trait Rated {
    /// An order in which nothing is left open.
    fn order(&self, other: &Self) -> Ordering;
}

impl Rated for u8 {
    fn order(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }
}

impl Rated for f64 {
    fn order(&self, other: &Self) -> Ordering {
        self.total_cmp(other)
    }
}

/// What is missing comes first.
fn row_order<T: Rated>(a: &[Option<T>], b: &[Option<T>]) -> Ordering {
    let each = a.iter().zip(b).map(|(a, b)| match (a, b) {
        (Some(a), Some(b)) => a.order(b),
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
    });
    each.fold(Ordering::Equal, Ordering::then)
}
