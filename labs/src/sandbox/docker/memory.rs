//! How much memory the engine's machine has left.

/// Where the kernel says it.
const MEMINFO: &str = "/proc/meminfo";

/// What is available on the engine's machine, if that is this one. `total` is the memory that the engine says it has.
pub(super) fn free(total: u64) -> Option<u64> {
    // A socket can lead to another machine too (a tunnel, a virtual machine): then its memory is hardly the same to the byte.
    local(std::env::var("DOCKER_HOST").ok().as_deref())
        .then(|| std::fs::read_to_string(MEMINFO).ok())
        .flatten()
        .filter(|text| field(text, "MemTotal:") == Some(total))
        .and_then(|text| field(&text, "MemAvailable:"))
}

/// Whether this address of an engine can be on this machine.
fn local(host: Option<&str>) -> bool {
    host.is_none_or(|host| host.is_empty() || host.starts_with("unix:"))
}

/// A line of the file, in bytes: `MemAvailable:   23456789 kB`.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_in_bytes() {
        let text = "MemTotal:       24614532 kB\nMemFree:  1 kB\nMemAvailable:   23003128 kB\n";
        assert_eq!(field(text, "MemTotal:"), Some(24_614_532 << 10));
        assert_eq!(field(text, "MemAvailable:"), Some(23_003_128 << 10));
        assert_eq!(field("MemAvailable: much", "MemAvailable:"), None);
    }

    #[test]
    fn only_a_socket_can_be_on_this_machine() {
        for here in [None, Some(""), Some("unix:///var/run/docker.sock")] {
            assert!(local(here), "{here:?}");
        }
        for elsewhere in ["tcp://10.0.0.7:2376", "ssh://belay@host", "https://docker.example.org"] {
            assert!(!local(Some(elsewhere)), "{elsewhere}");
        }
        assert_eq!(free(12_345), None, "another machine's memory");
    }
}
