//! Probes: what can be seen of a box without any program of the box.
//!
//! A probe says what to look at; an [`Observation`] is what was seen, raw. Whether that is right is
//! judged elsewhere, so that a verdict can be computed again from a stored observation.

use serde::{Deserialize, Serialize};

use crate::call::RunResult;

/// What to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "probe", rename_all = "snake_case")]
pub enum Probe {
    /// `GET` of an `http://` URL in the box's network; redirects are not followed.
    Http {
        /// The URL. A host name is looked up in the box's `/etc/hosts` only.
        url: String,
        /// The `Host` header, where it is not the URL's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
    },
    /// A TCP connection.
    Tcp {
        /// An IP address, or a name of the box's `/etc/hosts`.
        host: String,
        /// The port.
        port: u16,
    },
    /// A file, a directory or a link of the box. Links in the path are followed inside the box only.
    File {
        /// Absolute path.
        path: String,
    },
    /// Who listens on a port.
    Listening {
        /// The TCP port.
        port: u16,
    },
    /// The processes whose name or program's base name is this.
    Process {
        /// The name, without a path.
        name: String,
    },
    /// A unit of the box's systemd.
    Unit {
        /// With its suffix: `nginx.service`.
        name: String,
    },
    /// How full the filesystem is that holds a path.
    Filesystem {
        /// Absolute path.
        path: String,
    },
    /// An account of the box's `/etc/passwd`.
    User {
        /// The login name.
        name: String,
    },
    /// A program of the box, run in the box as root: the learner may have changed it, so what it says
    /// is weak evidence.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
    },
}

/// What was seen. `error` says in words why nothing could be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// An HTTP answer, or why there was none.
    Http {
        /// The status code.
        status: Option<u16>,
        /// The `Location` header.
        location: Option<String>,
        /// The first 64 KiB of the body, invalid UTF-8 replaced.
        body: String,
        /// Why there was no answer.
        error: Option<String>,
    },
    /// Whether the connection was made.
    Tcp {
        /// It was.
        connected: bool,
        /// Why it was not.
        error: Option<String>,
    },
    /// The file, or that it is not there.
    File(FileSeen),
    /// The listeners of the port; none when nobody does.
    Listening {
        /// One for each socket and process that holds it.
        listeners: Vec<Listener>,
    },
    /// The processes found.
    Process {
        /// In order of their start.
        processes: Vec<ProcessSeen>,
    },
    /// The unit's state, in systemd's words.
    Unit {
        /// `active`, `inactive`, `failed`, `activating` …; empty if there is no such unit.
        active: String,
        /// `running`, `dead`, `exited` …
        sub: String,
        /// `enabled`, `disabled`, `masked` …; empty if it has no unit file.
        enabled: String,
        /// The main process in the box, 0 for none.
        main_pid: u32,
        /// Why systemd could not be asked.
        error: Option<String>,
    },
    /// The filesystem, all in bytes or counts.
    Filesystem {
        /// Its size.
        size: u64,
        /// What is used.
        used: u64,
        /// How many inodes it has.
        inodes: u64,
        /// How many of them are used.
        inodes_used: u64,
    },
    /// The account; `uid` is `None` when there is none.
    User {
        /// The user's id.
        uid: Option<u32>,
        /// The primary group's id.
        gid: Option<u32>,
        /// Home directory.
        home: String,
        /// Login shell.
        shell: String,
        /// All groups, by name.
        groups: Vec<String>,
    },
    /// How the program ended.
    Command(RunResult),
    /// The agent could not look.
    Failed {
        /// Why.
        error: String,
    },
}

/// A file as it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSeen {
    /// `file`, `directory`, `symlink` (only a dangling one), `socket`, `fifo`, `device`, or `absent`.
    pub kind: String,
    /// Permission bits, with setuid, setgid and sticky.
    pub mode: u32,
    /// The owner's name, or the number where the box has no name for it.
    pub owner: String,
    /// The group's name, or the number where the box has no name for it.
    pub group: String,
    /// In bytes.
    pub size: u64,
    /// The first 64 KiB of a regular file, invalid UTF-8 replaced.
    pub content: Option<String>,
}

/// A listening socket and who holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// The local address, without the port.
    pub address: String,
    /// The process in the box, 0 if none was found.
    pub pid: u32,
    /// Its program's base name.
    pub program: String,
    /// The user as whom it runs, by name.
    pub user: String,
}

/// A process of the box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessSeen {
    /// Its id in the box.
    pub pid: u32,
    /// Its program's base name.
    pub program: String,
    /// Its command line.
    pub argv: Vec<String>,
    /// The user as whom it runs, by name.
    pub user: String,
}
