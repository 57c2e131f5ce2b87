//! The same without Belay: `docker exec -it` and `docker run -it` on a terminal of our own, by Docker's own client.

use std::{
    io,
    os::fd::OwnedFd,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, bail};
use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    pty::{Winsize, openpty},
    sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr},
    unistd,
};
use tokio::{io::unix::AsyncFd, time::timeout};

/// How long it may be silent where something is due.
const PATIENCE: Duration = Duration::from_secs(60);

/// Docker's client on a terminal.
pub struct Direct {
    client: Child,
    terminal: AsyncFd<OwnedFd>,
}

impl Direct {
    /// `docker` with these arguments.
    pub fn docker(arguments: &[&str]) -> anyhow::Result<Self> {
        let size = Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
        let pair = openpty(Some(&size), None)?;
        // As the client will have it: until then what it prints would be changed twice.
        let mut raw = tcgetattr(&pair.slave)?;
        cfmakeraw(&mut raw);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &raw)?;
        let flags = OFlag::from_bits_retain(fcntl(&pair.master, FcntlArg::F_GETFL)?);
        fcntl(&pair.master, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
        let (input, output) = (pair.slave.try_clone()?, pair.slave.try_clone()?);
        let client = Command::new("docker")
            .args(arguments)
            .env("TERM", "xterm-256color")
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(output))
            .stderr(Stdio::from(pair.slave))
            .spawn()
            .context("the docker client")?;
        #[expect(deprecated, reason = "an owned descriptor stays open and the same; its successor is unsafe to call")]
        let terminal = AsyncFd::new(pair.master)?;
        Ok(Self { client, terminal })
    }

    /// Sends what was typed.
    pub async fn send(&mut self, mut bytes: &[u8]) -> anyhow::Result<()> {
        while !bytes.is_empty() {
            let mut ready = self.terminal.writable().await?;
            match ready.try_io(|terminal| unistd::write(terminal.get_ref(), bytes).map_err(io::Error::from)) {
                Ok(count) => bytes = &bytes[count?..],
                Err(_) => continue,
            }
        }
        Ok(())
    }

    /// What is printed next.
    pub async fn printed(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let mut ready = timeout(PATIENCE, self.terminal.readable()).await.context("nothing came")??;
            match ready.try_io(|terminal| unistd::read(terminal.get_ref(), &mut buffer).map_err(io::Error::from)) {
                Ok(Ok(0)) => bail!("docker's client has ended"),
                Ok(count) => {
                    buffer.truncate(count?);
                    return Ok(buffer);
                }
                Err(_) => continue,
            }
        }
    }
}

impl Drop for Direct {
    fn drop(&mut self) {
        let _ = self.client.kill();
        let _ = self.client.wait();
    }
}
