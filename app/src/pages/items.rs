//! How a lab does, for who writes it or relies on it: how hard it is, how long it takes, which parts tell people apart, and
//! which can't be relied on.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use platform::views::{ItemView, ItemsView, Viewer};
use scorecards::{
    item::{ENOUGH, Item, Part},
    score::About,
};

use crate::{
    context::{Stop, page, signed_in},
    parts::{Tone, frame, notice},
    words,
};

/// The page at `/labs/{id}/statistics`.
#[component]
#[must_use]
pub fn Items() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id");
    page(
        async move {
            let (platform, viewer) = signed_in().await?;
            let items = platform.items(&viewer, &id.ok_or(Stop::NotFound)?).await?;
            Ok((viewer, items))
        },
        |(viewer, items)| show(&viewer, items),
    )
}

/// Shows it.
#[must_use]
pub fn show(viewer: &Viewer, view: ItemsView) -> AnyView {
    let heading = format!("How it does: {}", view.title);
    let nobody = view.items.is_empty().then(|| {
        view! { <p>"Nobody has come to its end yet. What is said here comes from attempts that were finished, or whose time was up."</p> }
    });
    let cut = view.cut.then(|| {
        notice(Tone::Quiet, "Only the newest attempts", "There are older ones as well; they are not looked at.".into())
    });
    let items =
        (1..).zip(view.items).map(|(number, item): (usize, _)| version(number, &item, view.fewest)).collect_view();
    frame(
        &heading.clone(),
        viewer,
        view! {
            <nav class="crumbs" aria-label="Where you are">
                <a href="/">"Home"</a>
                <a href=format!("/labs/{}", view.lab)>{view.title}</a>
            </nav>
            <div class="title-row"><h1>{heading}</h1></div>
            <p class="lead">"What attempts say of the lab, and of nobody who made them. Each version stands by itself: a lab that was changed is another one."</p>
            {nobody}
            {cut}
            {items}
        },
    )
}

fn version(number: usize, view: &ItemView, fewest: usize) -> AnyView {
    let name = if view.current { "As it is now".into() } else { format!("As it was until {}", day(view.last)) };
    let id = format!("version-{number}");
    let short: String = view.version.chars().take(10).collect();
    let said = match &view.item {
        Some(item) => figures(item, id.clone()),
        None => {
            let tried = words::count(view.people, "person has", "people have");
            let words =
                format!("{tried} tried it. More is said from {fewest} people on, so that it is said of nobody.");
            view! { <p>{words}</p> }.into_any()
        }
    };
    let heading = id.clone();
    view! {
        <section aria-labelledby=id>
            <div class="section-head">
                <h2 id=heading>{name}</h2>
                <p class="quiet">{format!("version {short}, tried from {} to {}", day(view.first), day(view.last))}</p>
            </div>
            {said}
        </section>
    }
    .into_any()
}

fn figures(item: &Item, id: String) -> AnyView {
    let few = (item.sittings < ENOUGH).then(|| {
        let words =
            format!("With fewer than {ENOUGH} attempts it is a matter of luck which parts tell people apart, so that is not said.");
        view! { <p class="quiet">{words}</p> }
    });
    view! {
        <dl class="facts">
            {fact("Attempts", format!("{} of {}", item.sittings, words::count(item.people, "person", "people")))}
            {fact("Passed", share(item.passed, item.decided))}
            {fact("Minutes", minutes(item))}
            {fact("Hints taken", hints(item))}
        </dl>
        <div class="table-scroll">
            <table class="table" aria-labelledby=id>
                <thead>
                    <tr>
                        <th scope="col">"Check or way of working"</th>
                        <th scope="col" class="number">"Right"</th>
                        <th scope="col" class="number">"Tells apart"</th>
                        <th scope="col">"To look at"</th>
                    </tr>
                </thead>
                <tbody>{item.parts.iter().map(part).collect_view()}</tbody>
            </table>
        </div>
        {few}
    }
    .into_any()
}

fn day(at: chrono::DateTime<chrono::Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}

fn fact(name: &'static str, value: String) -> AnyView {
    view! {
        <div class="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

fn share(part: usize, of: usize) -> String {
    let percent = (part * 100 + of / 2).checked_div(of);
    percent.map_or_else(|| "\u{2013}".into(), |percent| format!("{part} of {of} ({percent} %)"))
}

fn minutes(item: &Item) -> String {
    match item.minutes {
        Some([first, second, third]) => format!("{second:.0}, half of them {first:.0} to {third:.0}"),
        None => "\u{2013}".into(),
    }
}

fn hints(item: &Item) -> String {
    if item.hints.is_empty() {
        return "It has none".into();
    }
    let taken = (1..).zip(&item.hints).map(|(number, taken): (usize, _)| format!("{number}: {taken}"));
    taken.collect::<Vec<_>>().join(", ")
}

fn part(part: &Part) -> AnyView {
    let kind = match part.about {
        About::Check => "check",
        About::Signal => "way of working",
        About::Hint => "hint",
    };
    let apart = part.discrimination.map_or_else(|| "\u{2013}".into(), |d| format!("{d:.2}"));
    view! {
        <tr>
            <th scope="row">{part.title.clone()} " " <span class="quiet">{kind}</span></th>
            <td class="number">{share(part.right, part.seen)}</td>
            <td class="number">{apart}</td>
            <td>{doubts(part).join(" ")}</td>
        </tr>
    }
    .into_any()
}

/// What whoever writes the lab should look at.
fn doubts(part: &Part) -> Vec<String> {
    let mut doubts = Vec::new();
    if part.broken > 0 {
        doubts.push(format!("Could not be made in {}.", words::count(part.broken, "attempt", "attempts")));
    }
    if part.flipped > 0 {
        doubts.push(format!(
            "Changed its mind while nothing was done in {}.",
            words::count(part.flipped, "attempt", "attempts")
        ));
    }
    match part.discrimination {
        Some(below) if below < 0.0 => {
            doubts.push(
                "Those who do the rest well get it wrong more often: is it asked clearly, and is it right?".into(),
            );
        }
        Some(little) if little < 0.2 => doubts.push("It hardly tells apart who knows from who does not.".into()),
        _ => {}
    }
    if part.seen >= ENOUGH && part.right == part.seen {
        doubts.push("Everybody has it right.".into());
    }
    if part.seen >= ENOUGH && part.right == 0 {
        doubts.push("Nobody has it right.".into());
    }
    doubts
}
