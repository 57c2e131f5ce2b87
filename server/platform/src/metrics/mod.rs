//! What is counted and measured while it runs, for a Prometheus that comes to fetch it.
//!
//! This is the one place: names, units and help are here and nowhere else, and the crates below know no library for it
//! (they keep plain counters, which are read when somebody asks). Labels are bounded: a lab's id, a state, a way; never an
//! attempt or a person. What happens is counted when it happens; what *is* (attempts by state, memory) is looked up when
//! somebody asks, so that a server that nobody watches does no work for it.

mod process;

use std::{
    fmt::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use self::process::Process;

/// The content type of [`Metrics::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Seconds that people wait: from a thing that is felt at once to one that nobody sits through.
const WAITS: [f64; 13] = [0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 6.0, 15.0, 60.0, 180.0];
/// Seconds that machines wait.
const WORKS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 15.0];

/// An enum whose values are labels, each with its word.
macro_rules! labels {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum $name { $($(#[$of])* $value),+ }

        impl EncodeLabelValue for $name {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
                encoder.write_str(match self { $(Self::$value => $word),+ })
            }
        }
    };
}

labels!(
    /// How a box came to be.
    How {
        /// It was ready before anybody asked.
        Warm = "warm",
        /// It was made when somebody asked.
        Cold = "cold",
        /// It could not be made.
        Failed = "failed",
    }
);

labels!(
    /// When checks were made.
    Checked {
        /// While the learner works.
        Live = "live",
        /// At the end.
        Closing = "closing",
    }
);

labels!(
    /// Why a box was taken away.
    Reaped {
        /// Its attempt is over.
        Over = "over",
        /// It had ended by itself, or was out of reach.
        Lost = "lost",
        /// Nobody knew of it.
        Leftover = "leftover",
    }
);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StartLabels {
    lab: String,
    kind: How,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: How,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CheckLabel {
    when: Checked,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReapedLabel {
    why: Reaped,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LabLabel {
    lab: String,
}

/// All that is counted. Clones count together.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Mutex<Registry>,
    starts: Family<StartLabels, Counter>,
    ready: Family<KindLabel, Histogram, fn() -> Histogram>,
    attach: Histogram,
    checks: Family<CheckLabel, Histogram, fn() -> Histogram>,
    commits: Histogram,
    entries: Counter,
    dropped: Counter,
    terminals: Gauge,
    reaped: Family<ReapedLabel, Counter>,
    attempts: Family<StateLabel, Gauge>,
    queue: Gauge,
    pool: Family<LabLabel, Gauge>,
    pool_target: Family<LabLabel, Gauge>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

fn waits() -> Histogram {
    Histogram::new(WAITS)
}

impl Metrics {
    /// Nothing has been counted yet.
    #[must_use]
    pub fn new() -> Self {
        let inner = Inner {
            registry: Mutex::default(),
            starts: Family::default(),
            ready: Family::new_with_constructor(waits),
            attach: waits(),
            checks: Family::new_with_constructor(waits),
            commits: Histogram::new(WORKS),
            entries: Counter::default(),
            dropped: Counter::default(),
            terminals: Gauge::default(),
            reaped: Family::default(),
            attempts: Family::default(),
            queue: Gauge::default(),
            pool: Family::default(),
            pool_target: Family::default(),
        };
        let mut all = Registry::default();
        let belay = all.sub_registry_with_prefix("belay");
        belay.register(
            "sandbox_starts",
            "Boxes that were asked for, by lab and by how they came to be",
            inner.starts.clone(),
        );
        belay.register_with_unit(
            "start_duration",
            "From the click on Start to a box that the learner can use, by how it came to be",
            Unit::Seconds,
            inner.ready.clone(),
        );
        belay.register_with_unit(
            "terminal_attach_duration",
            "From a request for a terminal to the agent's answer",
            Unit::Seconds,
            inner.attach.clone(),
        );
        belay.register_with_unit(
            "check_run_duration",
            "All checks of an attempt, made together",
            Unit::Seconds,
            inner.checks.clone(),
        );
        belay.register_with_unit(
            "journal_commit_duration",
            "Storing a batch of what happened in a box",
            Unit::Seconds,
            inner.commits.clone(),
        );
        belay.register("journal_entries_stored", "What happened in boxes and was stored", inner.entries.clone());
        belay.register(
            "journal_entries_dropped",
            "What happened in boxes beyond the most that is stored of an attempt",
            inner.dropped.clone(),
        );
        belay.register("terminals", "Terminals that somebody has open", inner.terminals.clone());
        belay.register("sandboxes_reaped", "Boxes that were taken away, by why", inner.reaped.clone());
        belay.register("attempts", "Attempts that are not over, by how they stand", inner.attempts.clone());
        belay.register("queue_length", "Learners who wait for a place on the machine", inner.queue.clone());
        belay.register("pool_boxes", "Boxes that are ready before anybody asks, by lab", inner.pool.clone());
        belay.register("pool_target", "Boxes that there should be ready, by lab", inner.pool_target.clone());
        all.register_collector(Box::new(Process));
        let this = Self(Arc::new(inner));
        *this.0.registry.lock().unwrap_or_else(PoisonError::into_inner) = all;
        this
    }

    /// A box was made, or could not be. `took`: since the learner asked, where it is ready.
    pub(crate) fn started(&self, lab: &str, how: How, took: Option<Duration>) {
        self.0.starts.get_or_create(&StartLabels { lab: lab.into(), kind: how }).inc();
        if let Some(took) = took {
            self.0.ready.get_or_create(&KindLabel { kind: how }).observe(took.as_secs_f64());
        }
    }

    pub(crate) fn attached(&self, took: Duration) {
        self.0.attach.observe(took.as_secs_f64());
    }

    pub(crate) fn checked(&self, when: Checked, took: Duration) {
        self.0.checks.get_or_create(&CheckLabel { when }).observe(took.as_secs_f64());
    }

    /// So many entries of a journal were stored.
    pub(crate) fn committed(&self, entries: usize, took: Duration) {
        self.0.entries.inc_by(entries as u64);
        self.0.commits.observe(took.as_secs_f64());
    }

    /// So many entries of a journal were too many.
    pub(crate) fn dropped(&self, entries: u64) {
        self.0.dropped.inc_by(entries);
    }

    pub(crate) fn reaped(&self, why: Reaped) {
        self.0.reaped.get_or_create(&ReapedLabel { why }).inc();
    }

    /// Somebody has a terminal open, for as long as what is returned lives.
    #[must_use]
    pub fn terminal(&self) -> OpenTerminal {
        self.0.terminals.inc();
        OpenTerminal(self.0.terminals.clone())
    }

    /// How many attempts stand so, by state.
    pub(crate) fn standing(&self, states: &[(&'static str, u64)]) {
        for (state, count) in states {
            self.0.attempts.get_or_create(&StateLabel { state }).set(whole(*count));
        }
    }

    /// How many wait for a place.
    pub(crate) fn waiting(&self, count: u64) {
        self.0.queue.set(whole(count));
    }

    /// How many boxes of a lab are ready, and how many there should be.
    pub(crate) fn pool(&self, lab: &str, ready: u64, target: u64) {
        let label = LabLabel { lab: lab.into() };
        self.0.pool.get_or_create(&label).set(whole(ready));
        self.0.pool_target.get_or_create(&label).set(whole(target));
    }

    /// All of it in the text format of OpenMetrics.
    #[must_use]
    pub fn text(&self) -> String {
        let registry = self.0.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::new();
        text::encode(&mut out, &registry).expect("a String takes all that is written to it");
        out
    }
}

/// A terminal that somebody has open: see [`Metrics::terminal`].
#[derive(Debug)]
pub struct OpenTerminal(Gauge);

impl Drop for OpenTerminal {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told_with_its_help_and_its_unit() {
        let metrics = Metrics::new();
        metrics.started("nginx", How::Cold, Some(Duration::from_millis(700)));
        metrics.started("nginx", How::Failed, None);
        metrics.committed(12, Duration::from_millis(3));
        metrics.standing(&[("running", 2)]);
        metrics.pool("nginx", 3, 4);
        let open = metrics.terminal();
        let text = metrics.text();
        for line in [
            "# HELP belay_sandbox_starts Boxes that were asked for, by lab and by how they came to be.",
            "# TYPE belay_start_duration_seconds histogram",
            "belay_sandbox_starts_total{lab=\"nginx\",kind=\"cold\"} 1",
            "belay_sandbox_starts_total{lab=\"nginx\",kind=\"failed\"} 1",
            "belay_start_duration_seconds_bucket{le=\"0.8\",kind=\"cold\"} 1",
            "belay_journal_entries_stored_total 12",
            "belay_attempts{state=\"running\"} 2",
            "belay_pool_boxes{lab=\"nginx\"} 3",
            "belay_terminals 1",
            "# EOF",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        drop(open);
        assert!(metrics.text().contains("belay_terminals 0"));
    }

    #[test]
    fn the_process_tells_of_itself() {
        let text = Metrics::new().text();
        let value = |name: &str| -> f64 {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.trim().parse().ok()).unwrap_or_else(|| panic!("no {name} in\n{text}"))
        };
        // A process this young may have used less than a tick.
        assert!(value("process_cpu_seconds_total ") >= 0.0);
        assert!(value("process_resident_memory_bytes ") > 1e6);
        assert!(value("process_open_fds ") >= 3.0);
    }
}
