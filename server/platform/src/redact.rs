//! Takes secrets out of command lines before they are stored: what was done is evidence, with which
//! password it was done is nobody's business.
//!
//! It knows the common ways of passing a secret (an option, an assignment, a header, a URL) and a few
//! programs with ways of their own. It can't know all; what it does not know stays.

use std::{ops::Range, sync::LazyLock};

use regex::{Captures, Regex};
use scorecards::{event::Kind, signal::basename};

/// What stands where a secret stood.
pub const REDACTED: &str = "REDACTED";

/// Commands in commands in commands are looked into so deep.
const DEPTH: u8 = 4;

/// The same event without the secrets of its command line.
#[must_use]
pub fn kind(kind: Kind) -> Kind {
    match kind {
        Kind::CommandRun(mut run) => {
            run.argv = arguments(&run.argv);
            Kind::CommandRun(run)
        }
        Kind::LineTyped { terminal, text } => Kind::LineTyped { terminal, text: line(&text) },
        other => other,
    }
}

/// Arguments of a program, its name first, without their secrets.
#[must_use]
pub fn arguments(argv: &[String]) -> Vec<String> {
    let words: Vec<&str> = argv.iter().map(String::as_str).collect();
    words_without_secrets(&words, DEPTH)
        .into_iter()
        .zip(argv)
        .map(|(new, old)| new.unwrap_or_else(|| old.clone()))
        .collect()
}

/// A line as it was typed at a shell, without its secrets.
#[must_use]
pub fn line(text: &str) -> String {
    line_without_secrets(text, DEPTH).unwrap_or_else(|| text.into())
}

/// The text of a file without its secrets: values of settings that are named like one, private keys, hashes of passwords.
#[must_use]
pub fn file(path: &str, text: &str) -> String {
    let shadow = ["/etc/shadow", "/etc/gshadow", "/etc/shadow-", "/etc/gshadow-"].contains(&path);
    let mut in_key = false;
    let mut out = String::with_capacity(text.len());
    for whole in text.split_inclusive('\n') {
        let (text, end) = whole.strip_suffix('\n').map_or((whole, ""), |text| (text, "\n"));
        if text.contains("-----END ") {
            in_key = false;
        }
        if in_key {
            out.push_str(REDACTED);
        } else if shadow {
            let hashed = |field: &str| field.len() > 2;
            let fields = text.split(':').enumerate();
            let fields: Vec<&str> =
                fields.map(|(at, field)| if at == 1 && hashed(field) { REDACTED } else { field }).collect();
            out.push_str(&fields.join(":"));
        } else if let Some(found) = SETTING.captures(text) {
            out.push_str(&found[1]);
            out.push_str(REDACTED);
        } else {
            out.push_str(&line(text));
        }
        if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY") {
            in_key = true;
        }
        out.push_str(end);
    }
    out
}

/// How a program is told a secret, beyond the ways that are common to all.
struct Way {
    /// The programs' base names.
    programs: &'static [&'static str],
    /// Options whose value is a secret, in the same argument (`-pSECRET`).
    joined: &'static [&'static str],
    /// Options whose value is a secret, in the next argument (`-p SECRET`).
    apart: &'static [&'static str],
    /// Options whose value is `user:SECRET`, in the next argument or the same.
    pairs: &'static [&'static str],
}

const WAYS: &[Way] = &[
    Way {
        programs: &[
            "mysql",
            "mysqladmin",
            "mysqldump",
            "mysqlimport",
            "mysqlcheck",
            "mysqlshow",
            "mariadb",
            "mariadb-admin",
            "mariadb-dump",
            "mariadb-import",
            "mariadb-check",
            "mariadb-show",
        ],
        joined: &["-p"],
        apart: &[],
        pairs: &[],
    },
    Way { programs: &["sshpass", "mongo", "mongosh"], joined: &["-p"], apart: &["-p"], pairs: &[] },
    Way { programs: &["docker", "podman", "useradd", "usermod"], joined: &[], apart: &["-p"], pairs: &[] },
    Way { programs: &["redis-cli"], joined: &[], apart: &["-a", "--pass"], pairs: &[] },
    Way {
        programs: &["ldapsearch", "ldapadd", "ldapmodify", "ldapwhoami"],
        joined: &["-w"],
        apart: &["-w"],
        pairs: &[],
    },
    Way { programs: &["curl"], joined: &[], apart: &[], pairs: &["-u", "--user", "-U", "--proxy-user"] },
];

const SECRET_NAME: &str =
    r"(?:password|passwd|passphrase|pgpassword|secret|token|api[-_]?key|access[-_]?key|auth[-_]?key|credentials?)";

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of this file, which the tests have compiled")
}

/// `--db-password=SECRET`, `PGPASSWORD=SECRET`, `-password=SECRET`; not `PWD=/somewhere`.
static ASSIGNED: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"(?is)^([\w.-]*{SECRET_NAME}[\w-]*|\w+_(?:pwd|pass|auth)|sshpass)=.+$")));
/// `db_password = SECRET`, `password: SECRET`, `"token": "SECRET"`; in a file of settings.
static SETTING: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r#"(?i)^(\s*(?:export\s+)?["']?[\w.-]*{SECRET_NAME}[\w-]*["']?\s*[=:]\s*)\S.*$"#)));
/// `--password`, with the secret in the next argument.
static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| regex(&format!(r"(?i)^--?(?:[\w]+-)*{SECRET_NAME}$")));
/// `Authorization: Bearer SECRET`.
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?is)^((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-auth-token|x-vault-token|private-token)(\s*:\s*)((?:basic|bearer|token|digest)\s+)?\S.*$",
    )
});
/// `https://user:SECRET@host`.
static USERINFO: LazyLock<Regex> = LazyLock::new(|| regex(r"([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+@"));
/// `?token=SECRET`.
static QUERY: LazyLock<Regex> = LazyLock::new(|| regex(&format!(r"(?i)([?&][\w-]*{SECRET_NAME}[\w-]*=)[^\s&#]+")));
/// `pass:SECRET`, as openssl takes it.
static OPENSSL: LazyLock<Regex> = LazyLock::new(|| regex(r"(?s)^pass:.+$"));
/// `name:SECRET`, as chpasswd takes it.
static CHPASSWD: LazyLock<Regex> = LazyLock::new(|| regex(r#"\b([a-z_][a-z0-9_-]*):[^\s'"|]+"#));

/// For each word what it becomes; `None` where it stays.
fn words_without_secrets(words: &[&str], depth: u8) -> Vec<Option<String>> {
    let mut out = vec![None; words.len()];
    let mut way: Option<&Way> = None;
    let mut at = 0;
    while at < words.len() {
        let (word, next) = (words[at], words.get(at + 1).copied());
        way = way.or_else(|| WAYS.iter().find(|way| way.programs.contains(&basename(word))));
        // A program with ways of its own decides first: mysql's --password has no value in the next word.
        if let Some(known) = way
            && let Some((which, new)) = by_way(known, word, next)
        {
            out[at + which] = Some(new);
            at += which + 1;
            continue;
        }
        let announces =
            ANNOUNCED.is_match(word) && way.is_none_or(|way| way.joined.is_empty() || !way.apart.is_empty());
        if announces && next.is_some_and(|next| !next.starts_with('-')) {
            out[at + 1] = Some(REDACTED.into());
            at += 2;
            continue;
        }
        out[at] = word_without_secrets(word, depth);
        at += 1;
    }
    htpasswd(words, &mut out);
    out
}

/// The word (0: this, 1: the next) that is or holds a secret, and what it becomes.
fn by_way(way: &Way, word: &str, next: Option<&str>) -> Option<(usize, String)> {
    let value = |option: &&&str| word.strip_prefix(**option).filter(|value| !value.is_empty());
    if let Some(option) = way.joined.iter().find(|option| value(option).is_some()) {
        return Some((0, format!("{option}{REDACTED}")));
    }
    if way.apart.contains(&word) && next.is_some() {
        return Some((1, REDACTED.into()));
    }
    if way.pairs.contains(&word)
        && let Some((user, _)) = next.and_then(|next| next.split_once(':'))
    {
        return Some((1, format!("{user}:{REDACTED}")));
    }
    way.pairs.iter().find_map(|option| {
        let (user, _) = value(&option)?.split_once(':')?;
        Some((0, format!("{option}{user}:{REDACTED}")))
    })
}

/// `htpasswd -b FILE USER SECRET` has it as its last word.
fn htpasswd(words: &[&str], out: &mut [Option<String>]) {
    let Some(at) = words.iter().position(|word| basename(word) == "htpasswd") else {
        return;
    };
    let batch = words[at..].iter().any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('b'));
    if batch && let Some(last) = out.last_mut() {
        *last = Some(REDACTED.into());
    }
}

fn word_without_secrets(word: &str, depth: u8) -> Option<String> {
    if let Some(found) = ASSIGNED.captures(word) {
        return Some(format!("{}={REDACTED}", &found[1]));
    }
    if let Some(found) = HEADER.captures(word) {
        let scheme = found.get(3).map_or("", |scheme| scheme.as_str());
        return Some(format!("{}{}{scheme}{REDACTED}", &found[1], &found[2]));
    }
    if OPENSSL.is_match(word) {
        return Some(format!("pass:{REDACTED}"));
    }
    let changed = |regex: &Regex, text: &str, end: &str| {
        let new = regex.replace_all(text, |found: &Captures<'_>| format!("{}{REDACTED}{end}", &found[1]));
        (new != text).then(|| new.into_owned())
    };
    let mut new = changed(&USERINFO, word, "@");
    if let Some(newer) = changed(&QUERY, new.as_deref().unwrap_or(word), "") {
        new = Some(newer);
    }
    // A command within a word: sh -c '…'.
    if word.contains(char::is_whitespace)
        && depth > 0
        && let Some(newer) = line_without_secrets(new.as_deref().unwrap_or(word), depth - 1)
    {
        new = Some(newer);
    }
    new
}

/// A shell line without its secrets; `None` when it has none.
fn line_without_secrets(text: &str, depth: u8) -> Option<String> {
    let chpasswd = text.contains("chpasswd").then(|| CHPASSWD.replace_all(text, format!("$1:{REDACTED}")).into_owned());
    let text = chpasswd.as_deref().unwrap_or(text);
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for command in commands(text) {
        let words: Vec<&str> = command.iter().map(|word| word.value.as_str()).collect();
        for (word, new) in command.iter().zip(words_without_secrets(&words, depth)) {
            let Some(new) = new else { continue };
            out.push_str(&text[copied..word.span.start]);
            out.push_str(&requoted(&text[word.span.clone()], &new));
            copied = word.span.end;
        }
    }
    out.push_str(&text[copied..]);
    (copied > 0 || chpasswd.is_some()).then_some(out)
}

/// The new word in the quotes of the old one, where it had some.
fn requoted(old: &str, new: &str) -> String {
    if !new.contains(|c: char| c.is_whitespace() || "'\"$`|;&<>()".contains(c)) {
        new.into()
    } else if old.contains('"') && !new.contains(['"', '$', '`']) {
        format!("\"{new}\"")
    } else {
        format!("'{}'", new.replace('\'', r"'\''"))
    }
}

/// A word of a shell line.
struct Word {
    /// Where it stands, quotes included.
    span: Range<usize>,
    /// Without its quotes.
    value: String,
}

/// The simple commands of a shell line. Unbalanced quotes reach to the end.
fn commands(text: &str) -> Vec<Vec<Word>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<Word> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        let breaks = quote.is_none() && (c.is_whitespace() || "|;&()<>".contains(c));
        if breaks {
            if let (Some(mut done), Some(command)) = (word.take(), commands.last_mut()) {
                done.span.end = at;
                command.push(done);
            }
            if "|;&()\n".contains(c) {
                commands.push(Vec::new());
            }
            continue;
        }
        let word = word.get_or_insert_with(|| Word { span: at..text.len(), value: String::new() });
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None | Some('"'), '\\') => word.value.extend(chars.next().map(|(_, c)| c)),
            _ => word.value.push(c),
        }
    }
    if let (Some(done), Some(command)) = (word, commands.last_mut()) {
        command.push(done);
    }
    commands
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("mysql -u root -phunter2 shop", "mysql -u root -pREDACTED shop")]
    #[case("/usr/bin/mysqldump -phunter2 --all-databases", "/usr/bin/mysqldump -pREDACTED --all-databases")]
    #[case("mysql --password shop", "mysql --password shop")]
    #[case("mysql -p shop", "mysql -p shop")]
    #[case("sudo mysql -phunter2", "sudo mysql -pREDACTED")]
    #[case("mysql --password=hunter2", "mysql --password=REDACTED")]
    #[case("tool --db-password=hunter2 --port=80", "tool --db-password=REDACTED --port=80")]
    #[case("tool --password hunter2 start", "tool --password REDACTED start")]
    #[case("tool --token --verbose", "tool --token --verbose")]
    #[case("env PGPASSWORD=hunter2 psql shop", "env PGPASSWORD=REDACTED psql shop")]
    #[case("PGPASSWORD=hunter2 psql shop", "PGPASSWORD=REDACTED psql shop")]
    #[case("export MYSQL_PWD=hunter2", "export MYSQL_PWD=REDACTED")]
    #[case("AWS_SECRET_ACCESS_KEY=abc aws s3 ls", "AWS_SECRET_ACCESS_KEY=REDACTED aws s3 ls")]
    #[case("env PWD=/srv ls", "env PWD=/srv ls")]
    #[case("sshpass -p hunter2 ssh web1", "sshpass -p REDACTED ssh web1")]
    #[case("redis-cli -a hunter2 ping", "redis-cli -a REDACTED ping")]
    #[case("curl -u maya:hunter2 http://web1/", "curl -u maya:REDACTED http://web1/")]
    #[case("curl -u maya http://web1/", "curl -u maya http://web1/")]
    #[case("curl http://maya:hunter2@web1/x", "curl http://maya:REDACTED@web1/x")]
    #[case("curl 'http://web1/?a=1&token=abc#x'", "curl http://web1/?a=1&token=REDACTED#x")]
    #[case("htpasswd -bc /etc/nginx/users maya hunter2", "htpasswd -bc /etc/nginx/users maya REDACTED")]
    #[case("openssl rsa -passin pass:hunter2", "openssl rsa -passin pass:REDACTED")]
    #[case("nginx -t", "nginx -t")]
    #[case("ss -tlnp", "ss -tlnp")]
    #[case("cp -p a b", "cp -p a b")]
    #[case("mkdir -p /srv/token", "mkdir -p /srv/token")]
    #[case("ls /etc/passwd", "ls /etc/passwd")]
    fn of_arguments(#[case] command: &str, #[case] expected: &str) {
        let argv: Vec<String> = commands(command).remove(0).into_iter().map(|word| word.value).collect();
        let argv =
            if command.contains('&') { vec!["curl".into(), "http://web1/?a=1&token=abc#x".into()] } else { argv };
        assert_eq!(arguments(&argv).join(" "), expected);
    }

    #[rstest]
    #[case("Authorization: Bearer abc.def", "Authorization: Bearer REDACTED")]
    #[case("authorization:abc", "authorization:REDACTED")]
    #[case("X-Api-Key: abc", "X-Api-Key: REDACTED")]
    #[case("Cookie: a=b; c=d", "Cookie: REDACTED")]
    #[case("Content-Type: text/plain", "Content-Type: text/plain")]
    fn of_headers(#[case] header: &str, #[case] expected: &str) {
        let argv = ["curl", "-H", header, "http://web1/"].map(String::from);
        assert_eq!(arguments(&argv)[2], expected);
    }

    #[rstest]
    #[case("mysql -phunter2 < dump.sql", "mysql -pREDACTED < dump.sql")]
    #[case("ls -l && PGPASSWORD='hunter 2' psql", "ls -l && PGPASSWORD=REDACTED psql")]
    #[case(
        r#"curl -H "Authorization: Bearer abc" http://web1/"#,
        r#"curl -H "Authorization: Bearer REDACTED" http://web1/"#
    )]
    #[case("bash -c 'mysql -phunter2 -e \"select 1\"'", "bash -c 'mysql -pREDACTED -e \"select 1\"'")]
    #[case("echo 'maya:hunter2' | sudo chpasswd", "echo 'maya:REDACTED' | sudo chpasswd")]
    #[case("echo \"nothing to hide\"  |  cat", "echo \"nothing to hide\"  |  cat")]
    #[case("echo 'unbalanced", "echo 'unbalanced")]
    #[case("mysql -phunter2; cp -pr a b", "mysql -pREDACTED; cp -pr a b")]
    fn of_lines(#[case] typed: &str, #[case] expected: &str) {
        assert_eq!(line(typed), expected);
    }

    #[rstest]
    #[case("/etc/app.conf", "db_password = hunter2\nport = 80\n", "db_password = REDACTED\nport = 80\n")]
    #[case("/etc/app.yml", "  token: abc\n  name: x", "  token: REDACTED\n  name: x")]
    #[case("/etc/app.json", "  \"api_key\": \"abc\",\n", "  \"api_key\": REDACTED\n")]
    #[case("/etc/shadow", "root:*:1:\nmaya:$6$abc:1:\n", "root:*:1:\nmaya:REDACTED:1:\n")]
    #[case("/root/fix.sh", "mysql -phunter2 shop\n", "mysql -pREDACTED shop\n")]
    #[case(
        "/k",
        "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\nrest\n",
        "-----BEGIN PRIVATE KEY-----\nREDACTED\n-----END PRIVATE KEY-----\nrest\n"
    )]
    fn of_files(#[case] path: &str, #[case] text: &str, #[case] expected: &str) {
        assert_eq!(file(path, text), expected);
        assert_eq!(file(path, &file(path, text)), expected);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic_and_twice_is_once(text in ".{0,80}") {
            let once = line(&text);
            prop_assert_eq!(line(&once), once.clone());
        }

        #[test]
        fn what_has_no_secret_stays(words in proptest::collection::vec("[a-z]{1,6}|-[a-z]{1,3}|/[a-z/]{1,9}", 1..8)) {
            let argv: Vec<String> = std::iter::once("ls".to_string()).chain(words).collect();
            let known = argv.iter().any(|word| WAYS.iter().any(|way| way.programs.contains(&basename(word))));
            prop_assume!(!known && !argv.iter().any(|word| ANNOUNCED.is_match(word) || word.contains("htpasswd")));
            prop_assert_eq!(arguments(&argv), argv);
        }
    }
}
