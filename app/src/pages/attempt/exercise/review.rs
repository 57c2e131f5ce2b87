//! A change that is reviewed: its lines, whole or side by side, and remarks on them.

use leptos::prelude::*;
use platform::views::{Category, Comment, Line, ReviewView, Severity};
use uuid::Uuid;

use crate::markdown;

/// The change, with the remarks under their lines.
pub(crate) fn change(change: ReviewView) -> AnyView {
    let ReviewView { title, author, description, files, comments } = change;
    let files = files.iter().map(|(path, lines)| file(path, lines, &comments)).collect_view();
    view! {
        <section aria-labelledby="change">
            <h2 id="change">{title}</h2>
            <p class="quiet">{format!("by {author}")}</p>
            <div class="prose" inner_html=markdown::to_html(&description)></div>
            <fieldset class="segmented change-views">
                <legend class="unseen">"Show the change"</legend>
                <label><input type="radio" name="change-view" id="change-unified" checked /> <span>"In one column"</span></label>
                <label><input type="radio" name="change-view" id="change-split" /> <span>"Side by side"</span></label>
            </fieldset>
            {files}
        </section>
    }
    .into_any()
}

/// Names an element after a file and a line.
fn anchor(path: &str, line: u32) -> String {
    let path: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("line-{path}-{line}")
}

fn file(path: &str, lines: &[Line], comments: &[Comment]) -> AnyView {
    let unified = lines.iter().map(|line| unified(path, line, comments)).collect_view();
    let split = side_by_side(lines).into_iter().map(|(before, after)| split(path, before, after)).collect_view();
    let caption = path.to_string();
    view! {
        <div class="change-file" tabindex="0" role="region" aria-label=format!("The change of {path}")>
            <table class="change-lines change-unified">
                <caption>{caption.clone()}</caption>
                <thead class="unseen">
                    <tr><th scope="col">"Line before"</th><th scope="col">"Line after"</th><th scope="col">"Text"</th></tr>
                </thead>
                <tbody>{unified}</tbody>
            </table>
            <table class="change-lines change-split">
                <caption>{caption}</caption>
                <thead class="unseen">
                    <tr><th scope="col">"Line before"</th><th scope="col">"Before"</th><th scope="col">"Line after"</th><th scope="col">"After"</th></tr>
                </thead>
                <tbody>{split}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// What happened to a line, as a class and as words for who does not see colours.
fn sign(line: &Line) -> (&'static str, &'static str, &'static str) {
    match (line.before, line.after) {
        (None, _) => ("line-added", "+", "added: "),
        (_, None) => ("line-removed", "-", "removed: "),
        _ => ("", " ", ""),
    }
}

/// The number of a line; a click puts it into the form for remarks.
fn number(path: &str, line: Option<u32>, may_be_remarked: bool) -> AnyView {
    let Some(line) = line else { return view! { <td class="line-number"></td> }.into_any() };
    if may_be_remarked {
        view! { <td class="line-number" data-remark-file=path.to_string() data-remark-line=line>{line}</td> }.into_any()
    } else {
        view! { <td class="line-number">{line}</td> }.into_any()
    }
}

fn unified(path: &str, line: &Line, comments: &[Comment]) -> AnyView {
    let (class, sign, words) = sign(line);
    let here = |comment: &&Comment| Some(comment.line) == line.after && comment.file == path;
    let remarks = comments
        .iter()
        .filter(here)
        .map(|comment| view! { <tr class="line-remark"><td colspan="3">{said(comment)}</td></tr> })
        .collect_view();
    view! {
        <tr class=class id=line.after.map(|line| anchor(path, line))>
            {number(path, line.before, false)}
            {number(path, line.after, true)}
            <td class="line-text"><span class="unseen">{words}</span><span aria-hidden="true">{format!("{sign} ")}</span><code>{line.text.clone()}</code></td>
        </tr>
        {remarks}
    }
    .into_any()
}

/// Lines that were removed beside those that came in their place.
fn side_by_side(lines: &[Line]) -> Vec<(Option<&Line>, Option<&Line>)> {
    let mut rows = Vec::new();
    let mut rest = lines;
    while let Some(line) = rest.first() {
        if line.before.is_some() && line.after.is_some() {
            rows.push((Some(line), Some(line)));
            rest = &rest[1..];
            continue;
        }
        let changed = rest.iter().take_while(|line| line.before.is_none() || line.after.is_none()).count();
        let (block, after) = rest.split_at(changed);
        rest = after;
        let removed: Vec<&Line> = block.iter().filter(|line| line.after.is_none()).collect();
        let added: Vec<&Line> = block.iter().filter(|line| line.before.is_none()).collect();
        rows.extend((0..removed.len().max(added.len())).map(|at| (removed.get(at).copied(), added.get(at).copied())));
    }
    rows
}

fn split(path: &str, before: Option<&Line>, after: Option<&Line>) -> AnyView {
    let side = |line: Option<&Line>| {
        let (class, _, words) = line.map_or(("line-none", "", ""), sign);
        let text = line.map(|line| line.text.clone()).unwrap_or_default();
        view! { <td class=format!("line-text {class}")><span class="unseen">{words}</span><code>{text}</code></td> }
            .into_any()
    };
    view! {
        <tr>
            {number(path, before.and_then(|line| line.before), false)}
            {side(before)}
            {number(path, after.and_then(|line| line.after), true)}
            {side(after)}
        </tr>
    }
    .into_any()
}

fn category(category: Category) -> &'static str {
    match category {
        Category::Access => "Access: who gets in, who may what",
        Category::Secret => "Secret: it can be read here",
        Category::Outage => "Outage: destroys, replaces or interrupts",
        Category::Correctness => "Correctness: it does not do what it says",
        Category::Policy => "Policy: tags, names, regions, cost",
        Category::Style => "Style: how it is written",
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Blocker => "Blocker: must not be merged so",
        Severity::ShouldFix => "Should be mended",
        Severity::Nit => "A matter of taste, or a question",
    }
}

fn said(comment: &Comment) -> AnyView {
    view! {
        <p class="remark-kind">{category(comment.category)} ". " {severity(comment.severity)} "."</p>
        <p>{comment.text.clone()}</p>
    }
    .into_any()
}

/// The remarks, and a form for another one.
pub(super) fn remarks(id: Uuid, change: &ReviewView) -> AnyView {
    let made = change
        .comments
        .iter()
        .map(|comment| {
            // By what it says, and not by its place: that another tab may have changed.
            let whole = comment.whole();
            view! {
                <li class="remark">
                    <p><a href=format!("#{}", anchor(&comment.file, comment.line))>{format!("{}, line {}", comment.file, comment.line)}</a></p>
                    {said(comment)}
                    <button class="button button-small" type="submit" name="take-back" value=whole formaction=format!("/attempts/{id}/comments/take-back")>
                        "Take back" <span class="unseen">{format!(" the remark on {}, line {}", comment.file, comment.line)}</span>
                    </button>
                </li>
            }
        })
        .collect_view();
    let files = change
        .files
        .iter()
        .map(|(path, _)| view! { <option value=path.clone()>{path.clone()}</option> })
        .collect_view();
    let categories = Category::ALL
        .iter()
        .map(|one| view! { <option value=one.to_string()>{category(*one)}</option> })
        .collect_view();
    let severities = Severity::ALL
        .iter()
        .map(|one| view! { <option value=one.to_string()>{severity(*one)}</option> })
        .collect_view();
    view! {
        <h2 id="remarks" tabindex="-1">"Your remarks"</h2>
        {if change.comments.is_empty() {
            view! { <p class="quiet">"None yet. Say where, what it is about, how bad it is, and what you would do about it."</p> }.into_any()
        } else {
            view! { <ol class="remarks">{made}</ol> }.into_any()
        }}
        <fieldset class="remark-form" id="remark">
            <legend>"A remark"</legend>
            <div class="remark-place">
                <label>"File" <select class="input" name="remark-file" data-now="">{files}</select></label>
                <label>"Line after the change" <input class="input input-number" name="remark-line" inputmode="numeric" autocomplete="off" data-now="" /></label>
            </div>
            <label>"About" <select class="input" name="remark-category" data-now=""><option value="">"Choose …"</option>{categories}</select></label>
            <label>"How bad" <select class="input" name="remark-severity" data-now=""><option value="">"Choose …"</option>{severities}</select></label>
            <label>"What you would say" <textarea class="input" name="remark-text" rows="3" data-now=""></textarea></label>
            <button class="button" type="submit" formaction=format!("/attempts/{id}/comments")>"Add the remark"</button>
        </fieldset>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(before: Option<u32>, after: Option<u32>) -> Line {
        Line { before, after, text: String::new() }
    }

    #[test]
    fn what_came_in_the_place_of_what_stands_beside_it() {
        let lines = [
            line(Some(1), Some(1)),
            line(Some(2), None),
            line(Some(3), None),
            line(None, Some(2)),
            line(Some(4), Some(3)),
            line(None, Some(4)),
        ];
        let numbers: Vec<(Option<u32>, Option<u32>)> = side_by_side(&lines)
            .into_iter()
            .map(|(before, after)| (before.and_then(|line| line.before), after.and_then(|line| line.after)))
            .collect();
        assert_eq!(
            numbers,
            [(Some(1), Some(1)), (Some(2), Some(2)), (Some(3), None), (Some(4), Some(3)), (None, Some(4))]
        );
    }
}
