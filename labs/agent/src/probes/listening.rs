//! Who listens on a TCP port of the box.

use std::{
    collections::HashMap,
    fs,
    net::{Ipv4Addr, Ipv6Addr},
};

use wire::probe::Listener;

use super::processes;
use crate::{accounts::Accounts, machine::Running, sys};

/// How much of a table of sockets is read.
const TABLE_LIMIT: u64 = 4 << 20;
/// How many descriptors are looked at before the search for a socket's holder ends.
const MAX_DESCRIPTORS: usize = 100_000;
/// `TCP_LISTEN` in the kernel's tables.
const LISTENING: &str = "0A";

/// All listeners of a port: one for each socket and process that holds it.
pub async fn listeners(running: &Running, port: u16) -> Result<Vec<Listener>, String> {
    let mut sockets = HashMap::new();
    for table in ["tcp", "tcp6"] {
        let path = format!("/proc/{}/net/{table}", running.pid);
        match sys::read_text(&path, TABLE_LIMIT) {
            Ok(text) => sockets.extend(text.lines().filter_map(|line| listening_socket(line, port))),
            // A kernel without the sixth version has no such table.
            Err(_) if table == "tcp6" => {}
            Err(error) => return Err(format!("{path}: {error}")),
        }
    }
    if sockets.is_empty() {
        return Ok(Vec::new());
    }
    let mut listeners = holders(running, &mut sockets).await;
    // Held by nobody that could be found.
    listeners.extend(sockets.into_values().filter(|socket| !socket.held).map(|socket| Listener {
        address: socket.address,
        pid: 0,
        program: String::new(),
        user: String::new(),
    }));
    listeners.sort_by(|a, b| (&a.address, a.pid).cmp(&(&b.address, b.pid)));
    Ok(listeners)
}

#[derive(Debug, PartialEq, Eq)]
struct Socket {
    address: String,
    held: bool,
}

async fn holders(running: &Running, sockets: &mut HashMap<u64, Socket>) -> Vec<Listener> {
    let accounts = Accounts::read(&running.root).unwrap_or_default();
    let mut found = Vec::new();
    let mut looked_at = 0;
    for process in processes::all(running).await {
        tokio::task::yield_now().await;
        let mut inodes = Vec::new();
        for descriptor in fs::read_dir(process.directory.join("fd")).into_iter().flatten().flatten() {
            looked_at += 1;
            if looked_at > MAX_DESCRIPTORS {
                return found;
            }
            let inode =
                fs::read_link(descriptor.path()).ok().and_then(|target| socket_inode(&target.to_string_lossy()));
            // The same socket under two descriptors of one process is one holder.
            inodes.extend(inode.filter(|inode| !inodes.contains(inode)));
        }
        for inode in inodes {
            let Some(socket) = sockets.get_mut(&inode) else { continue };
            socket.held = true;
            found.push(Listener {
                address: socket.address.clone(),
                pid: process.pid,
                program: process.program.clone(),
                user: accounts.user_name(process.uid),
            });
        }
    }
    found
}

/// The inode in a link such as `socket:[1234]`.
fn socket_inode(link: &str) -> Option<u64> {
    link.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// The inode and the address of a line of `/proc/net/tcp`, if that listens on the port.
fn listening_socket(line: &str, port: u16) -> Option<(u64, Socket)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
    let (address, local_port) = local.split_once(':')?;
    if *state != LISTENING || u16::from_str_radix(local_port, 16).ok()? != port {
        return None;
    }
    Some((inode.parse().ok()?, Socket { address: self::address(address)?, held: false }))
}

/// Addresses stand there as 32-bit numbers in the machine's own order.
fn address(hex: &str) -> Option<String> {
    let word = |at: usize| u32::from_str_radix(hex.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    match hex.len() {
        8 => Some(Ipv4Addr::from(word(0)?).to_string()),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            let bytes: [u8; 16] = words.concat().try_into().ok()?;
            Some(Ipv6Addr::from(bytes).to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_found_in_the_table() {
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0";
        assert_eq!(listening_socket(line, 8080), Some((4711, Socket { address: "127.0.0.1".into(), held: false })));
        assert_eq!(listening_socket(line, 80), None);
        assert_eq!(listening_socket(&line.replace(" 0A ", " 01 "), 8080), None);
        assert_eq!(listening_socket("  sl  local_address rem_address   st", 8080), None);
    }

    #[test]
    fn addresses_of_both_versions_are_read() {
        assert_eq!(address("00000000").as_deref(), Some("0.0.0.0"));
        assert_eq!(address("00000000000000000000000000000000").as_deref(), Some("::"));
        assert_eq!(address("00000000000000000000000001000000").as_deref(), Some("::1"));
        assert_eq!(address("0000").as_deref(), None);
    }

    #[test]
    fn links_to_sockets_are_told_from_others() {
        assert_eq!(socket_inode("socket:[4711]"), Some(4711));
        assert_eq!(socket_inode("/tmp/socket:[1]"), None);
        assert_eq!(socket_inode("pipe:[1]"), None);
    }
}
