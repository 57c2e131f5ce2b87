//! The Markdown of Killercoda and Katacoda: code that can be clicked, addresses of ports, quizzes, raw HTML.
//!
//! What comes out is Belay's Markdown, in which `` `ls`{{exec}} `` and a fence that begins with ```` ```bash {{exec}} ````
//! have a button that types them into the terminal, `{{copy}}` one that copies, and `[site](port:80/)` opens a preview.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::{Captures, Regex};

use super::Report;

/// What a page says, and what it wants done.
#[derive(Default)]
pub(super) struct Page {
    /// As Belay shows it.
    pub(super) markdown: String,
    /// The lines that can be clicked to be run, in order; not those of a key such as `^C`, or that are not ended.
    pub(super) commands: Vec<String>,
    /// The ports that it leads to.
    pub(super) ports: BTreeSet<u16>,
    /// Files that it gives a name and a text.
    pub(super) files: Vec<(String, String)>,
    /// Questions with their right answers.
    pub(super) quiz: Vec<(String, Vec<String>)>,
}

/// Stand for the braces of a marker that is ours, while those of others are made harmless.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// Reads a page.
pub(super) fn page(text: &str, place: &str, report: &mut Report) -> Page {
    let mut reading = Reading { place, report, page: Page::default() };
    let text = reading.files(text);
    let mut out = String::with_capacity(text.len());
    let mut lines = text.lines();
    let mut prose = String::new();
    while let Some(line) = lines.next() {
        let Some(fence) = Fence::open(line) else {
            prose.push_str(line);
            prose.push('\n');
            continue;
        };
        out.push_str(&reading.prose(&std::mem::take(&mut prose)));
        let mut code = String::new();
        let mut marker = None;
        for line in lines.by_ref() {
            if let Some(after) = fence.close(line) {
                marker = Some(after);
                break;
            }
            code.push_str(line);
            code.push('\n');
        }
        if marker.is_none() {
            reading.report.left_out(place, "a block of code is never closed; it is now, at the end of the page");
        }
        out.push_str(&reading.block(&fence, &code, marker.unwrap_or_default()));
    }
    out.push_str(&reading.prose(&prose));
    let mut page = reading.page;
    page.markdown = harmless(&out).replace(OPEN, "{{").replace(CLOSE, "}}");
    page
}

/// The beginning of a block of code.
struct Fence<'l> {
    indent: &'l str,
    signs: &'l str,
    info: String,
}

impl<'l> Fence<'l> {
    fn open(line: &'l str) -> Option<Self> {
        static LOOK: LazyLock<Regex> = LazyLock::new(|| regex(r"^([ \t]*)(`{3,}|~{3,})([^`]*)$"));
        static LINES: LazyLock<Regex> = LazyLock::new(|| regex(r"\{[0-9,\- ]*\}"));
        let found = LOOK.captures(line)?;
        let (_, [indent, signs, info]) = found.extract();
        // Lines that are to be highlighted: of no use here.
        Some(Self { indent, signs, info: LINES.replace(info.trim(), "").trim().into() })
    }

    /// What stands behind the end of the block, where this line is its end.
    fn close<'e>(&self, line: &'e str) -> Option<&'e str> {
        let rest = line.trim_start();
        let sign = self.signs.chars().next()?;
        let after = rest.trim_start_matches(sign);
        let long = rest.len() - after.len() >= self.signs.len();
        (long && (after.trim().is_empty() || after.trim_start().starts_with("{{"))).then_some(after)
    }
}

struct Reading<'r> {
    place: &'r str,
    report: &'r mut Report,
    page: Page,
}

impl Reading<'_> {
    /// Katacoda's `<pre class="file">`, as a block of code: with a name it is a file of the learner's, without to be copied.
    fn files(&mut self, text: &str) -> String {
        static FILE: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?s)<pre\s+class="file"([^>]*)>(.*?)</pre>"#));
        static NAME: LazyLock<Regex> = LazyLock::new(|| regex(r#"data-filename="([^"]*)""#));
        let replaced = FILE.replace_all(text, |found: &Captures<'_>| {
            let body = unescaped(found[2].trim_matches('\n'));
            let name = NAME.captures(&found[1]).map(|name| name[1].to_string());
            let copied = found[1].contains("clipboard") || name.is_none();
            let title = name.as_ref().map(|name| format!("`{name}`:\n\n")).unwrap_or_default();
            if let Some(name) = name.filter(|_| !copied) {
                self.report
                    .adapted(self.place, format!("the editor wrote {name} at a click; here the learner writes it"));
                self.page.files.push((name, body.clone()));
            }
            format!("\n{title}```\n{body}\n```{{{{copy}}}}\n")
        });
        replaced.into_owned()
    }

    fn block(&mut self, fence: &Fence<'_>, code: &str, after: &str) -> String {
        let Fence { indent, signs, info } = fence;
        let code = self.in_code(code);
        let (marker, rest) = self.marker(after, code.trim_end_matches('\n'));
        let marker = marker.map(|marker| format!(" {marker}")).unwrap_or_default();
        let rest = if rest.trim().is_empty() { String::new() } else { format!("{}\n", self.prose(rest.trim())) };
        format!("{indent}{signs}{info}{marker}\n{code}{indent}{signs}\n{rest}")
    }

    /// Text outside of blocks of code: its code spans with what stands behind each.
    fn prose(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('`') {
            let signs = rest[start..].chars().take_while(|c| *c == '`').count();
            let open = start + signs;
            let Some(length) = span(&rest[open..], signs) else {
                out.push_str(&self.words(&rest[..open]));
                rest = &rest[open..];
                continue;
            };
            out.push_str(&self.words(&rest[..start]));
            let code = self.in_code(&rest[open..open + length]);
            let after = &rest[open + length + signs..];
            let (marker, after) = self.marker(after, code.trim());
            out.push_str(&format!("{0}{code}{0}{1}", "`".repeat(signs), marker.unwrap_or_default()));
            rest = after;
        }
        out.push_str(&self.words(rest));
        out
    }

    /// The marker that a text begins with, as ours, and what is behind it.
    fn marker<'t>(&mut self, text: &'t str, code: &str) -> (Option<String>, &'t str) {
        static MARKER: LazyLock<Regex> = LazyLock::new(|| regex(r"^[ \t]*\{\{[ \t]*([^}\n]*?)[ \t]*\}\}"));
        let Some(found) = MARKER.captures(text) else { return (None, text) };
        let rest = &text[found[0].len()..];
        let written = found[1].to_string();
        if written.starts_with("TRAFFIC") {
            return (None, text);
        }
        let mut words = written.split_whitespace();
        let Some(first) = words.next() else { return (None, rest) };
        let Some(kind) = self.kind(first) else { return (None, rest) };
        let mut options = Vec::new();
        for word in words {
            match word {
                "interrupt" => options.push("interrupt"),
                "no-newline" => options.push("no-newline"),
                "ctrl-seq" => options.push("ctrl-seq"),
                word if is_terminal(word) => {
                    if !matches!(word, "T1" | "HOST1") {
                        let what = format!("`{written}` names a terminal; here it is the one that is open");
                        self.report.adapted(self.place, what);
                    }
                }
                word => self.report.left_out(self.place, format!("`{word}` in {{{{{written}}}}} means nothing here")),
            }
        }
        if kind == "exec" && !options.contains(&"ctrl-seq") && !options.contains(&"no-newline") {
            self.page.commands.push(code.into());
        }
        let options: String = options.iter().map(|option| format!(" {option}")).collect();
        (Some(format!("{OPEN}{kind}{options}{CLOSE}")), rest)
    }

    /// What a marker's first word means, also where it is misspelt.
    fn kind(&mut self, word: &str) -> Option<&'static str> {
        const KNOWN: [(&str, &str); 4] = [("exec", "exec"), ("execute", "exec"), ("copy", "copy"), ("open", "open")];
        let lower = word.to_lowercase();
        let meant = KNOWN.into_iter().find(|(name, _)| *name == lower).or_else(|| {
            let near = |name: &str| strsim::damerau_levenshtein(&lower, name);
            let nearest = KNOWN.into_iter().min_by_key(|(name, _)| near(name))?;
            (near(nearest.0) <= if nearest.0.len() > 4 { 2 } else { 1 }).then(|| {
                self.report.adapted(self.place, format!("{{{{{word}}}}} is taken for {{{{{}}}}}", nearest.0));
                nearest
            })
        });
        match meant {
            Some((_, "open")) => {
                self.report.adapted(self.place, "what opened a file in the editor is shown by its name alone");
                None
            }
            Some((_, kind)) => Some(kind),
            None => {
                self.report.left_out(self.place, format!("{{{{{word}}}}} means nothing here"));
                None
            }
        }
    }

    /// Code, with the addresses that it asks.
    fn in_code(&mut self, code: &str) -> String {
        self.addresses(code, |port, path| format!("http://127.0.0.1:{port}{path}"))
    }

    /// Words that are not code.
    fn words(&mut self, text: &str) -> String {
        static BARE: LazyLock<Regex> = LazyLock::new(|| regex(r"(\]\()?(port:[0-9]+[^\s)<>]*)"));
        let text = self.quizzes(text);
        let text = self.addresses(&text, |port, path| format!("port:{port}{path}"));
        let text = BARE.replace_all(&text, |found: &Captures<'_>| match found.get(1) {
            Some(_) => found[0].to_string(),
            None => {
                let address = found[2].trim_end_matches(['.', ',', ';']);
                format!("[{address}]({address}){}", &found[2][address.len()..])
            }
        });
        self.html(&text)
    }

    /// Replaces what stands for the address of a port.
    fn addresses(&mut self, text: &str, address: impl Fn(u16, &str) -> String) -> String {
        static KILLERCODA: LazyLock<Regex> =
            LazyLock::new(|| regex(r"\{\{\s*TRAFFIC_HOST[0-9]_([0-9]{1,5})\s*\}\}((?:/[^\s)\]'`<>]*)?)"));
        static KATACODA: LazyLock<Regex> = LazyLock::new(|| {
            regex(
                r"(?:https?://)?\[\[HOST_?[0-9]*_SUBDOMAIN\]\]-([0-9]{1,5})-\[\[KATACODA_HOST\]\](?:\.environments\.katacoda\.com)?((?:/[^\s)\]'`<>]*)?)",
            )
        });
        let mut text = text.to_string();
        for placeholder in [&*KILLERCODA, &*KATACODA] {
            let replaced = placeholder.replace_all(&text, |found: &Captures<'_>| {
                let Some(port) = found[1].parse().ok().filter(|port| *port > 0) else { return found[0].to_string() };
                if self.page.ports.insert(port) {
                    self.report.understood(self.place, format!("port {port} is a tab of the page"));
                }
                address(port, &found[2])
            });
            text = replaced.into_owned();
        }
        if text.contains("{{TRAFFIC_SELECTOR}}") {
            self.report.adapted(self.place, "the page to choose a port is the tab \"Another port\" here");
            text = text.replace("{{TRAFFIC_SELECTOR}}", "#");
        }
        for ip in ["[[HOST_IP]]", "[[HOST1_IP]]"] {
            if text.contains(ip) {
                self.report.adapted(self.place, format!("{ip} is 127.0.0.1 here"));
                text = text.replace(ip, "127.0.0.1");
            }
        }
        if text.contains("/etc/killercoda/host") {
            self.report
                .not_here(self.place, "/etc/killercoda/host is not there: the ports' addresses are the page's to know");
        }
        text
    }

    /// Katacoda's quizzes, as questions to think about.
    fn quizzes(&mut self, text: &str) -> String {
        static QUESTION: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s*>>\s*(?:Q[0-9]*\s*[:.]\s*)?(.*?)\s*<<\s*$"));
        static OPTION: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s*(\(\*\)|\( ?\)|\[\*\]|\[ ?\])\s*(.*)$"));
        static ANSWER: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s*(===|=~=)\s*(.*)$"));
        if !text.contains(">>") {
            return text.into();
        }
        let mut out = String::with_capacity(text.len());
        let mut open = false;
        for line in text.split_inclusive('\n') {
            if let Some(found) = QUESTION.captures(line.trim_end_matches('\n')) {
                self.page.quiz.push((found[1].to_string(), Vec::new()));
                self.report.adapted(self.place, "a quiz's answers are told after the lab, and not asked for");
                out += &format!("**{}**\n\n", &found[1]);
                open = true;
            } else if let Some(found) = OPTION.captures(line.trim_end_matches('\n')).filter(|_| open) {
                out += &format!("- {}\n", &found[2]);
                if found[1].contains('*') {
                    self.answered(&found[2]);
                }
            } else if let Some(found) = ANSWER.captures(line.trim_end_matches('\n')).filter(|_| open) {
                self.answered(&found[2]);
            } else {
                open &= line.trim().is_empty();
                out.push_str(line);
            }
        }
        out
    }

    fn answered(&mut self, answer: &str) {
        if let Some((_, answers)) = self.page.quiz.last_mut() {
            answers.push(answer.trim().into());
        }
    }

    /// Raw HTML: what unfolds stays, line breaks and bold text become Markdown, the rest is taken away and its words stay.
    fn html(&mut self, text: &str) -> String {
        static TAG: LazyLock<Regex> =
            LazyLock::new(|| regex(r"(?s)<!--.*?-->|</?([a-zA-Z][a-zA-Z0-9]*)(\s[^<>]*)?/?>"));
        static ALT: LazyLock<Regex> = LazyLock::new(|| regex(r#"alt\s*=\s*["']([^"']*)["']"#));
        static PICTURE: LazyLock<Regex> = LazyLock::new(|| regex(r"!\[([^\]]*)\]\([^)]*\)"));
        let text = PICTURE.replace_all(text, |found: &Captures<'_>| {
            self.report.not_here(self.place, "pictures are not shown: their words stand in their place");
            if found[1].trim().is_empty() { String::new() } else { format!("*{}*", &found[1]) }
        });
        let replaced = TAG.replace_all(&text, |found: &Captures<'_>| {
            let Some(name) = found.get(1) else { return String::new() };
            let closing = found[0].starts_with("</");
            match name.as_str().to_lowercase().as_str() {
                "details" => if closing { "\n</details>\n" } else { "\n<details>\n" }.into(),
                "summary" => if closing { "</summary>\n\n" } else { "<summary>" }.into(),
                "br" => "  \n".into(),
                "b" | "strong" => "**".into(),
                "i" | "em" => "*".into(),
                "code" => "`".into(),
                "img" => {
                    self.report.not_here(self.place, "pictures are not shown: their words stand in their place");
                    let alt = found.get(2).and_then(|rest| ALT.captures(rest.as_str()));
                    alt.map(|alt| format!("*{}*", &alt[1])).unwrap_or_default()
                }
                name => {
                    self.report.left_out(self.place, format!("the HTML <{name}>; its words stay"));
                    String::new()
                }
            }
        });
        replaced.into_owned()
    }
}

/// `T2`, `HOST1`.
fn is_terminal(word: &str) -> bool {
    let number = word.strip_prefix("HOST").or_else(|| word.strip_prefix('T'));
    number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// How long a code span is that ends with so many backticks.
fn span(text: &str, signs: usize) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].find('`').map(|at| from + at) {
        let run = text[at..].chars().take_while(|c| *c == '`').count();
        if run == signs {
            // An empty line ends the paragraph, and what is in it.
            return (!text[..at].contains("\n\n")).then_some(at);
        }
        from = at + run;
    }
    None
}

/// Makes `{{name}}` of others' text, where it would be a variable of the lab.
fn harmless(text: &str) -> String {
    static VARIABLE: LazyLock<Regex> = LazyLock::new(|| regex(r"\{\{(\s*[a-z][a-z0-9_]*\s*\}\})"));
    VARIABLE.replace_all(text, r"\{{$1").into_owned()
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern that is tested")
}
