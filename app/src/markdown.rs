//! Markdown to HTML. What a lab's author wrote is text, never markup: raw HTML is shown as it stands.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The HTML of this Markdown, the highest heading an `<h3>`, raw HTML escaped, links only to where a page may lead.
pub(crate) fn to_html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events: Vec<Event<'_>> = Parser::new_ext(markdown, options).collect();
    // A page has its own first and second heading, and authors begin with one sign or two: the highest becomes a third.
    let highest = events.iter().filter_map(level).min().unwrap_or(HeadingLevel::H1);
    let events = events.into_iter().map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: below(level, highest), id, classes, attrs })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level, highest))),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = if harmless(&dest_url) { dest_url } else { "#".into() };
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        // A lab's folder is not served, and other places' pictures would be blocked.
        Event::Start(Tag::Image { .. }) => Event::Start(Tag::Emphasis),
        Event::End(TagEnd::Image) => Event::End(TagEnd::Emphasis),
        event => event,
    });
    let mut out = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut out, events);
    // A wide block scrolls by itself, so the keyboard must be able to get there.
    out.replace("<pre>", "<pre tabindex=\"0\">")
        .replace("<table>", "<div class=\"table-scroll\" tabindex=\"0\"><table>")
        .replace("</table>", "</table></div>")
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
    use super::to_html;

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
