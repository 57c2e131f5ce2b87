//! The format of a packed layer: tar with PAX records, of which this writes and reads what the agent needs.
//!
//! Numbers and checksums of a header are the `tar` crate's. Everything that may be long or strange (names, times, where
//! links lead, attributes) is in records, which know no limit and no special character.

use std::collections::VecDeque;

use tar::{EntryType, Header};

/// Everything in a tar comes in blocks of so many bytes.
const BLOCK: usize = 512;
/// How long the records of one entry may be.
const MAX_RECORDS: u64 = 1 << 20;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Directory,
    /// Leads to [`Head::link`].
    Symlink,
    /// Another name of [`Head::link`].
    Hardlink,
    Fifo,
}

/// All of an entry but its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// From the root of the layer, without a slash before it; empty for the root itself.
    pub path: Vec<u8>,
    pub kind: Kind,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Seconds and nanoseconds.
    pub mtime: (i64, u32),
    /// How many bytes follow.
    pub stored: u64,
    /// Of a file with holes: its length, and where the bytes that follow belong (offset, length).
    pub sparse: Option<(u64, Vec<(u64, u64)>)>,
    pub link: Vec<u8>,
    /// Extended attributes.
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    /// Its name is meant as it is, even if it looks like that of a file that is gone.
    pub literal: bool,
}

impl Head {
    /// An entry without anything special.
    pub fn new(path: Vec<u8>, kind: Kind) -> Self {
        Self {
            path,
            kind,
            mode: 0,
            uid: 0,
            gid: 0,
            mtime: (0, 0),
            stored: 0,
            sparse: None,
            link: Vec::new(),
            xattrs: Vec::new(),
            literal: false,
        }
    }
}

/// What is missing to whole blocks after so many bytes.
pub fn padding(length: u64) -> usize {
    let over = usize::try_from(length % BLOCK as u64).unwrap_or_default();
    if over == 0 { 0 } else { BLOCK - over }
}

/// Two empty blocks: the end.
pub const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// Writes the head of an entry; its bytes follow, then [`padding`].
pub fn write(out: &mut Vec<u8>, head: &Head) {
    let records = records(head);
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::XHeader);
    header.set_size(records.len() as u64);
    name(&mut header, b"PaxHeaders/entry");
    header.set_cksum();
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(&records);
    out.resize(out.len() + padding(records.len() as u64), 0);

    let mut header = Header::new_ustar();
    header.set_entry_type(match head.kind {
        Kind::File => EntryType::Regular,
        Kind::Directory => EntryType::Directory,
        Kind::Symlink => EntryType::Symlink,
        Kind::Hardlink => EntryType::Link,
        Kind::Fifo => EntryType::Fifo,
    });
    // Only for who does not know records.
    let path = if head.path.is_empty() { b"." } else { head.path.as_slice() };
    name(&mut header, path);
    header.set_mode(head.mode);
    header.set_uid(head.uid.into());
    header.set_gid(head.gid.into());
    header.set_mtime(u64::try_from(head.mtime.0).unwrap_or_default());
    header.set_size(head.stored);
    header.set_cksum();
    out.extend_from_slice(header.as_bytes());
}

/// The first 100 bytes of a name.
fn name(header: &mut Header, name: &[u8]) {
    let field = &mut header.as_old_mut().name;
    let length = name.len().min(field.len());
    field[..length].copy_from_slice(&name[..length]);
}

fn records(head: &Head) -> Vec<u8> {
    let mut out = Vec::new();
    let path = if head.path.is_empty() { b"." } else { head.path.as_slice() };
    record(&mut out, b"path", path);
    let (seconds, nanoseconds) = head.mtime;
    record(&mut out, b"mtime", format!("{seconds}.{nanoseconds:09}").as_bytes());
    if !head.link.is_empty() {
        record(&mut out, b"linkpath", &head.link);
    }
    if let Some((size, segments)) = &head.sparse {
        let map: Vec<String> = segments.iter().map(|(offset, length)| format!("{offset},{length}")).collect();
        record(&mut out, b"GNU.sparse.size", size.to_string().as_bytes());
        record(&mut out, b"GNU.sparse.numblocks", segments.len().to_string().as_bytes());
        record(&mut out, b"GNU.sparse.name", path);
        record(&mut out, b"GNU.sparse.map", map.join(",").as_bytes());
    }
    for (key, value) in &head.xattrs {
        record(&mut out, &[b"SCHILY.xattr.", key.as_slice()].concat(), value);
    }
    if head.literal {
        record(&mut out, wire::layer::LITERAL.as_bytes(), b"1");
    }
    out
}

/// A record begins with its own length, of which that number is a part.
fn record(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + rest.to_string().len();
    if rest + length.to_string().len() != length {
        length += 1;
    }
    out.extend_from_slice(length.to_string().as_bytes());
    out.push(b' ');
    out.extend_from_slice(key);
    out.push(b'=');
    out.extend_from_slice(value);
    out.push(b'\n');
}

/// Reads entries from bytes as they come.
#[derive(Default)]
pub struct Reader {
    unread: VecDeque<u8>,
    state: State,
    records: Vec<u8>,
}

#[derive(Default)]
enum State {
    /// A header is next.
    #[default]
    Header,
    /// So many bytes of records, then so many of padding.
    Records(u64, usize),
    /// So many bytes of a file, then so many of padding.
    Data(u64, usize),
    /// So many bytes of padding.
    Padding(usize),
    End,
}

/// What is next in a tar.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    Entry(Head),
    Data(Vec<u8>),
    /// That was the last of its bytes.
    EntryEnd,
    End,
    /// More bytes are needed to tell.
    NotYet,
}

impl Reader {
    pub fn feed(&mut self, bytes: &[u8]) {
        self.unread.extend(bytes);
    }

    /// What is next, or why that is no tar of ours.
    pub fn next(&mut self) -> Result<Next, String> {
        loop {
            match self.state {
                State::Header => {
                    let Some(block) = self.take(BLOCK) else { return Ok(Next::NotYet) };
                    if block.iter().all(|byte| *byte == 0) {
                        self.state = State::End;
                        continue;
                    }
                    if let Some(head) = self.header(&block)? {
                        return Ok(Next::Entry(head));
                    }
                }
                State::Records(length, padding) => {
                    let whole = usize::try_from(length).unwrap_or(usize::MAX);
                    let Some(bytes) = self.take(whole) else { return Ok(Next::NotYet) };
                    self.records = bytes;
                    self.state = State::Padding(padding);
                }
                State::Data(0, padding) => {
                    self.state = State::Padding(padding);
                    return Ok(Next::EntryEnd);
                }
                State::Data(left, padding) => {
                    let some = usize::try_from(left).unwrap_or(usize::MAX).min(self.unread.len()).min(64 << 10);
                    if some == 0 {
                        return Ok(Next::NotYet);
                    }
                    self.state = State::Data(left - some as u64, padding);
                    return Ok(Next::Data(self.take(some).unwrap_or_default()));
                }
                State::Padding(padding) => {
                    if self.take(padding).is_none() {
                        return Ok(Next::NotYet);
                    }
                    self.state = State::Header;
                }
                State::End => return Ok(Next::End),
            }
        }
    }

    fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        (self.unread.len() >= count).then(|| self.unread.drain(..count).collect())
    }

    /// An entry; `None` for a header of records, which belong to the entry after it.
    fn header(&mut self, block: &[u8]) -> Result<Option<Head>, String> {
        let header = Header::from_byte_slice(block);
        let wrong = |error: std::io::Error| format!("a header of the snapshot makes no sense: {error}");
        let sum: u32 = block[..148].iter().chain(&block[156..]).map(|byte| u32::from(*byte)).sum::<u32>() + 8 * 32;
        if header.cksum().map_err(wrong)? != sum {
            return Err("a header of the snapshot is damaged".into());
        }
        let size = header.entry_size().map_err(wrong)?;
        let kind = match header.entry_type() {
            EntryType::XHeader if size <= MAX_RECORDS => {
                self.state = State::Records(size, padding(size));
                return Ok(None);
            }
            EntryType::XHeader => return Err("the snapshot has records that are too long".into()),
            EntryType::Regular => Kind::File,
            EntryType::Directory => Kind::Directory,
            EntryType::Symlink => Kind::Symlink,
            EntryType::Link => Kind::Hardlink,
            EntryType::Fifo => Kind::Fifo,
            other => return Err(format!("the snapshot has an entry of a kind that it can't have: {other:?}")),
        };
        if kind != Kind::File && size > 0 {
            return Err("the snapshot has bytes where there are none to have".into());
        }
        let number = |value: u64| u32::try_from(value).map_err(|_| "a number in the snapshot is too large".to_owned());
        let mut head = Head::new(header.path_bytes().into_owned(), kind);
        head.mode = header.mode().map_err(wrong)? & 0o7777;
        head.uid = number(header.uid().map_err(wrong)?)?;
        head.gid = number(header.gid().map_err(wrong)?)?;
        head.stored = size;
        let records = std::mem::take(&mut self.records);
        apply(&mut head, &records)?;
        if head.path == b"." {
            head.path.clear();
        }
        self.state = State::Data(size, padding(size));
        Ok(Some(head))
    }
}

fn apply(head: &mut Head, mut records: &[u8]) -> Result<(), String> {
    let wrong = || "a record of the snapshot makes no sense".to_owned();
    let text = |value: &[u8]| String::from_utf8(value.to_vec()).map_err(|_| wrong());
    let mut size = None;
    while !records.is_empty() {
        let space = records.iter().position(|byte| *byte == b' ').ok_or_else(wrong)?;
        let length: usize = text(&records[..space])?.parse().map_err(|_| wrong())?;
        let (record, rest) = records.split_at_checked(length).ok_or_else(wrong)?;
        let record = record.get(space + 1..).and_then(|record| record.strip_suffix(b"\n")).ok_or_else(wrong)?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(wrong)?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        match key {
            b"path" => head.path = value.to_vec(),
            b"linkpath" => head.link = value.to_vec(),
            b"mtime" => head.mtime = time(&text(value)?).ok_or_else(wrong)?,
            b"GNU.sparse.size" => size = Some(text(value)?.parse().map_err(|_| wrong())?),
            b"GNU.sparse.map" => {
                let map = segments(&text(value)?).ok_or_else(wrong)?;
                head.sparse = Some((size.ok_or_else(wrong)?, map));
            }
            _ if key == wire::layer::LITERAL.as_bytes() => head.literal = true,
            _ => {
                if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                    head.xattrs.push((name.to_vec(), value.to_vec()));
                }
            }
        }
        records = rest;
    }
    let fits = head.sparse.as_ref().is_none_or(|(size, segments)| {
        let total = segments.iter().try_fold(0_u64, |sum, (_, length)| sum.checked_add(*length));
        let inside = segments.iter().all(|(from, length)| from.checked_add(*length).is_some_and(|end| end <= *size));
        total == Some(head.stored) && inside && i64::try_from(*size).is_ok()
    });
    if fits { Ok(()) } else { Err("the holes of a file in the snapshot make no sense".into()) }
}

fn time(text: &str) -> Option<(i64, u32)> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let nanoseconds = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    Some((seconds.parse().ok()?, nanoseconds))
}

fn segments(text: &str) -> Option<Vec<(u64, u64)>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let numbers = text.split(',').map(|number| number.parse().ok()).collect::<Option<Vec<u64>>>()?;
    (numbers.len() % 2 == 0).then(|| numbers.chunks(2).map(|pair| (pair[0], pair[1])).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8], step: usize) -> Result<Vec<Next>, String> {
        let mut reader = Reader::default();
        let mut all = Vec::new();
        for piece in bytes.chunks(step.max(1)) {
            reader.feed(piece);
            loop {
                match reader.next()? {
                    Next::NotYet => break,
                    Next::End => {
                        all.push(Next::End);
                        return Ok(all);
                    }
                    other => all.push(other),
                }
            }
        }
        Ok(all)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            path in proptest::collection::vec(1_u8.., 1..300),
            link in proptest::collection::vec(1_u8.., 0..200),
            value in proptest::collection::vec(any::<u8>(), 0..600),
            (uid, gid, mode) in (any::<u32>(), any::<u32>(), 0_u32..0o10000),
            seconds in any::<i32>(),
            content in proptest::collection::vec(any::<u8>(), 0..1500),
            step in 1_usize..700,
        ) {
            prop_assume!(path != b".");
            let mut head = Head::new(path, Kind::File);
            head.link = link;
            (head.uid, head.gid, head.mode) = (uid, gid, mode);
            head.mtime = (seconds.into(), 123_456_789);
            head.xattrs = vec![(b"security.capability".to_vec(), value)];
            head.stored = content.len() as u64;
            let mut bytes = Vec::new();
            write(&mut bytes, &head);
            bytes.extend(&content);
            bytes.resize(bytes.len() + padding(head.stored), 0);
            bytes.extend(END);
            let mut all = read(&bytes, step).expect("it is ours").into_iter();
            prop_assert_eq!(all.next(), Some(Next::Entry(head)));
            let mut seen = Vec::new();
            for next in all {
                if let Next::Data(data) = next {
                    seen.extend(data);
                }
            }
            prop_assert_eq!(seen, content);
        }

        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..3000), flips in proptest::collection::vec((0_usize..2000, any::<u8>()), 0..6)) {
            let _ = read(&bytes, 512);
            bytes.clear();
            let mut head = Head::new(b"etc/motd".to_vec(), Kind::File);
            head.sparse = Some((100, vec![(10, 5)]));
            head.stored = 5;
            write(&mut bytes, &head);
            for (at, byte) in flips {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            let _ = read(&bytes, 512);
        }
    }
}
