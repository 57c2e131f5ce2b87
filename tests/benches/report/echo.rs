//! A key to its echo.

use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::time::sleep;

use crate::{
    Measured, Plan,
    direct::Direct,
    report::Figure,
    socket::Terminal,
    stats::{median, ms, percentile},
    world::{Attempt, World},
};

/// How many keys there are on each side.
const KEYS: usize = 1500;

/// So many before the first that counts.
const WARM_UP: usize = 50;

/// Between two keys: faster than anybody types, slow enough that each finds everything at rest.
const PAUSE: Duration = Duration::from_millis(5);

/// Answers each byte by itself, on a terminal that does nothing.
const PROGRAM: &str = "stty raw -echo; printf ready; exec cat";

pub async fn measure(world: &mut World, plan: &Plan) -> Measured {
    let keys = plan.count(KEYS, 100);
    let attempt = world.running().await?;
    let (mut ours, mut direct) = both(world, &attempt).await?;
    let (mut through, mut beside) = (Vec::new(), Vec::new());
    for at in 0..WARM_UP + keys {
        let key = [b'a' + u8::try_from(at % 26).unwrap_or_default()];
        sleep(PAUSE).await;
        let began = Instant::now();
        ours.send(&key).await?;
        let answer = ours.printed().await?;
        let took = ms(began.elapsed());
        ensure!(answer == key, "the key {key:?} came back as {answer:?}");
        if at >= WARM_UP {
            through.push(took);
        }
        sleep(PAUSE).await;
        let began = Instant::now();
        direct.send(&key).await?;
        let answer = direct.printed().await?;
        let took = ms(began.elapsed());
        ensure!(answer == key, "the key {key:?} came back as {answer:?} from docker exec");
        if at >= WARM_UP {
            beside.push(took);
        }
    }
    drop((ours, direct));
    world.end(attempt).await?;

    let added = |part: f64| Some(percentile(&through, part)? - percentile(&beside, part)?);
    let method = |part: &str| {
        format!(
            "{part} of a key through the WebSocket to `cat` on a raw terminal of the box and back, less the {part} of the \
             same program by `docker exec -it` (Docker's client on a terminal) in the same container: a difference of \
             percentiles; {keys} keys each, by turns, 5 ms apart"
        )
    };
    let figure = |id: &str, value: Option<f64>, method: String| Figure::new(id, value, "ms", method);
    Ok(vec![
        figure("echo.added.p50_ms", added(0.5), method("median")),
        figure("echo.added.p99_ms", added(0.99), method("99th percentile")),
        figure("echo.belay.p50_ms", median(&through), "through the WebSocket, as in echo.added".into()),
        figure("echo.belay.p99_ms", percentile(&through, 0.99), "through the WebSocket, as in echo.added".into()),
        figure("echo.direct.p50_ms", median(&beside), "by `docker exec -it`, as in echo.added".into()),
        figure("echo.direct.p99_ms", percentile(&beside, 0.99), "by `docker exec -it`, as in echo.added".into()),
    ])
}

/// The program on both sides, each waiting for its first key.
async fn both(world: &World, attempt: &Attempt) -> anyhow::Result<(Terminal, Direct)> {
    let mut ours = world.terminal(&attempt.person, &attempt.id, 1).await?;
    crate::start::prompt(&mut ours).await?;
    ours.send(format!(" {PROGRAM}\n").as_bytes()).await?;
    let mut seen = Vec::new();
    // The line that was typed is shown as well, with a quote before the word.
    while !seen.ends_with(b"ready") {
        seen.extend(ours.printed().await?);
    }
    let mut direct = Direct::docker(&["exec", "--interactive", "--tty", &attempt.container, "sh", "-c", PROGRAM])?;
    seen.clear();
    while !seen.ends_with(b"ready") {
        seen.extend(direct.printed().await?);
    }
    Ok((ours, direct))
}
