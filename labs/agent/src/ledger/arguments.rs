//! Reading strings from the memory of a waiting process.

use std::io::{self, IoSliceMut};

use nix::{
    sys::uio::{RemoteIoVec, process_vm_readv},
    unistd::Pid,
};

/// How many arguments are kept.
const MAX_ARGUMENTS: usize = 64;
/// How many bytes of each.
const MAX_ARGUMENT: usize = 512;
/// The kernel's own limit on a path, its end included.
const MAX_PATH: usize = 4096;
const PAGE: usize = 4096;
const POINTER: usize = size_of::<usize>();

/// Arguments as the journal keeps them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    pub list: Vec<String>,
    /// Whether something was left out.
    pub cut: bool,
}

/// A path that a process has given to the kernel.
pub fn path(pid: i32, address: u64) -> io::Result<Vec<u8>> {
    let address = usize::try_from(address).map_err(io::Error::other)?;
    let mut text = Vec::new();
    while text.len() < MAX_PATH {
        let chunk = read(pid, address + text.len(), to_page_end(address + text.len()).min(256))?;
        match chunk.iter().position(|byte| *byte == 0) {
            Some(end) => {
                text.extend_from_slice(&chunk[..end]);
                return Ok(text);
            }
            None => text.extend_from_slice(&chunk),
        }
    }
    Err(io::Error::other("a path without an end"))
}

/// The arguments that a process has given to the kernel; those that can't be read are left out.
pub fn arguments(pid: i32, address: u64) -> Arguments {
    let Ok(address) = usize::try_from(address) else { return Arguments::default() };
    if address == 0 {
        return Arguments::default();
    }
    let (pointers, complete) = pointers(pid, address);
    let mut texts = first_parts(pid, &pointers);
    let mut cut = !complete;
    let mut list = Vec::with_capacity(texts.len());
    for (text, pointer) in texts.iter_mut().zip(&pointers) {
        cut |= finish(pid, *pointer, text);
        list.push(String::from_utf8_lossy(text).into_owned());
    }
    Arguments { list, cut }
}

/// The pointers of the array, and whether that is all of them.
fn pointers(pid: i32, address: usize) -> (Vec<usize>, bool) {
    let mut pointers = Vec::new();
    while pointers.len() <= MAX_ARGUMENTS {
        let at = address + pointers.len() * POINTER;
        let wanted = ((MAX_ARGUMENTS + 1 - pointers.len()) * POINTER).min(to_page_end(at).max(POINTER));
        let Ok(bytes) = read(pid, at, wanted) else { break };
        let before = pointers.len();
        for raw in bytes.chunks_exact(POINTER) {
            let pointer = raw.try_into().map_or(0, usize::from_ne_bytes);
            if pointer == 0 {
                return (pointers, true);
            }
            pointers.push(pointer);
        }
        if pointers.len() == before {
            break;
        }
    }
    pointers.truncate(MAX_ARGUMENTS);
    (pointers, false)
}

/// The beginning of each string, up to the end of its page, all in one call where nothing is amiss.
fn first_parts(pid: i32, pointers: &[usize]) -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> =
        pointers.iter().map(|pointer| vec![0; to_page_end(*pointer).min(MAX_ARGUMENT)]).collect();
    let remote: Vec<_> =
        pointers.iter().zip(&texts).map(|(base, text)| RemoteIoVec { base: *base, len: text.len() }).collect();
    let mut local: Vec<_> = texts.iter_mut().map(|text| IoSliceMut::new(text)).collect();
    let mut got = process_vm_readv(Pid::from_raw(pid), &mut local, &remote).unwrap_or(0);
    for (text, pointer) in texts.iter_mut().zip(pointers) {
        if got >= text.len() {
            got -= text.len();
            continue;
        }
        // The kernel stopped at a pointer that leads nowhere; the rest may still be good.
        got = 0;
        *text = read(pid, *pointer, text.len()).unwrap_or_default();
    }
    texts
}

/// Cuts a string at its end, or reads on in the next page. Whether something had to be left out.
fn finish(pid: i32, pointer: usize, text: &mut Vec<u8>) -> bool {
    loop {
        if let Some(end) = text.iter().position(|byte| *byte == 0) {
            text.truncate(end);
            return false;
        }
        if text.len() >= MAX_ARGUMENT {
            // One byte more tells whether it just fits.
            return read(pid, pointer + text.len(), 1).map_or(true, |next| next != [0]);
        }
        let at = pointer + text.len();
        match read(pid, at, to_page_end(at).min(MAX_ARGUMENT - text.len())) {
            Ok(more) if !more.is_empty() => text.extend_from_slice(&more),
            _ => return true,
        }
    }
}

fn to_page_end(address: usize) -> usize {
    PAGE - address % PAGE
}

fn read(pid: i32, address: usize, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut local = [IoSliceMut::new(&mut bytes)];
    let got = process_vm_readv(Pid::from_raw(pid), &mut local, &[RemoteIoVec { base: address, len: length }])?;
    bytes.truncate(got);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;

    use super::*;

    fn own() -> i32 {
        i32::try_from(std::process::id()).expect("small")
    }

    fn read_back(arguments: &[&str]) -> Arguments {
        let strings: Vec<CString> = arguments.iter().map(|text| CString::new(*text).expect("no NUL")).collect();
        let mut pointers: Vec<usize> = strings.iter().map(|text| text.as_ptr() as usize).collect();
        pointers.push(0);
        super::arguments(own(), pointers.as_ptr() as u64)
    }

    #[test]
    fn arguments_are_read_whole() {
        let got = read_back(&["nginx", "-t", "", "-c", "/etc/nginx/nginx.conf"]);
        assert_eq!(
            got,
            Arguments {
                list: ["nginx", "-t", "", "-c", "/etc/nginx/nginx.conf"].map(String::from).to_vec(),
                cut: false
            }
        );
    }

    #[test]
    fn what_is_too_much_is_cut_and_said_so() {
        let long = "x".repeat(MAX_ARGUMENT + 1);
        let got = read_back(&["a", &long, "b"]);
        assert_eq!((got.list[1].len(), got.list[2].as_str(), got.cut), (MAX_ARGUMENT, "b", true));
        let fits = "x".repeat(MAX_ARGUMENT);
        assert!(!read_back(&["a", &fits]).cut);
        let many = vec!["m"; MAX_ARGUMENTS + 1];
        let got = read_back(&many);
        assert_eq!((got.list.len(), got.cut), (MAX_ARGUMENTS, true));
        assert!(!read_back(&many[1..]).cut);
    }

    #[test]
    fn a_pointer_to_nowhere_harms_only_itself() {
        let good = c"good";
        let pointers = [good.as_ptr() as usize, 16, good.as_ptr() as usize, 0];
        let got = super::arguments(own(), pointers.as_ptr() as u64);
        assert_eq!(got.list, ["good", "", "good"]);
        assert!(got.cut);
        assert_eq!(super::arguments(own(), 0), Arguments::default());
    }

    #[test]
    fn a_path_is_read() {
        let wanted = format!("/{}", "p".repeat(700));
        let text = CString::new(wanted.clone()).expect("no NUL");
        assert_eq!(path(own(), text.as_ptr() as u64).expect("readable"), wanted.into_bytes());
        assert!(path(own(), 16).is_err());
    }
}
