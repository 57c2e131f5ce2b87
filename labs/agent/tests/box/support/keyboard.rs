use std::time::{Duration, Instant};

use futures::io::{AsyncReadExt, ReadHalf, WriteHalf};
use tokio::time::timeout;
use wire::{
    Reply, Request,
    io::{read_frame, write_frame},
    terminal::{Attach, Attached, Down, Show, Size, Up, Writer},
};
use yamux::Stream;

use super::{Client, patient};

/// Somebody at a terminal.
pub struct Keyboard {
    from: ReadHalf<Stream>,
    to: WriteHalf<Stream>,
    pub writer: Writer,
    pub attached: Attached,
    /// All that was shown.
    pub screen: String,
    /// Up to which offset input has been taken.
    pub taken: u64,
    pub ended: bool,
}

impl Keyboard {
    pub async fn sit_down(client: &Client, terminal: u32) -> Self {
        Self::come_back(client, terminal, Writer::default(), 1).await
    }

    pub async fn come_back(client: &Client, terminal: u32, mut writer: Writer, number: u64) -> Self {
        let size = Size { cols: 120, rows: 40 };
        let attach = Attach { terminal, size, from: writer.from(), writer: number };
        let (stream, reply) = client.ask(&Request::Terminal(attach)).await;
        let Reply::Attached(attached) = reply else { panic!("{reply:?}") };
        let (_, rest) = writer.attached(attached);
        let (from, to) = stream.split();
        let mut keyboard =
            Self { from, to, writer, attached, screen: String::new(), taken: attached.taken, ended: false };
        for frame in &rest {
            keyboard.send(frame).await;
        }
        keyboard
    }

    /// Leaves without a word; gives what the writer knows and all that was shown.
    pub fn get_up(self) -> (Writer, String) {
        (self.writer, self.screen)
    }

    pub async fn send(&mut self, frame: &Up) {
        write_frame(&mut self.to, &frame.encode()).await.expect("a frame is sent");
    }

    pub async fn types(&mut self, text: &str) {
        for frame in &self.writer.typed(text.as_bytes()) {
            self.send(frame).await;
        }
    }

    /// Types a line and waits for what it prints.
    pub async fn line(&mut self, line: &str, until: &str) {
        self.screen.clear();
        self.types(&format!("{line}\n")).await;
        self.sees(until).await;
    }

    pub async fn sees(&mut self, wanted: &str) {
        let start = Instant::now();
        while !self.screen.contains(wanted) {
            let left = patient(Duration::from_secs(20)).saturating_sub(start.elapsed());
            let step = timeout(left, self.step()).await;
            assert!(matches!(step, Ok(true)), "`{wanted}` is not seen in:\n{}", self.screen);
        }
    }

    /// Takes one frame; `false` when there will be no more.
    pub async fn step(&mut self) -> bool {
        let Some(frame) = read_frame(&mut self.from).await.expect("a frame is read") else { return false };
        match Down::decode(&frame).expect("a good frame") {
            Down::Output { offset, bytes } => {
                if let Show::Bytes(new) = self.writer.output(offset, &bytes) {
                    self.screen.push_str(&String::from_utf8_lossy(new));
                }
                let end = offset + bytes.len() as u64;
                if let Some(seen) = self.writer.shown(end) {
                    self.send(&seen).await;
                }
            }
            Down::Taken(offset) => {
                self.writer.took(offset);
                self.taken = offset;
            }
            Down::Ended => {
                self.ended = true;
                return false;
            }
        }
        true
    }
}
