//! What the process itself takes, under the names that every program gives to Prometheus; and what the crates below
//! count.

use std::{fmt, fs};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
};

/// A clock tick of `/proc`, in seconds: 100 a second on every Linux that Rust runs on.
const TICK: f64 = 0.01;
/// The unit of `/proc/self/status`, in bytes.
const KIB: u64 = 1024;

/// Reads `/proc` when somebody asks. Elsewhere than on Linux it has nothing to say.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        if let Some(seconds) = cpu_seconds() {
            counter(&mut encoder, "process_cpu_seconds", "Time of processors that this process has used", seconds)?;
        }
        if let Some(bytes) = resident_bytes() {
            gauge(&mut encoder, "process_resident_memory_bytes", "Memory that this process holds", bytes)?;
        }
        if let Some(count) = open_descriptors() {
            gauge(&mut encoder, "process_open_fds", "Files and connections that this process has open", count)?;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let tasks = runtime.metrics().num_alive_tasks() as u64;
            gauge(&mut encoder, "belay_tasks", "Tasks that this process works at or waits in", tasks)?;
        }
        let (made, again) = labs::sandbox::connections();
        counter(&mut encoder, "belay_agent_connections", "Connections made to agents of boxes", made)?;
        counter(&mut encoder, "belay_agent_reconnects", "Of these, made again after one had dropped", again)
    }
}

fn counter<N>(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: N) -> Result<(), fmt::Error>
where
    ConstCounter<N>: EncodeMetric,
{
    let counter = ConstCounter::new(value);
    counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> Result<(), fmt::Error> {
    let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
    gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
}

fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name may hold blanks and brackets; what follows its last bracket does not.
    let (_, rest) = stat.rsplit_once(") ")?;
    let ticks: u32 = rest.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u32>().ok()).sum();
    Some(f64::from(ticks) * TICK)
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * KIB)
}

fn open_descriptors() -> Option<u64> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count() as u64)
}
