//! What was changed in a box: each file with its difference.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use platform::views::{ChangesView, HostChanges, Viewer};
use similar::{ChangeTag, TextDiff};
use uuid::Uuid;
use wire::layer::{Change, Content, Kind, Side};

use crate::{
    context::{Stop, page, signed_in},
    parts::{Tone, frame, notice},
    words,
};

/// How many lines of a difference are shown.
const LINES: usize = 400;
/// How many lines around a change are shown.
const AROUND: usize = 3;

/// What programs keep for themselves: shown last, and folded.
const OWN_KEEPING: [&str; 12] = [
    "/var/log/",
    "/var/cache/",
    "/var/lib/systemd/",
    "/var/lib/dpkg/",
    "/var/lib/apt/",
    "/var/tmp/",
    "/var/spool/",
    "/etc/machine-id",
    "/.bash_history",
    "/.lesshst",
    "/.viminfo",
    "/.cache/",
];

/// The page at `/attempts/{id}/changes`.
#[component]
#[must_use]
pub fn Changes() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id");
    page(
        async move {
            let (platform, viewer) = signed_in().await?;
            let id = id.and_then(|id| Uuid::parse_str(&id).ok()).ok_or(Stop::NotFound)?;
            let changes = platform.changes(&viewer, id).await?;
            Ok((viewer, changes))
        },
        |(viewer, changes)| show(&viewer, &changes),
    )
}

/// Shows them.
#[must_use]
pub fn show(viewer: &Viewer, view: &ChangesView) -> AnyView {
    let result = format!("/attempts/{}/result", view.summary.id);
    let whose = if view.learner_id == viewer.id { "you".to_owned() } else { view.learner.clone() };
    let none = view.hosts.is_empty().then(|| {
        notice(
            Tone::Quiet,
            "Nothing was kept",
            "What was changed in this box could not be kept when the attempt ended, or has been kept long enough."
                .into(),
        )
    });
    frame(
        &format!("What was changed: {}", view.summary.title),
        viewer,
        view! {
            <nav class="crumbs" aria-label="Where you are">
                <a href="/">"Home"</a>
                <a href=result>"Result"</a>
            </nav>
            <div class="title-row"><h1>"What was changed"</h1></div>
            <p class="quiet">
                {format!("The difference between the box as {whose} got it and as it was left: {}. Services write files as well. Secrets are taken out.", view.summary.title)}
            </p>
            {none}
            {view.hosts.iter().map(host).collect_view()}
        },
    )
}

fn host(of: &HostChanges) -> AnyView {
    let (own, by_hand): (Vec<&Change>, Vec<&Change>) =
        of.changes.iter().partition(|change| is_own_keeping(&change.path));
    let name = of.host.clone().map(|name| view! { <h2>{name}</h2> });
    let cut = of.cut.then(|| {
        notice(Tone::Quiet, "Not all of it", "More was changed than is kept here; the list is not complete.".into())
    });
    let empty = by_hand.is_empty().then(|| view! { <p>"Nothing was changed."</p> });
    let folded = (!own.is_empty()).then(|| {
        let count = words::count(own.len(), "file", "files");
        view! {
            <details class="changes-own">
                <summary>{format!("{count} that programs keep for themselves: logs, caches, histories")}</summary>
                {own.into_iter().map(change).collect_view()}
            </details>
        }
    });
    view! {
        <section class="changes">
            {name}
            {cut}
            {empty}
            {by_hand.into_iter().map(change).collect_view()}
            {folded}
        </section>
    }
    .into_any()
}

fn is_own_keeping(path: &str) -> bool {
    let at_its_place = |own: &str| if own.starts_with("/.") { path.contains(own) } else { path.starts_with(own) };
    OWN_KEEPING.iter().any(|own| at_its_place(own))
}

fn change(change: &Change) -> AnyView {
    // What a name may hold must not look like something else.
    let path: String =
        change.path.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect();
    let word = match (&change.before, &change.after) {
        (None, _) => "Added",
        (_, None) => "Removed",
        _ if change.content => "Changed",
        _ => "Rights changed",
    };
    view! {
        <article class="change">
            <h3 class="change-head">
                <span class="change-word">{word}</span>
                <code class="change-path">{path}</code>
            </h3>
            {rights(change)}
            {content(change)}
        </article>
    }
    .into_any()
}

/// What else is to be said of it, in words.
fn rights(change: &Change) -> Option<AnyView> {
    let one = |side: &Side| {
        let kind = match side.kind {
            Kind::File => "file",
            Kind::Directory => "directory",
            Kind::Link => "link",
            Kind::Other => "socket, fifo or device",
        };
        format!("{kind}, mode {:04o}, owner {}:{}", side.mode, side.uid, side.gid)
    };
    let words = match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            let (before, after) = (one(before), one(after));
            if before == after { return None } else { format!("{before} → {after}") }
        }
        (None, Some(side)) | (Some(side), None) => one(side),
        (None, None) => return None,
    };
    Some(view! { <p class="change-rights">{words}</p> }.into_any())
}

fn content(change: &Change) -> Option<AnyView> {
    if !change.content {
        return None;
    }
    let of = |side: &Option<Side>| side.as_ref().map(|side| side.content.clone());
    let (before, after) = (of(&change.before).flatten(), of(&change.after).flatten());
    let text = |content: &Option<Content>, side: &Option<Side>| match content {
        Some(Content::Text(text)) => Some(text.clone()),
        None if side.is_none() => Some(String::new()),
        _ => None,
    };
    match (text(&before, &change.before), text(&after, &change.after)) {
        (Some(before), Some(after)) => Some(diff(&before, &after)),
        _ => {
            let size = |side: &Option<Side>| side.as_ref().map_or(0, |side| side.size);
            let (was, is) = (size(&change.before), size(&change.after));
            let words = match (before, after) {
                (Some(Content::Binary), _) | (_, Some(Content::Binary)) => "It is no text",
                (Some(Content::TooLong), _) | (_, Some(Content::TooLong)) => "It is too long to be shown",
                (None, None) => return None,
                _ => "What it was is not known",
            };
            Some(
                view! { <p class="change-rights">{format!("{words}: {was} bytes before, {is} after.")}</p> }.into_any(),
            )
        }
    }
}

fn diff(before: &str, after: &str) -> AnyView {
    if before == after {
        // All that differs was a secret.
        let words = if before.is_empty() { "It is empty." } else { "Only what was taken out of it differs." };
        return view! { <p class="change-rights">{words}</p> }.into_any();
    }
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    let mut more = 0;
    for group in diff.grouped_ops(AROUND) {
        if !lines.is_empty() {
            lines.push(("diff-gap", " ", "…".to_owned()));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (class, sign) = match change.tag() {
                ChangeTag::Equal => ("diff-same", " "),
                ChangeTag::Insert => ("diff-new", "+"),
                ChangeTag::Delete => ("diff-old", "-"),
            };
            if lines.len() < LINES {
                lines.push((class, sign, change.value().trim_end_matches('\n').to_owned()));
            } else {
                more += 1;
            }
        }
    }
    let rest = (more > 0).then(|| view! { <p class="change-rights">{format!("{more} lines more are not shown.")}</p> });
    view! {
        <pre class="diff" tabindex="0"><code>
            {lines.into_iter().map(|(class, sign, text)| view! { <span class=class>{format!("{sign} {text}\n")}</span> }).collect_view()}
        </code></pre>
        {rest}
    }
    .into_any()
}
