//! Programs that run another one: `sudo nginx -t`.
//!
//! The ledger records the program behind one as a run of its own, and that one counts. Only where it is missing, and the
//! wrapper has ended well, the wrapper stands for it.

use super::command::basename;

/// A program that runs the rest of its command line.
struct Wrapper {
    name: &'static str,
    /// Single-letter flags with a value behind them.
    values: &'static str,
    /// Long flags with a value as the next argument.
    long_values: &'static [&'static str],
    /// Flags with which it runs something else, or perhaps nothing.
    other: &'static [&'static str],
    /// How many arguments of its own come before the program.
    operands: usize,
    /// Whether NAME=value may come before the program.
    assigns: bool,
}

const fn plain(name: &'static str, values: &'static str) -> Wrapper {
    Wrapper { name, values, long_values: &[], other: &[], operands: 0, assigns: false }
}

const WRAPPERS: &[Wrapper] = &[
    Wrapper {
        long_values: &["--user", "--group", "--host", "--prompt", "--chdir", "--role", "--type", "--command-timeout"],
        other: &["-e", "-l", "-i", "-s", "-v", "-V", "-K", "--edit", "--list", "--login", "--shell", "--validate"],
        assigns: true,
        ..plain("sudo", "ughpCDRrtTU")
    },
    plain("doas", "uC"),
    Wrapper {
        long_values: &["--unset", "--chdir"],
        other: &["-S", "--split-string"],
        assigns: true,
        ..plain("env", "uC")
    },
    plain("nohup", ""),
    plain("setsid", ""),
    Wrapper { long_values: &["--adjustment"], ..plain("nice", "n") },
    Wrapper { long_values: &["--class", "--classdata"], other: &["-p", "--pid"], ..plain("ionice", "cn") },
    Wrapper { long_values: &["--kill-after", "--signal"], operands: 1, ..plain("timeout", "ks") },
    Wrapper { long_values: &["--input", "--output", "--error"], ..plain("stdbuf", "ioe") },
    Wrapper { long_values: &["--format", "--output"], ..plain("time", "fo") },
    Wrapper {
        long_values: &["--arg-file", "--delimiter", "--max-args", "--max-procs", "--max-lines", "--max-chars"],
        other: &["-r", "--no-run-if-empty"],
        ..plain("xargs", "adEILnPs")
    },
];

/// The program behind a wrapper, with its arguments. `None` for a program that is no wrapper, or runs nothing that can be
/// told from its arguments.
pub(super) fn inner<'a>(file: &str, argv: &'a [String]) -> Option<&'a [String]> {
    let mut found: Option<&'a [String]> = None;
    let (mut file, mut argv) = (basename(file), argv);
    while let Some(wrapper) = WRAPPERS.iter().find(|wrapper| wrapper.name == file) {
        argv = behind(wrapper, argv)?;
        file = basename(argv.first()?);
        found = Some(argv);
    }
    // A program of somebody's own may be anything.
    found.filter(|argv| {
        argv.first().is_some_and(|name| {
            !name.contains('/') || ["/bin/", "/sbin/", "/usr/"].iter().any(|home| name.starts_with(home))
        })
    })
}

fn behind<'a>(wrapper: &Wrapper, argv: &'a [String]) -> Option<&'a [String]> {
    let mut at = 1;
    while let Some(arg) = argv.get(at) {
        if arg == "--" {
            at += 1;
            break;
        }
        if let Some(long) = arg.strip_prefix("--") {
            let name = arg.split('=').next().unwrap_or_default();
            if wrapper.other.contains(&name) {
                return None;
            }
            at += if !long.contains('=') && wrapper.long_values.contains(&name) { 2 } else { 1 };
        } else if let Some(letters) = arg.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            // What follows a letter with a value is that value.
            let valued = letters.find(|letter| wrapper.values.contains(letter));
            let flags = &letters[..valued.unwrap_or(letters.len())];
            if flags.chars().any(|flag| wrapper.other.contains(&format!("-{flag}").as_str())) {
                return None;
            }
            let attached = valued.is_none_or(|at| letters[at..].chars().count() > 1);
            at += if attached { 1 } else { 2 };
        } else if wrapper.assigns && arg.split_once('=').is_some_and(|(name, _)| !name.is_empty()) {
            at += 1;
        } else {
            break;
        }
    }
    argv.get(at + wrapper.operands..).filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::inner;

    #[rstest]
    #[case("sudo nginx -t", Some("nginx -t"))]
    #[case("sudo -u www-data LANG=C nginx -t", Some("nginx -t"))]
    #[case("sudo -nuroot -- nginx -t", Some("nginx -t"))]
    #[case("sudo --user=root env -i A=b timeout -k 5 10s nice -n 5 nginx -t", Some("nginx -t"))]
    #[case("nohup stdbuf -oL tail -f x", Some("tail -f x"))]
    #[case("nice -10 du", Some("du"))]
    #[case("xargs -n 1 rm -r", Some("rm -r"))]
    #[case("xargs -r rm", None)]
    #[case("sudo -i", None)]
    #[case("sudo -e /etc/hosts", None)]
    #[case("sudo ./nginx -t", None)]
    #[case("sudo /usr/sbin/nginx -t", Some("/usr/sbin/nginx -t"))]
    #[case("timeout 5", None)]
    #[case("nginx -t", None)]
    #[case("sudo", None)]
    #[case("env", None)]
    fn the_program_behind_is_found(#[case] line: &str, #[case] behind: Option<&str>) {
        let argv: Vec<String> = line.split(' ').map(str::to_string).collect();
        let found = inner(&argv[0], &argv).map(|argv| argv.join(" "));
        assert_eq!(found.as_deref(), behind);
    }
}
