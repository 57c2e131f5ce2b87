use std::time::{Duration, Instant};

use futures::io::{AsyncReadExt, ReadHalf, WriteHalf};
use tokio::time::timeout;
use wire::{
    Reply, Request,
    io::{read_frame, write_frame},
    terminal::{Attach, Attached, Down, Show, Size, Up, Watch, Writer},
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
    /// The size a watcher was told last.
    pub size: Option<Size>,
    /// How often a watcher was told to clear the screen.
    pub skipped: u32,
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
        let mut keyboard = Self::at(stream, writer, attached, None);
        for frame in &rest {
            keyboard.send(frame).await;
        }
        keyboard
    }

    /// Looks over somebody's shoulder; with a number also types.
    pub async fn watch(client: &Client, terminal: u32, number: Option<u64>) -> Self {
        let watch = Watch { terminal, from: None, writer: number };
        let (stream, reply) = client.ask(&Request::Watch(watch)).await;
        let Reply::Watching(watching) = reply else { panic!("{reply:?}") };
        let mut writer = Writer::default();
        let _ = writer.attached(watching.attached);
        Self::at(stream, writer, watching.attached, Some(watching.size))
    }

    fn at(stream: Stream, writer: Writer, attached: Attached, size: Option<Size>) -> Self {
        let (from, to) = stream.split();
        let screen = String::new();
        Self { from, to, writer, attached, screen, taken: attached.taken, ended: false, size, skipped: 0 }
    }

    /// Leaves without a word; gives what the writer knows and all that was shown.
    pub fn get_up(self) -> (Writer, String) {
        (self.writer, self.screen)
    }

    pub async fn send(&mut self, frame: &Up) {
        write_frame(&mut self.to, &frame.encode()).await.expect("a frame is sent");
    }

    /// Sends a frame that the other side may not want.
    pub async fn throws(&mut self, frame: &Up) -> bool {
        write_frame(&mut self.to, &frame.encode()).await.is_ok()
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

    /// The same for what prints so much that only its end is kept.
    pub async fn flood(&mut self, line: &str, until: &str) {
        self.screen.clear();
        self.types(&format!("{line}\n")).await;
        while !self.screen.contains(until) {
            // What is waited for may come in two pieces.
            let old = self.screen.floor_char_boundary(self.screen.len().saturating_sub(until.len()));
            self.screen.drain(..old);
            let step = timeout(patient(Duration::from_secs(20)), self.step()).await;
            assert!(matches!(step, Ok(true)), "`{until}` is not seen");
        }
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
        let Some(frame) = read_frame(&mut self.from).await.unwrap_or_default() else { return false };
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
            Down::Resized(size) => self.size = Some(size),
            Down::Skipped(offset) => {
                self.writer.skipped(offset);
                self.screen.clear();
                self.skipped += 1;
            }
        }
        true
    }
}
