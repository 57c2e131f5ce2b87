//! The server under test and the people who use it.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use http::StatusCode;
use platform::{Clock, clock::SystemClock};
use tempfile::TempDir;
use tests::{
    docker,
    http::Client,
    server::{Server, program},
};
use tokio::time::sleep;

use crate::{lab, socket::Terminal};

/// What all people here sign in with.
const PASSWORD: &str = "correct-horse-battery";

/// How long a box may take to come up, on a machine that makes forty of them.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long to wait before asking again for what is not there yet.
const AGAIN: Duration = Duration::from_millis(5);

/// A server with one lab and any number of learners. All it has made is gone when it is dropped.
pub struct World {
    pub server: Server,
    people: usize,
    _catalog: TempDir,
}

/// Somebody's attempt that has a box.
pub struct Attempt {
    pub person: Client,
    pub id: String,
    /// The container of its box.
    pub container: String,
}

impl World {
    /// One that keeps no warm boxes: each start is a cold one, and nothing is made beside what is measured.
    pub async fn make() -> anyhow::Result<Self> {
        Self::with_warm_memory("1m").await
    }

    /// One that may keep so much memory's worth of warm boxes.
    pub async fn with_warm_memory(memory: &str) -> anyhow::Result<Self> {
        let catalog = tempfile::tempdir()?;
        lab::write(catalog.path())?;
        let path = catalog.path().to_str().context("a path in UTF-8")?;
        ensure!(
            !program().to_string_lossy().contains("/debug/"),
            "{} is no release build: use `make bench`",
            program().display()
        );
        let server = Server::demo_with(&[("BELAY_CATALOG", path), ("BELAY_WARM_MEMORY", memory)]);
        let mut world = Self { server, people: 0, _catalog: catalog };
        // The first box brings the agent to the engine and the image into the page cache.
        let first = world.running().await.context("the first box")?;
        world.end(first).await?;
        Ok(world)
    }

    /// The process of the server.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// The end of the server's log.
    pub fn last_words(&self) -> String {
        let log = self.server.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Somebody new, signed in.
    pub async fn person(&mut self) -> anyhow::Result<Client> {
        self.people += 1;
        let login = format!("learner-{}", self.people);
        let data = self.server.database();
        let data = data.parent().context("the data directory")?;
        let mut adding = Command::new(program())
            .args(["user", "add", &login])
            .env("BELAY_DATA", data)
            .env("BELAY_INSTANCE", self.server.instance())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        adding.stdin.take().context("its standard input")?.write_all(PASSWORD.as_bytes())?;
        ensure!(adding.wait()?.success(), "{login} could not be added");
        let person = Client::new(&self.server.url());
        let answer = person.post("/signin", &format!("login={login}&password={PASSWORD}")).await;
        ensure!(answer.location() == "/", "{login} could not sign in: {} {}", answer.status, answer.location());
        Ok(person)
    }

    /// Reserves warm boxes from now on, and waits until all are there.
    pub async fn reserve(&self, places: usize) -> anyhow::Result<()> {
        let manager = Client::signed_in(&self.server.url(), "Ingrid Solheim").await;
        let at = SystemClock.now().format("%Y-%m-%dT%H:%M");
        let answer = manager.post(&format!("/labs/{}/reserve", lab::ID), &format!("at={at}&places={places}")).await;
        ensure!(answer.status == StatusCode::SEE_OTHER, "nothing could be reserved: {} {}", answer.status, answer.body);
        let began = Instant::now();
        while self.said("a box is warm") < places {
            ensure!(began.elapsed() < PATIENCE * 10, "of {places} boxes {} are warm", self.said("a box is warm"));
            sleep(AGAIN * 100).await;
        }
        Ok(())
    }

    /// How often the server's log has these words.
    pub fn said(&self, words: &str) -> usize {
        self.server.log().matches(words).count()
    }

    /// Starts an attempt of somebody: its id.
    pub async fn start(&self, person: &Client) -> anyhow::Result<String> {
        let answer = person.post(&format!("/labs/{}/start", lab::ID), "").await;
        let id = answer.location().strip_prefix("/attempts/").map(str::to_string);
        id.with_context(|| format!("the lab could not be started: {} {}", answer.status, answer.body))
    }

    /// An attempt of somebody new, whose box runs and is set up.
    pub async fn running(&mut self) -> anyhow::Result<Attempt> {
        let person = self.person().await?;
        let id = self.start(&person).await?;
        self.up(&person, &id).await?;
        let container = self.container(&id)?;
        Ok(Attempt { person, id, container })
    }

    /// Waits until the box of an attempt runs.
    async fn up(&self, person: &Client, id: &str) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            let state = person.post("/fn/attempt_state", &format!("attempt={id}")).await;
            if state.body.contains("Running") {
                return Ok(());
            }
            ensure!(
                state.body.contains("Starting") && began.elapsed() < PATIENCE,
                "the box did not come up: {}",
                state.body
            );
            sleep(AGAIN * 4).await;
        }
    }

    /// The container of an attempt's box.
    pub fn container(&self, attempt: &str) -> anyhow::Result<String> {
        let filters =
            [format!("label=belay.instance={}", self.server.instance()), format!("label=belay.attempt={attempt}")];
        let labelled =
            docker::docker(&["ps", "--quiet", "--no-trunc", "--filter", &filters[0], "--filter", &filters[1]]);
        labelled.lines().next().map(str::to_string).context("the attempt has no container")
    }

    /// Opens a terminal of an attempt, as the browser does: again for as long as the box is not there.
    pub async fn terminal(&self, person: &Client, attempt: &str, number: u32) -> anyhow::Result<Terminal> {
        let began = Instant::now();
        loop {
            match Terminal::open(&self.server.url(), person, attempt, number).await? {
                Ok(terminal) => return Ok(terminal),
                Err(words) if began.elapsed() > PATIENCE => bail!("the terminal does not open: {words}"),
                Err(_) => sleep(AGAIN).await,
            }
        }
    }

    /// Gives an attempt up and waits until its box is gone.
    pub async fn end(&self, attempt: Attempt) -> anyhow::Result<()> {
        let answer = attempt.person.post(&format!("/attempts/{}/abandon", attempt.id), "").await;
        ensure!(answer.status == StatusCode::SEE_OTHER, "the attempt could not be ended: {}", answer.status);
        let began = Instant::now();
        let filter = format!("id={}", attempt.container);
        while !docker::docker(&["ps", "--all", "--quiet", "--filter", &filter]).is_empty() {
            ensure!(began.elapsed() < PATIENCE, "the box of an ended attempt is still there");
            sleep(AGAIN * 20).await;
        }
        Ok(())
    }
}
