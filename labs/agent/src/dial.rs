//! Connections to the box's own ports, for previews.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use futures::io::{AsyncRead, AsyncWrite};
use tokio::{
    io::copy_bidirectional_with_sizes,
    net::{TcpSocket, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_util::compat::FuturesAsyncReadCompatExt;
use wire::{Refusal, Reply, io::write_json};

use crate::agent::Agent;

/// How many connections there may be at once; the other streams of the server's connection are for its other calls.
const MOST: usize = 32;
/// How long the box may take to accept one. On one machine that is at once, unless its queue is full.
const LIMIT: Duration = Duration::from_secs(5);
/// How much is carried at a time.
const PIECE: usize = 32 << 10;

/// Who may be connected.
pub struct Exchange {
    lines: Semaphore,
}

impl Exchange {
    pub fn new() -> Self {
        Self { lines: Semaphore::new(MOST) }
    }
}

/// Connects, and carries bytes until both sides have said all.
pub async fn serve(agent: &Agent, stream: impl AsyncRead + AsyncWrite + Unpin, port: u16) -> io::Result<()> {
    let mut stream = stream;
    let refused = |message: String| Reply::Refused(Refusal { message });
    let Ok(_line) = agent.exchange.lines.try_acquire() else {
        return write_json(&mut stream, &refused(format!("more than {MOST} connections to the box at once"))).await;
    };
    let mut connection = match dial(agent, port).await {
        Ok(connection) => connection,
        Err(reply) => return write_json(&mut stream, &reply).await,
    };
    write_json(&mut stream, &Reply::Done).await?;
    let mut stream = stream.compat();
    copy_bidirectional_with_sizes(&mut stream, &mut connection, PIECE, PIECE).await.map(|_| ())
}

/// A connection in the box's network, to the box itself and nothing else.
async fn dial(agent: &Agent, port: u16) -> Result<TcpStream, Reply> {
    let refused = |message: String| Reply::Refused(Refusal { message });
    agent.machine.running().map_err(refused)?;
    for address in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
        let make = || if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let connecting = async { agent.networks.in_box(make)?.connect((address, port).into()).await };
        match timeout(LIMIT, connecting).await {
            Ok(Ok(connection)) => {
                let _ = connection.set_nodelay(true);
                return Ok(connection);
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {}
            // A box without the sixth version of the protocol: it was refused by the fourth.
            Ok(Err(_)) if address.is_ipv6() => {}
            Ok(Err(error)) => return Err(refused(format!("port {port}: {error}"))),
            Err(_) => return Err(refused(format!("port {port} did not accept within {} seconds", LIMIT.as_secs()))),
        }
    }
    Err(Reply::NobodyListens)
}
