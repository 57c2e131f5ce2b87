//! Names, by the box's `/etc/hosts` and nothing else.

use std::net::IpAddr;

use crate::{boxroot, machine::Running};

const LIMIT: u64 = 64 << 10;

/// The addresses of a host: its own if it is written as one.
pub fn addresses(running: &Running, host: &str) -> Vec<IpAddr> {
    // In a URL an address of the sixth version stands in brackets.
    let plain = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = plain.parse() {
        return vec![address];
    }
    let hosts = boxroot::read(&running.root, "/etc/hosts", LIMIT).unwrap_or_default();
    look_up(&String::from_utf8_lossy(&hosts), host)
}

fn look_up(hosts: &str, name: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for line in hosts.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(address) = words.next().and_then(|address| address.parse().ok()) else { continue };
        if words.any(|word| word.eq_ignore_ascii_case(name)) && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_up_in_order() {
        let hosts = "127.0.0.1 localhost\n::1 localhost ip6-localhost # LOCALHOST\n#10.0.0.1 web\nnonsense web\n127.0.1.1\tweb1 Shop.example\n";
        assert_eq!(look_up(hosts, "localhost").len(), 2);
        assert_eq!(look_up(hosts, "shop.EXAMPLE"), ["127.0.1.1".parse::<IpAddr>().expect("an address")]);
        assert!(look_up(hosts, "web").is_empty());
    }
}
