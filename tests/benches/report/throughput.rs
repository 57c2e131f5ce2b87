//! A program that prints much.

use std::time::Instant;

use anyhow::{Context, ensure};

use crate::{
    Measured, Plan,
    direct::Direct,
    processes::cpu,
    report::Figure,
    start::is_prompt,
    stats::{median, ratio},
    world::{Attempt, World},
};

/// How often each side prints.
const ROUNDS: usize = 9;

/// What prints, and to which number.
const NUMBERS: u64 = 2_000_000;

pub async fn measure(world: &mut World, plan: &Plan) -> Measured {
    let rounds = plan.count(ROUNDS, 3);
    let attempt = world.running().await?;
    let mut ours = world.terminal(&attempt.person, &attempt.id, 1).await?;
    crate::start::prompt(&mut ours).await?;
    // Not the line that was typed, which is shown as well.
    let end = format!("\n{NUMBERS}\r\n");
    let (mut through, mut beside, mut cpus, mut size) = (Vec::new(), Vec::new(), Vec::new(), 0);
    // The first round of each is for the warm-up.
    for round in 0..=rounds {
        let before = cpu(world.pid())?;
        let began = Instant::now();
        ours.send(format!(" seq 1 {NUMBERS}\n").as_bytes()).await?;
        let (mut tail, mut count, mut took, mut used) = (Vec::new(), 0, None, 0.0);
        // The shell is to be at its prompt before the next round; that is no part of this one.
        while took.is_none() || !is_prompt(&tail) {
            count += keep(&mut tail, &ours.printed().await?);
            if took.is_none() && contains(&tail, end.as_bytes()) {
                took = Some(began.elapsed().as_secs_f64());
                used = cpu(world.pid())? - before;
            }
        }
        let took = took.context("it has ended")?;
        let (direct, _) = direct(&attempt, &end).await?;
        if round > 0 {
            through.push(bytes(count) / took);
            beside.push(direct);
            cpus.push(used);
            size = count;
        }
    }
    drop(ours);
    world.end(attempt).await?;

    let mib = |per_second: Option<f64>| per_second.map(|bytes| bytes / f64::from(1 << 20));
    let how = format!(
        "`seq 1 {NUMBERS}` in the box through its WebSocket, whose reader says how far it has seen every 64 KiB"
    );
    let turns = format!("medians of {rounds} rounds by turns");
    Ok(vec![
        Figure::new(
            "throughput.ratio",
            ratio(median(&through), median(&beside)),
            "ratio",
            format!(
                "bytes/s of {how} ÷ the same by `docker exec -it` (Docker's client on a terminal) in the same container, at least 0.8; {turns}"
            ),
        ),
        Figure::new(
            "throughput.cpu_s",
            median(&cpus),
            "s",
            format!("user and system time of the server's process over {how}, {:.1} MB; {turns}", bytes(size) / 1e6),
        ),
        Figure::new("throughput.belay.mib_s", mib(median(&through)), "MiB/s", format!("{how}; {turns}")),
        Figure::new(
            "throughput.direct.mib_s",
            mib(median(&beside)),
            "MiB/s",
            format!("the same by `docker exec -it`; {turns}"),
        ),
    ])
}

/// Bytes a second of a plain exec, and how many bytes.
async fn direct(attempt: &Attempt, end: &str) -> anyhow::Result<(f64, u64)> {
    let program = format!("stty -echo; printf ready; read go; exec seq 1 {NUMBERS}");
    let mut direct = Direct::docker(&["exec", "--interactive", "--tty", &attempt.container, "sh", "-c", &program])?;
    let mut tail = Vec::new();
    while !tail.ends_with(b"ready") {
        keep(&mut tail, &direct.printed().await?);
    }
    tail.clear();
    let mut count = 0;
    let began = Instant::now();
    direct.send(b"\n").await?;
    while !contains(&tail, end.as_bytes()) {
        count += keep(&mut tail, &direct.printed().await.context("docker exec")?);
    }
    let took = began.elapsed().as_secs_f64();
    ensure!(count > NUMBERS, "docker exec printed only {count} bytes");
    Ok((bytes(count) / took, count))
}

/// Keeps the end of what is printed, in which the last line must be; gives how much there was.
fn keep(tail: &mut Vec<u8>, printed: &[u8]) -> u64 {
    tail.extend_from_slice(&printed[printed.len().saturating_sub(256)..]);
    let surplus = tail.len().saturating_sub(256);
    tail.drain(..surplus);
    printed.len() as u64
}

fn contains(tail: &[u8], end: &[u8]) -> bool {
    tail.windows(end.len()).any(|window| window == end)
}

#[expect(clippy::cast_precision_loss, reason = "far below what a double counts")]
fn bytes(count: u64) -> f64 {
    count as f64
}
