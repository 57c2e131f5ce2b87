//! What `/proc` says of a waiting process.

use std::io;

use crate::sys;

/// Long enough for `status` with many groups.
const STATUS_LIMIT: u64 = 16 << 10;

/// What the ledger needs of `/proc/PID/status`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The process to which the thread belongs.
    pub process: i32,
    pub parent: i32,
    pub effective_uid: u32,
    /// As whom it reaches files.
    pub file_uid: u32,
    pub file_gid: u32,
    pub groups: Vec<u32>,
    pub threads: u32,
}

impl Status {
    pub fn of(thread: i32) -> io::Result<Self> {
        Ok(Self::parse(&sys::read_text(format!("/proc/{thread}/status"), STATUS_LIMIT)?))
    }

    fn parse(text: &str) -> Self {
        let mut status = Self::default();
        for line in text.lines() {
            let Some((key, value)) = line.split_once(':') else { continue };
            let nth = |index: usize| -> u32 {
                value.split_whitespace().nth(index).and_then(|number| number.parse().ok()).unwrap_or_default()
            };
            match key {
                "Tgid" => status.process = signed(nth(0)),
                "PPid" => status.parent = signed(nth(0)),
                // Real, effective, saved, filesystem.
                "Uid" => (status.effective_uid, status.file_uid) = (nth(1), nth(3)),
                "Gid" => status.file_gid = nth(3),
                "Groups" => status.groups = value.split_whitespace().filter_map(|group| group.parse().ok()).collect(),
                "Threads" => status.threads = nth(0),
                _ => {}
            }
        }
        status
    }
}

fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or_default()
}

/// The parent of a process; 0 if there is none to be seen.
pub fn parent(process: i32) -> i32 {
    stat_field(process, 4).and_then(|parent| i32::try_from(parent).ok()).unwrap_or(0)
}

/// Where the stack of a process begins: chosen by chance at every start of a program.
pub fn stack(process: i32) -> u64 {
    stat_field(process, 28).unwrap_or(0)
}

fn stat_field(process: i32, number: usize) -> Option<u64> {
    field(&sys::read_text(format!("/proc/{process}/stat"), 4096).ok()?, number)
}

/// A field of `/proc/PID/stat` by the number it has in proc(5).
fn field(stat: &str, number: usize) -> Option<u64> {
    // The second field is the name, which may hold blanks and brackets.
    let rest = &stat[stat.rfind(')')? + 1..];
    rest.split_whitespace().nth(number - 3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_is_read() {
        let status = Status::parse(
            "Name:\tbash\nTgid:\t42\nPid:\t43\nPPid:\t7\nUid:\t1000\t0\t0\t1000\nGid:\t1\t2\t3\t4\nGroups:\t4 27 1000 \nThreads:\t2\n",
        );
        let wanted = Status {
            process: 42,
            parent: 7,
            effective_uid: 0,
            file_uid: 1000,
            file_gid: 4,
            groups: vec![4, 27, 1000],
            threads: 2,
        };
        assert_eq!(status, wanted);
    }

    #[test]
    fn a_name_with_brackets_does_not_move_the_fields() {
        let stat = "17 (a) R (b) c) S 5 17 17 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 100 1 1 1 11 12 777 0";
        assert_eq!(field(stat, 4), Some(5));
        assert_eq!(field(stat, 28), Some(777));
    }

    #[test]
    fn the_own_process_can_be_read() {
        let own = i32::try_from(std::process::id()).expect("small");
        let status = Status::of(own).expect("own status");
        assert_eq!(status.process, own);
        assert_eq!(status.parent, parent(own));
        assert_ne!(stack(own), 0);
    }
}
