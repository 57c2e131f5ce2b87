//! Markdown to HTML. What a lab's author wrote is text, never markup: raw HTML is shown as it stands, but for what unfolds.
//!
//! Behind code, `{{exec}}` and `{{copy}}` stand for buttons, and a link to `port:80/path` for a tab of the attempt's page.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream, html};
use pulldown_cmark_escape::escape_html;

/// The HTML of this Markdown, the highest heading an `<h3>`, raw HTML escaped, links only to where a page may lead.
pub(crate) fn to_html(markdown: &str) -> String {
    render(markdown, false)
}

/// The same for one line that stands in a place where a paragraph can't.
pub(crate) fn line(markdown: &str) -> String {
    let html = to_html(markdown);
    let bare = html.trim().strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>"));
    // What is more than a paragraph is shown as it was written.
    bare.filter(|html| !html.contains("<p>")).map_or_else(|| escaped(markdown), Into::into)
}

/// Text as HTML that shows it.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    // A String takes all that is written to it.
    let _ = escape_html(&mut escaped, text);
    escaped
}

/// The same for a page with terminals: what can be run or copied at a click has a button.
pub(crate) fn with_buttons(markdown: &str) -> String {
    render(markdown, true)
}

fn render(markdown: &str, buttons: bool) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events: Vec<Event<'_>> = TextMergeStream::new(Parser::new_ext(markdown, options)).collect();
    // A page has its own first and second heading, and authors begin with one sign or two: the highest becomes a third.
    let highest = events.iter().filter_map(level).min().unwrap_or(HeadingLevel::H1);
    let unfolds = unfolding_is_whole(&events);
    let mut out = Vec::with_capacity(events.len());
    let mut events = events.into_iter().peekable();
    while let Some(event) = events.next() {
        match event {
            Event::Start(Tag::HtmlBlock) => {
                let mut block = String::new();
                while let Some(Event::Html(text)) = events.next_if(|event| matches!(event, Event::Html(_))) {
                    block.push_str(&text);
                }
                events.next_if_eq(&Event::End(TagEnd::HtmlBlock));
                match unfolding(&block).filter(|_| unfolds) {
                    Some(html) => out.push(Event::Html(html.into())),
                    None => {
                        let text = Event::Text(block.into());
                        out.extend([Event::Start(Tag::Paragraph), text, Event::End(TagEnd::Paragraph)]);
                    }
                }
            }
            Event::Html(text) | Event::InlineHtml(text) => out.push(Event::Text(text)),
            Event::Start(Tag::Heading { level, id, classes, attrs }) => {
                out.push(Event::Start(Tag::Heading { level: below(level, highest), id, classes, attrs }));
            }
            Event::End(TagEnd::Heading(level)) => out.push(Event::End(TagEnd::Heading(below(level, highest)))),
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                if let Some(link) = port(&dest_url).filter(|_| buttons) {
                    // It ends as any link does.
                    out.push(Event::InlineHtml(link.into()));
                } else {
                    let dest_url = if harmless(&dest_url) { dest_url } else { "#".into() };
                    out.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
                }
            }
            // A lab's folder is not served, and other places' pictures would be blocked.
            Event::Start(Tag::Image { .. }) => out.push(Event::Start(Tag::Emphasis)),
            Event::End(TagEnd::Image) => out.push(Event::End(TagEnd::Emphasis)),
            Event::Code(code) => {
                let marker = match events.peek() {
                    Some(Event::Text(text)) => Marker::leading(text).map(|(marker, rest)| (marker, rest.to_string())),
                    _ => None,
                };
                out.push(Event::Code(code.clone()));
                if let Some((marker, rest)) = marker {
                    events.next();
                    out.extend(marker.button(&code).filter(|_| buttons).map(|html| Event::InlineHtml(html.into())));
                    out.push(Event::Text(rest.into()));
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let (language, marker) = Marker::of_fence(&info);
                out.push(Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language.to_string().into()))));
                let mut code = String::new();
                while let Some(Event::Text(text)) = events.next_if(|event| matches!(event, Event::Text(_))) {
                    code.push_str(&text);
                }
                out.push(Event::Text(code.clone().into()));
                out.extend(events.next());
                let button = marker.and_then(|marker| marker.button(&code)).filter(|_| buttons);
                out.extend(button.map(|html| Event::Html(format!("<p class=\"run-block\">{html}</p>\n").into())));
            }
            event => out.push(event),
        }
    }
    let mut html = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut html, out.into_iter());
    // A wide block scrolls by itself, so the keyboard must be able to get there.
    html.replace("<pre>", "<pre tabindex=\"0\">")
        .replace("<table>", "<div class=\"table-scroll\" tabindex=\"0\"><table>")
        .replace("</table>", "</table></div>")
}

/// What stands in braces behind code: `{{exec}}`, `{{exec interrupt}}`, `{{copy}}`.
struct Marker {
    run: bool,
    options: String,
}

impl Marker {
    /// The marker that a text begins with, and what is behind it.
    fn leading(text: &str) -> Option<(Self, &str)> {
        let (inner, rest) = text.strip_prefix("{{")?.split_once("}}")?;
        let (name, options) = inner.trim().split_once(' ').unwrap_or((inner.trim(), ""));
        let run = match name {
            "exec" => true,
            "copy" => false,
            _ => return None,
        };
        Some((Self { run, options: options.trim().into() }, rest))
    }

    /// The language and the marker of a block's first line.
    fn of_fence(info: &str) -> (&str, Option<Self>) {
        match info.find("{{").and_then(|at| Some((at, Self::leading(&info[at..])?.0))) {
            Some((at, marker)) => (info[..at].trim(), Some(marker)),
            None => (info, None),
        }
    }

    fn button(&self, code: &str) -> Option<String> {
        let code = code.trim_end_matches('\n');
        let (mut text, mut options) = (String::new(), String::new());
        // Writing to a string does not fail.
        escape_html(&mut text, code).ok()?;
        escape_html(&mut options, &self.options).ok()?;
        let (attribute, word, long) =
            if self.run { ("data-run", "Run", "Run in the terminal") } else { ("data-copy", "Copy", "Copy") };
        Some(format!(
            "<button class=\"run\" type=\"button\" {attribute}=\"{text}\" data-options=\"{options}\" aria-label=\"{long}: {text}\">{word}</button>"
        ))
    }
}

/// The beginning of a link to a port's tab, for an address such as `port:80/path`.
fn port(address: &str) -> Option<String> {
    let rest = address.strip_prefix("port:")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let port: u16 = rest[..digits].parse().ok()?;
    let mut path = String::new();
    escape_html(&mut path, &rest[digits..]).ok()?;
    Some(format!("<a href=\"#tools\" data-port=\"{port}\" data-path=\"{path}\">"))
}

/// A block of HTML that is nothing but `<details>` and `<summary>`, as it may stand on the page.
fn unfolding(block: &str) -> Option<String> {
    let mut out = String::new();
    for line in block.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line {
            "<details>" | "</details>" => out.push_str(line),
            line => {
                let words = line.strip_prefix("<summary>")?.strip_suffix("</summary>")?;
                out.push_str("<summary>");
                escape_html(&mut out, words).ok()?;
                out.push_str("</summary>");
            }
        }
        out.push('\n');
    }
    Some(out)
}

/// Whether all that unfolds also ends: what is left open would take in the rest of the page.
fn unfolding_is_whole(events: &[Event<'_>]) -> bool {
    let mut open = 0_i32;
    for event in events {
        let Event::Html(text) = event else { continue };
        for line in text.lines() {
            match line.trim() {
                "<details>" => open += 1,
                "</details>" => open -= 1,
                _ => {}
            }
            if open < 0 {
                return false;
            }
        }
    }
    open == 0
}

fn level(event: &Event<'_>) -> Option<HeadingLevel> {
    if let Event::Start(Tag::Heading { level, .. }) = event { Some(*level) } else { None }
}

/// The level on the page of a heading, where the highest becomes the third.
fn below(level: HeadingLevel, highest: HeadingLevel) -> HeadingLevel {
    HeadingLevel::try_from(3 + level as usize - highest as usize).unwrap_or(HeadingLevel::H6)
}

fn harmless(address: &str) -> bool {
    match address.split_once(':') {
        None => true,
        Some((scheme, _)) => {
            scheme.contains(['/', '?', '#'])
                || ["http", "https", "mailto"].contains(&scheme.to_ascii_lowercase().as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{to_html, with_buttons};

    #[test]
    fn code_with_a_marker_has_a_button_where_there_is_a_terminal() {
        let html = with_buttons("`ls \"a\"`{{exec interrupt}} and `b`{{copy}}, `c`{{other}}");
        assert_eq!(
            html.trim(),
            "<p><code>ls \"a\"</code><button class=\"run\" type=\"button\" data-run=\"ls &quot;a&quot;\" data-options=\"interrupt\" aria-label=\"Run in the terminal: ls &quot;a&quot;\">Run</button> and \
             <code>b</code><button class=\"run\" type=\"button\" data-copy=\"b\" data-options=\"\" aria-label=\"Copy: b\">Copy</button>, <code>c</code>{{other}}</p>"
        );
        assert_eq!(to_html("`ls`{{exec}}, yes").trim(), "<p><code>ls</code>, yes</p>");
        let html = with_buttons("```bash {{exec}}\nls <a>\npwd\n```\n");
        assert!(
            html.starts_with("<pre tabindex=\"0\"><code class=\"language-bash\">ls &lt;a&gt;\npwd\n</code></pre>"),
            "{html}"
        );
        assert!(html.contains("data-run=\"ls &lt;a&gt;\npwd\""), "{html}");
        assert!(!to_html("``` {{copy}}\nx\n```").contains("{{"));
    }

    #[test]
    fn links_to_ports_are_for_pages_with_tabs() {
        assert!(with_buttons("[site](port:80/a\"b)").contains("<a href=\"#tools\" data-port=\"80\" data-path=\"/a"));
        assert!(to_html("[site](port:80/)").contains("href=\"#\""));
        assert!(with_buttons("[x](port:99999)").contains("href=\"#\""));
    }

    #[test]
    fn what_unfolds_does_so_and_what_is_left_open_does_not() {
        let html = to_html("<details>\n<summary>A <b> tip</summary>\n\n`ls`\n\n</details>\n\nafter");
        assert!(
            html.contains("<details>\n<summary>A &lt;b&gt; tip</summary>\n<p><code>ls</code></p>\n</details>\n"),
            "{html}"
        );
        let html = to_html("<details>\n\nnever closed");
        assert!(html.contains("&lt;details&gt;"), "{html}");
        assert!(to_html("<details onclick=x>\n\n</details>").contains("&lt;details onclick"));
    }

    #[test]
    fn raw_html_is_text() {
        let html = to_html("a <b onclick=x>b</b>\n\n<script>alert(1)</script>\n");
        assert!(html.contains("&lt;script&gt;") && html.contains("&lt;b onclick=x&gt;"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<b "), "{html}");
    }

    #[test]
    fn links_lead_to_pages_only() {
        assert!(to_html("[x](javascript:alert(1))").contains("href=\"#\""));
        assert!(to_html("[x](JavaScript:alert(1))").contains("href=\"#\""));
        assert!(to_html("[x](https://example.org/a:b)").contains("href=\"https://example.org/a:b\""));
        assert!(to_html("[x](/labs/a:b)").contains("href=\"/labs/a:b\""));
    }

    #[test]
    fn headings_fit_below_those_of_the_page() {
        assert_eq!(to_html("# Ticket").trim(), "<h3>Ticket</h3>");
        assert_eq!(to_html("## What is wanted\n### How").trim(), "<h3>What is wanted</h3>\n<h4>How</h4>");
        assert_eq!(to_html("# a\n###### b").trim(), "<h3>a</h3>\n<h6>b</h6>");
    }

    #[test]
    fn code_can_be_reached_by_keyboard() {
        assert!(to_html("```sh\nss -tlnp\n```").starts_with("<pre tabindex=\"0\"><code class=\"language-sh\">"));
    }

    #[test]
    fn typed_html_in_code_stays_code() {
        assert!(to_html("`<pre>`").contains("&lt;pre&gt;"));
    }
}
