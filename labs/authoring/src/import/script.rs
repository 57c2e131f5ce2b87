//! Shell: files as a script writes them, and commands that would never end.

use std::fmt::Write;

use crate::folder::Files;

/// A word as a shell reads it back.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// What writes these files below a folder, by a shell alone. `None` where it would be too long for a script.
pub(super) fn writing(folder: &str, files: &Files) -> Option<String> {
    let mut out = String::new();
    for (path, content) in files {
        let path = format!("{folder}/{path}");
        let parent = path.rsplit_once('/').map_or("/", |(parent, _)| parent);
        let _ = writeln!(out, "mkdir -p {}", quoted(parent));
        match std::str::from_utf8(content) {
            Ok(text) if !text.contains('\0') && (text.is_empty() || text.ends_with('\n')) => {
                let end = delimiter(text);
                let _ = write!(out, "cat >{} <<'{end}'\n{text}{end}\n", quoted(&path));
            }
            _ => {
                let _ = writeln!(out, "printf '{}' >{}", octal(content), quoted(&path));
            }
        }
        if content.starts_with(b"#!") {
            let _ = writeln!(out, "chmod +x {}", quoted(&path));
        }
    }
    // What a script may be long: its text is one argument.
    (out.len() < 90 << 10).then_some(out)
}

/// A word that is no line of the text.
fn delimiter(text: &str) -> String {
    let mut end = "END".to_string();
    while text.lines().any(|line| line == end) {
        end.push('_');
    }
    end
}

/// Bytes as `printf` writes them.
fn octal(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 4);
    for byte in bytes {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(*byte));
        } else {
            let _ = write!(out, "\\{byte:03o}");
        }
    }
    out
}

/// Programs that go on until somebody stops them, or that need somebody at the keyboard.
const ENDLESS: &[&str] =
    &["top", "htop", "watch", "less", "more", "man", "vi", "vim", "nano", "emacs", "tmux", "screen", "mc"];

/// Whether a command waits for somebody and would keep a script from going on.
pub(super) fn is_endless(command: &str) -> bool {
    let mut words = command.split_whitespace().skip_while(|word| *word == "sudo" || word.contains('='));
    let Some(program) = words.next() else { return false };
    let words: Vec<&str> = words.collect();
    let follows = || words.iter().any(|word| matches!(*word, "-f" | "-F" | "--follow" | "-w" | "--watch"));
    let behind = words.last().is_some_and(|word| word.ends_with('&'));
    let followers = ["tail", "journalctl", "kubectl", "docker"];
    let shells = ["bash", "sh", "python3", "python", "psql", "mysql", "ssh"];
    !behind
        && (ENDLESS.contains(&program)
            || (followers.contains(&program) && follows())
            || (shells.contains(&program) && words.is_empty()))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commands_that_wait_for_somebody() {
        for endless in
            ["top", "sudo vim /etc/hosts", "tail -f /var/log/syslog", "PAGER=cat man ls", "bash", "watch -n1 date"]
        {
            assert!(is_endless(endless), "{endless}");
        }
        for fine in ["tail -n 3 x", "bash setup.sh", "", "ls -f", "tail -f x > y &", "vimdiff a b"] {
            assert!(!is_endless(fine), "{fine}");
        }
    }

    proptest! {
        #[test]
        fn files_come_out_as_they_went_in(
            files in prop::collection::btree_map("[a-z '$]{1,8}(/[a-z]{1,3})?", prop::collection::vec(any::<u8>(), 0..60), 0..4),
            text in "(END\n|[ -~é]{0,9}\n){0,4}",
        ) {
            let mut files: Files = files.into_iter().filter(|(path, _)| !path.contains('/')).collect();
            files.insert("deep/text".into(), text.into_bytes());
            let dir = tempfile::tempdir().unwrap();
            let script = writing(&dir.path().display().to_string(), &files).unwrap();
            let done = Command::new("bash").arg("-ec").arg(&script).status().unwrap();
            prop_assert!(done.success(), "{}", script);
            for (path, content) in &files {
                prop_assert_eq!(&std::fs::read(dir.path().join(path)).unwrap(), content);
            }
        }
    }
}
