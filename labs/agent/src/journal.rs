//! The journal: what has happened in the box, kept until the server has it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::{SystemTime, UNIX_EPOCH},
};

use tokio::sync::Notify;
use wire::journal::{Entry, What};

/// How many entries are kept for a server that does not fetch them.
const MAX_ENTRIES: usize = 20_000;
/// How many bytes they may take, by estimate.
const MAX_BYTES: usize = 8 << 20;

/// Written by the ledger's thread and the agent's, read by the connections. Clones share one journal.
#[derive(Clone)]
pub struct Journal {
    shared: Arc<Shared>,
}

struct Shared {
    book: Mutex<Book>,
    news: Notify,
}

impl Journal {
    pub fn new() -> Self {
        Self { shared: Arc::new(Shared { book: Mutex::new(Book::default()), news: Notify::new() }) }
    }

    /// Writes down something that has just happened.
    #[expect(clippy::disallowed_methods, reason = "the agent is where the sandbox's time comes from")]
    pub fn write(&self, what: What) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
        self.book().write(now, what, MAX_ENTRIES, MAX_BYTES);
        self.shared.news.notify_waiters();
    }

    /// The number of the newest entry; 0 for none.
    pub fn end(&self) -> u64 {
        self.book().end
    }

    /// Everything up to this number is committed elsewhere.
    pub fn acknowledge(&self, seq: u64) {
        self.book().acknowledge(seq);
    }

    /// At most so many entries with numbers above `after`. Waits until there is one.
    pub async fn after(&self, after: u64, most: usize) -> Vec<Entry> {
        loop {
            let mut news = std::pin::pin!(self.shared.news.notified());
            // From here on nothing that is written is missed.
            news.as_mut().enable();
            let found = self.book().after(after, most);
            if !found.is_empty() {
                return found;
            }
            news.await;
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // A panic ends the whole agent, so no half-written book is ever seen.
        self.shared.book.lock().expect("nobody panics and lives")
    }
}

#[derive(Default)]
struct Book {
    entries: VecDeque<Entry>,
    bytes: usize,
    end: u64,
    last_at: i64,
}

impl Book {
    fn write(&mut self, now: i64, what: What, max_entries: usize, max_bytes: usize) {
        // The host's clock may be set back; the order of the journal stays that of its times.
        self.last_at = self.last_at.max(now);
        self.end += 1;
        self.bytes += weight(&what);
        self.entries.push_back(Entry { seq: self.end, at_us: self.last_at, what });
        while self.entries.len() > max_entries || self.bytes > max_bytes {
            if !self.lose_one() {
                break;
            }
        }
    }

    /// Lets the two oldest entries become one that says what is lost.
    fn lose_one(&mut self) -> bool {
        if self.entries.len() < 2 {
            return false;
        }
        let lost = self.entries.pop_front().map_or(0, |entry| {
            self.bytes -= weight(&entry.what);
            count(&entry.what)
        });
        let Some(next) = self.entries.front_mut() else { return false };
        let lost = lost + count(&next.what);
        self.bytes -= weight(&next.what);
        next.what = What::CoverageLost { count: lost };
        self.bytes += weight(&next.what);
        true
    }

    fn acknowledge(&mut self, seq: u64) {
        while self.entries.front().is_some_and(|entry| entry.seq <= seq) {
            if let Some(entry) = self.entries.pop_front() {
                self.bytes -= weight(&entry.what);
            }
        }
    }

    fn after(&self, after: u64, most: usize) -> Vec<Entry> {
        let first = self.entries.partition_point(|entry| entry.seq <= after);
        self.entries.range(first..).take(most).cloned().collect()
    }
}

/// How many entries are gone with this one.
fn count(what: &What) -> u64 {
    if let What::CoverageLost { count } = what { *count } else { 1 }
}

/// About how much memory an entry takes.
fn weight(what: &What) -> usize {
    const FIXED: usize = 160;
    FIXED
        + match what {
            What::Ran(ran) => {
                ran.exe.len() + ran.cwd.len() + ran.argv.iter().map(|argument| argument.len() + 32).sum::<usize>()
            }
            What::Line { text, .. } => text.len(),
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> What {
        What::Line { terminal: 1, text: text.into() }
    }

    fn seqs(book: &Book, after: u64) -> Vec<u64> {
        book.after(after, 100).iter().map(|entry| entry.seq).collect()
    }

    #[test]
    fn entries_are_numbered_from_one_and_kept_until_acknowledged() {
        let mut book = Book::default();
        for text in ["a", "b", "c"] {
            book.write(5, line(text), 10, 10_000);
        }
        assert_eq!(seqs(&book, 0), [1, 2, 3]);
        assert_eq!(seqs(&book, 2), [3]);
        book.acknowledge(2);
        assert_eq!(seqs(&book, 0), [3]);
        book.acknowledge(99);
        assert_eq!((seqs(&book, 0).len(), book.bytes, book.end), (0, 0, 3));
    }

    #[test]
    fn time_never_runs_backwards() {
        let mut book = Book::default();
        for now in [10, 7, 12] {
            book.write(now, line("x"), 10, 10_000);
        }
        let times: Vec<_> = book.after(0, 10).iter().map(|entry| entry.at_us).collect();
        assert_eq!(times, [10, 10, 12]);
    }

    #[test]
    fn past_the_bound_one_entry_stands_for_the_lost_ones_and_has_the_last_number() {
        let mut book = Book::default();
        for _ in 0..10 {
            book.write(1, line("x"), 4, 1 << 20);
        }
        let kept = book.after(0, 100);
        assert_eq!(kept.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [7, 8, 9, 10]);
        assert_eq!(kept[0].what, What::CoverageLost { count: 7 });
        // Fetched and acknowledged, the count begins anew.
        book.acknowledge(7);
        for _ in 0..2 {
            book.write(1, line("x"), 4, 1 << 20);
        }
        assert_eq!(book.after(0, 1)[0].what, What::CoverageLost { count: 2 });
        assert_eq!(book.after(0, 1)[0].seq, 9);
    }

    #[test]
    fn long_entries_count_by_their_bytes() {
        let mut book = Book::default();
        for _ in 0..100 {
            book.write(1, line(&"x".repeat(1000)), 1000, 10_000);
        }
        assert!(book.bytes <= 10_000);
        let kept = book.after(0, 1000);
        let lost = count(&kept[0].what);
        assert_eq!(lost + kept.len() as u64 - 1, 100);
        assert_eq!(kept[0].seq, lost);
    }
}
