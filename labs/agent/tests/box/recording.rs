//! Recordings: what a terminal shows from the handover on, block by block, as any player reads it.

use std::{
    io::Read,
    time::{Duration, Instant},
};

use flate2::read::GzDecoder;
use futures::AsyncWriteExt;
use tokio::time::timeout;
use wire::{
    Reply, Request,
    io::{read_frame, write_json},
    journal::{Ack, What},
    recording::{Block, GZIP_HEAD},
    terminal::{Size, Up},
};

use crate::support::{Client, Docker, Keyboard, patient, plain, spec};

type Event = (f64, String, String);

/// All blocks there are after a number.
async fn blocks(client: &Client, after: u64, acknowledge: bool) -> Vec<Block> {
    let Reply::Settled { end } = client.ask(&Request::SettleRecording).await.1 else { panic!("no end") };
    let (mut stream, reply) = client.ask(&Request::Recording { after }).await;
    assert_eq!(reply, Reply::Done);
    let mut blocks = Vec::<Block>::new();
    while blocks.last().map_or(after, |block| block.seq) < end {
        // What was acknowledged does not come any more.
        let Ok(frame) = timeout(Duration::from_secs(1), read_frame(&mut stream)).await else { break };
        let frame = frame.expect("a block is read").expect("there is a block");
        blocks.push(Block::decode(&frame).expect("a good block"));
    }
    if acknowledge {
        write_json(&mut stream, &Ack { seq: end }).await.expect("sent");
        stream.flush().await.expect("sent");
    }
    stream.close().await.expect("closed");
    blocks
}

/// The events of a terminal, by the blocks' own bytes.
fn events(blocks: &[Block], terminal: u32) -> Vec<Event> {
    let mut file = GZIP_HEAD.to_vec();
    blocks.iter().filter(|block| block.terminal == terminal).for_each(|block| file.extend(&block.bytes));
    let mut text = String::new();
    let _ = GzDecoder::new(file.as_slice()).read_to_string(&mut text);
    text.lines().map(|line| serde_json::from_str(line).expect("a line of asciicast")).collect()
}

fn shown(events: &[Event]) -> String {
    events.iter().filter(|event| event.1 == "o").map(|event| event.2.as_str()).collect()
}

/// A shell asks first and turns the echo off then. (Where somebody edits a line at its prompt it is off as well, by lines not.)
async fn echo_is_off(client: &Client) {
    let begun = Instant::now();
    while client.output("stty -a -F /dev/pts/0 | grep -oE ' -echo | icanon ' | wc -l").await.trim() != "2" {
        assert!(begun.elapsed() < patient(Duration::from_secs(10)), "the echo stays on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_a_terminal_shows_is_recorded_and_what_is_typed_is_not() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    let mut keyboard = Keyboard::sit_down(&client, 1).await;
    keyboard.line("echo be''fore", "before").await;
    assert!(blocks(&client, 0, false).await.is_empty(), "nothing is recorded before the handover");
    client.handover().await;
    keyboard.line("printf 'r\\303\\251sum\\303\\251 \\342\\202\\254 %s\\n' qu''ote", "quote").await;
    // Not echoed: a program that reads a password, and one that only turns the echo off.
    keyboard.types("read -rsp 'Password: ' answer; echo; echo re''ceived ${#answer}\n").await;
    keyboard.sees("Password: ").await;
    echo_is_off(&client).await;
    keyboard.types("correct-horse\n").await;
    keyboard.sees("received 13").await;
    keyboard
        .types("sudo -k; sudo -S -p 'Secret for %p: ' true; stty -echo; read -r x; stty echo; echo al''so ${#x}\n")
        .await;
    echo_is_off(&client).await;
    keyboard.types("battery-staple\n").await;
    keyboard.sees("also 14").await;
    keyboard.send(&Up::Resize(Size { cols: 77, rows: 22 })).await;
    keyboard.line("echo la''st", "last").await;
    // Until the prompt is there as well, and nothing more comes.
    tokio::time::sleep(Duration::from_millis(500)).await;

    let all = blocks(&client, 0, false).await;
    let events = events(&all, 1);
    let seen = shown(&events);
    for wanted in ["before\r\n", "résumé € quote\r\n", "Password: \r\nreceived 13", "also 14", "last\r\n"] {
        assert!(seen.contains(wanted), "{wanted:?} is not in {seen:?}");
    }
    for secret in ["correct-horse", "battery-staple"] {
        assert!(!seen.contains(secret), "{secret} is in the recording");
    }
    assert!(events.iter().any(|event| event.1 == "r" && event.2 == "77x22"), "{events:?}");
    assert!(events.iter().all(|event| ["o", "r"].contains(&&*event.1)), "{events:?}");
    assert!(events.is_sorted_by_key(|event| event.0));
    assert_eq!(all[0].size, Size { cols: 120, rows: 40 });
    assert_eq!(blocks(&client, 0, true).await, all, "until it is acknowledged it is there");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(blocks(&client, 0, false).await.is_empty(), "and then it is not");
}

#[tokio::test]
async fn a_recordings_time_is_the_journals() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    client.handover().await;
    let mut keyboard = Keyboard::sit_down(&client, 2).await;
    keyboard.line("sleep 1.2; /bin/echo mo''ment", "moment").await;
    keyboard.types("exit\n").await;
    while keyboard.step().await {}
    Keyboard::sit_down(&client, 2).await.line("echo ag''ain", "again").await;
    let all = blocks(&client, 0, false).await;
    let events = events(&all, 2);
    let said = events.iter().find(|event| event.2.contains("moment\r")).expect("it is recorded").0;
    let journal = client.journal().await;
    let ran = journal.iter().find(|entry| matches!(&entry.what, What::Ran(ran) if ran.argv == ["/bin/echo", "moment"]));
    #[expect(clippy::cast_precision_loss, reason = "microseconds of this century fit")]
    let ran = (ran.expect("it is in the journal").at_us - all[0].epoch * 1_000_000) as f64 / 1e6;
    assert!(ran <= said && said < ran + 1.0, "ran at {ran}, said at {said}");
    let marks: Vec<_> = events.iter().filter(|event| event.1 == "m").map(|event| event.2.as_str()).collect();
    assert_eq!(marks, ["A new shell"]);
    assert!(all.iter().all(|block| block.epoch == all[0].epoch), "one recording, however many shells");
}

#[tokio::test]
async fn output_that_nobody_fetches_leaves_a_mark_and_stops_nothing() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    client.handover().await;
    let mut keyboard = Keyboard::sit_down(&client, 1).await;
    // Seventeen megabytes of numbers fit; what does not compress does not.
    let start = Instant::now();
    keyboard.flood("seq 1 2000000; echo nu''mbers", "numbers").await;
    eprintln!("17 MB in {:?}", start.elapsed());
    let kept = blocks(&client, 0, false).await;
    eprintln!("{} blocks, {} KiB", kept.len(), kept.iter().map(|block| block.bytes.len()).sum::<usize>() >> 10);
    keyboard.flood("head -c 9000000 /dev/urandom | base64 -w 76; echo no''ise", "noise").await;
    let all = blocks(&client, 0, false).await;
    let bytes: usize = all.iter().map(|block| block.bytes.len()).sum();
    assert!(bytes <= 4 << 20, "{bytes}");
    assert!(all[0].lost > 10 && all[1..].iter().all(|block| block.lost == 0), "one gap, at the beginning");
    let events = events(&all, 1);
    assert_eq!(events.iter().filter(|event| event.1 == "m").count(), 1);
    assert!(shown(&events).contains("noise\r\n"));
}
