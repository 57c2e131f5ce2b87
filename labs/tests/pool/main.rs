//! Warm boxes on an engine without containers: what is made, claimed, evicted, taken over and removed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod engine;

use std::{
    collections::HashSet,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use engine::{Boxes, Shared};
use labs::{
    catalog::{Catalog, Lab},
    sandbox::{
        Engine,
        pool::{Aim, Pool, rests_in},
    },
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A lab of this name; `text` makes its version.
fn lab(name: &str, text: &str) -> Arc<Lab> {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join(name);
    fs::create_dir(&dir).unwrap();
    let write = |path: &str, text: &str| fs::write(Path::new(&dir).join(path), text).unwrap();
    write(
        "lab.toml",
        r#"title = "t"
summary = "s"
minutes = 5
phase = 30
[sandbox]
image = "belay/plain"
init = "plain"
memory = "256m"
disk = "16m"
[vars]
port = { between = [1000, 60000] }
[[check]]
id = "done"
title = "t"
probe.file = { path = "/tmp/done" }
points = 1
required = true
dimension = "troubleshooting"
"#,
    );
    write("setup.sh", "echo \"$PORT\"\n");
    for path in ["debrief.md", "solution.sh"] {
        write(path, "true\n");
    }
    write("brief.md", text);
    Arc::new(Catalog::load_lab(&dir).unwrap())
}

/// A pool whose ids and seeds count up from a number.
fn pool(boxes: &Arc<Boxes>, from: u64) -> Pool {
    let next = AtomicU64::new(from);
    let draw = move |_| {
        let n = next.fetch_add(1, Ordering::SeqCst);
        (vec![Uuid::from_u128(n.into())], n)
    };
    let engine: Arc<dyn Engine> = Arc::new(Shared(Arc::clone(boxes)));
    Pool::new(engine, "test".into(), 2, Box::new(draw), CancellationToken::new())
}

fn aim(lab: &Arc<Lab>, hold: u32, reserved: u32) -> Aim {
    Aim { lab: Arc::clone(lab), hold, reserved }
}

fn warm(pool: &Pool, lab: &Lab) -> u32 {
    pool.stock().iter().find(|stock| stock.lab == lab.id).map_or(0, |stock| stock.warm)
}

async fn until(what: &str, is: impl Fn() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < Duration::from_secs(20), "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn filled(pool: &Pool, aims: &[Aim]) {
    pool.aim(aims);
    pool.tend().await;
    for aim in aims {
        until("it is full", || warm(pool, &aim.lab) == aim.hold).await;
    }
}

#[tokio::test]
async fn a_claim_asks_the_engine_nothing_and_no_two_share_a_seed() {
    let (boxes, lab) = (Boxes::new(), lab("one", "a"));
    let pool = pool(&boxes, 1);
    assert!(pool.claim(&lab).is_none(), "nothing was asked for");
    filled(&pool, &[aim(&lab, 4, 0)]).await;
    until("nothing is going on", || pool.stock()[0].warming == 0).await;

    let asked = boxes.asked.load(Ordering::SeqCst);
    let taken: Vec<_> = std::iter::from_fn(|| pool.claim(&lab)).collect();
    for warm in &taken {
        warm.hosts.handover().await.unwrap();
    }
    assert_eq!(boxes.asked.load(Ordering::SeqCst), asked, "from memory, over the connection there is");
    let seeds: HashSet<u64> = taken.iter().map(|warm| warm.seed).collect();
    assert_eq!((taken.len(), seeds.len()), (4, 4));
    for warm in &taken {
        let made = boxes.of(warm.hosts.first().id);
        let drawn = lab.draw(warm.seed).0["port"].clone();
        assert_eq!(*made.word.lock().unwrap(), drawn, "the set-up was given what the seed draws");
        assert_eq!(*made.terminals.lock().unwrap(), [1]);
        assert_eq!(made.identity.warm.as_ref().unwrap().seed, warm.seed);
        assert!(pool.knows(warm.hosts.first().id), "until it is let go");
    }
    let id = taken[0].hosts.first().id;
    drop(taken);
    assert!(!pool.knows(id));
    assert_eq!(pool.stock()[0].claimed, 4);
}

#[tokio::test]
async fn only_so_many_are_made_at_a_time() {
    let (boxes, lab) = (Boxes::new(), lab("one", "a"));
    let pool = pool(&boxes, 1);
    filled(&pool, &[aim(&lab, 9, 0)]).await;
    assert!(boxes.creating.1.load(Ordering::SeqCst) <= 2);
    assert_eq!(boxes.count(), 9);
}

#[tokio::test]
async fn what_is_too_many_or_stale_is_removed_and_replaced() {
    let (boxes, old) = (Boxes::new(), lab("one", "a"));
    let pool = pool(&boxes, 1);
    filled(&pool, &[aim(&old, 3, 0)]).await;

    // The lab has changed: none of these is given to anybody.
    let new = lab("one", "b");
    assert!(pool.claim(&new).is_none());
    filled(&pool, &[aim(&new, 2, 0)]).await;
    until("the old are gone", || boxes.count() == 2).await;
    let first = pool.claim(&new).unwrap();
    assert_eq!(first.lab.version, new.version);
    drop(first);

    // So has the image.
    *boxes.image.lock().unwrap() = "image-2".into();
    let old: Vec<Uuid> = boxes.made().values().map(|made| made.identity.group()).collect();
    pool.tend().await;
    until("it is looked at when one is missing", || warm(&pool, &new) == 2).await;
    until("the old one is gone", || {
        boxes.made().values().filter(|made| old.contains(&made.identity.group())).count() == 1
    })
    .await;

    pool.aim(&[]);
    pool.tend().await;
    until("none is wanted", || warm(&pool, &new) == 0).await;
}

#[tokio::test]
async fn the_oldest_of_other_labs_make_room_but_not_what_is_promised() {
    let (boxes, web, db, dns) = (Boxes::new(), lab("web", "a"), lab("db", "a"), lab("dns", "a"));
    let pool = pool(&boxes, 1);
    filled(&pool, &[aim(&web, 2, 0)]).await;
    filled(&pool, &[aim(&web, 2, 0), aim(&db, 3, 2)]).await;
    filled(&pool, &[aim(&web, 2, 0), aim(&db, 3, 2), aim(&dns, 1, 0)]).await;

    assert_eq!(pool.evictable("dns"), 3 * rests_in(&web));
    let out = pool.evict("dns", rests_in(&web) + 1);
    let labs: Vec<&str> = out.iter().map(|warm| warm.lab.id.as_str()).collect();
    assert_eq!(labs, ["web", "web"], "those that wait longest");
    let out = pool.evict("dns", u64::MAX);
    assert_eq!(out.len(), 1, "the promised ones stay, and so do those of the lab itself");
    assert_eq!((warm(&pool, &db), warm(&pool, &dns)), (2, 1));
    assert_eq!(pool.evictable("dns"), 0);
}

#[tokio::test]
async fn a_lab_that_does_not_start_is_not_tried_without_end() {
    let (boxes, lab) = (Boxes::new(), lab("one", "a"));
    boxes.setup.store(1, Ordering::SeqCst);
    let pool = pool(&boxes, 1);
    pool.aim(&[aim(&lab, 1, 0)]);
    pool.tend().await;
    until("it is said", || pool.stock()[0].trouble.is_some()).await;
    let asked = boxes.asked.load(Ordering::SeqCst);
    for _ in 0..10 {
        pool.tend().await;
    }
    assert!(pool.stock()[0].trouble.as_ref().unwrap().contains("setup.sh"));
    assert!(boxes.asked.load(Ordering::SeqCst) <= asked + 1);
    assert_eq!(boxes.count(), 0, "nothing is left of it");
}

#[tokio::test]
async fn another_run_takes_over_what_nobody_was_let_into() {
    let (boxes, lab) = (Boxes::new(), lab("one", "a"));
    let engine = Shared(Arc::clone(&boxes));
    let first = pool(&boxes, 1);
    filled(&first, &[aim(&lab, 4, 0)]).await;
    let used = first.claim(&lab).unwrap();
    used.hosts.handover().await.unwrap();
    boxes.of(Uuid::from_u128(3)).terminals.lock().unwrap().clear();
    drop(first);

    let second = pool(&boxes, 100);
    let mut taken = Vec::new();
    for found in engine.list("test").await.unwrap() {
        taken.push((
            found.sandbox.as_u128(),
            second.adopt(std::slice::from_ref(&found), Arc::clone(&lab)).await.unwrap(),
        ));
    }
    taken.sort_unstable();
    let used = used.hosts.first().id.as_u128();
    let expected: Vec<(u128, bool)> = (1..=4).map(|id| (id, id != used && id != 3)).collect();
    assert_eq!(taken, expected);
    assert_eq!(warm(&second, &lab), 2);
    let seeds: HashSet<u64> = std::iter::from_fn(|| second.claim(&lab)).map(|warm| warm.seed).collect();
    assert!(seeds.iter().all(|seed| (1..=4).contains(seed)), "with the seeds they were made with");

    // A changed lab takes over none of them.
    let third = pool(&boxes, 200);
    let new = self::lab("one", "b");
    for found in engine.list("test").await.unwrap() {
        assert!(!third.adopt(std::slice::from_ref(&found), Arc::clone(&new)).await.unwrap());
    }
}

#[tokio::test]
async fn a_box_that_has_died_is_forgotten() {
    let (boxes, lab) = (Boxes::new(), lab("one", "a"));
    let pool = pool(&boxes, 1);
    filled(&pool, &[aim(&lab, 2, 0)]).await;
    let asked = Instant::now();
    pool.sift(&HashSet::from([Uuid::from_u128(2)]), asked);
    assert_eq!(warm(&pool, &lab), 1);
    pool.sift(&HashSet::new(), asked - Duration::from_secs(60));
    assert_eq!(warm(&pool, &lab), 1, "it is younger than the list");
}

#[tokio::test]
async fn a_box_whose_shell_ends_at_once_is_not_given_to_anybody() {
    let (boxes, lab) = (Boxes::new(), lab("one", "a"));
    boxes.broken.store(true, Ordering::SeqCst);
    let pool = pool(&boxes, 1);
    pool.aim(&[aim(&lab, 1, 0)]);
    pool.tend().await;
    until("it is said", || pool.stock()[0].trouble.is_some()).await;
    assert!(pool.stock()[0].trouble.as_ref().unwrap().contains("prompt"));
    assert_eq!(boxes.count(), 0);
}
