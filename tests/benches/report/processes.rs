//! What processes use, as the kernel says it.

use std::{fs, path::Path};

use anyhow::Context;

/// User and system time of a process so far, all its threads, in seconds. Children that it has waited for are not in it.
pub fn cpu(pid: u32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} has ended"))?;
    // The name, in parentheses, may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')').context("a stat line")?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).context("a stat line");
    let per_second = nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK)?.context("the length of a tick")?;
    #[expect(clippy::cast_precision_loss, reason = "a hundred or so")]
    Ok((ticks(11)? + ticks(12)?) / per_second as f64)
}

/// The sum over processes.
pub fn cpu_of(pids: &[u32]) -> anyhow::Result<f64> {
    pids.iter().map(|pid| cpu(*pid)).sum()
}

/// The processes whose program has this name (its first 15 letters) and whose command line holds one of these words; no
/// words for all.
pub fn named(name: &str, words: &[String]) -> Vec<u32> {
    let Ok(all) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = all.flatten().filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok());
    pids.filter(|pid| {
        let read = |file: &str| fs::read(Path::new("/proc").join(pid.to_string()).join(file)).unwrap_or_default();
        let short = &name[..name.len().min(15)];
        let line = read("cmdline");
        let line = String::from_utf8_lossy(&line);
        String::from_utf8_lossy(&read("comm")).trim() == short
            && (words.is_empty() || words.iter().any(|word| line.contains(word.as_str())))
    })
    .collect()
}

/// The memory that a process holds, in MiB.
pub fn rss_mib(pid: u32) -> anyhow::Result<f64> {
    Ok(kib(&format!("/proc/{pid}/status"), "VmRSS:")? / 1024.0)
}

/// The memory that the machine could still give, in MiB.
pub fn available_mib() -> anyhow::Result<f64> {
    Ok(kib("/proc/meminfo", "MemAvailable:")? / 1024.0)
}

fn kib(file: &str, key: &str) -> anyhow::Result<f64> {
    let text = fs::read_to_string(file).with_context(|| file.to_string())?;
    let line = text.lines().find_map(|line| line.strip_prefix(key)).with_context(|| format!("{key} in {file}"))?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
