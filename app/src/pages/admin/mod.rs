//! For whoever runs the installation. These pages work without a script.

mod row;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use platform::{
    operations::{EngineHealth, Leftover, PoolRow, Stock},
    views::Viewer,
};

use crate::{
    context::{page, signed_in},
    parts::{Tone, frame, notice},
    words,
};

/// The page at `/admin/sandboxes`.
#[component]
#[must_use]
pub fn Sandboxes() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let number = |key: &str| query.get(key).and_then(|text| text.parse().ok()).unwrap_or(0);
    let done = match query.get("done").as_deref() {
        Some("ended") => Some(Done::Ended),
        Some("cleared") => Some(Done::Cleared { gone: number("gone"), kept: number("kept") }),
        _ => None,
    };
    page(
        async move {
            let (platform, viewer) = signed_in().await?;
            let stock = platform.sandboxes(&viewer).await?;
            Ok((viewer, stock))
        },
        move |(viewer, stock)| show(&viewer, &stock, done),
    )
}

/// What was done just before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// An attempt is being ended.
    Ended,
    /// Leftovers were cleared away.
    Cleared {
        /// How many things are gone.
        gone: usize,
        /// How many could not be removed.
        kept: usize,
    },
}

/// Shows it.
#[must_use]
pub fn show(viewer: &Viewer, stock: &Stock, done: Option<Done>) -> AnyView {
    let done = done.map(|done| match done {
        Done::Ended => notice(
            Tone::Good,
            "The attempt is being ended",
            "Its learner is told, and what was done in it is kept. Reload this page in a moment to see it gone.".into(),
        ),
        Done::Cleared { gone, kept: 0 } => notice(
            Tone::Good,
            "Cleared away",
            format!("{} removed.", words::count(gone, "thing was", "things were")),
        ),
        Done::Cleared { gone, kept } => notice(
            Tone::Care,
            "Not everything could be cleared away",
            format!(
                "{} removed, {kept} stayed because they are in use or the engine refused. `belay sandbox gc` says which.",
                words::count(gone, "thing was", "things were")
            ),
        ),
    });
    let trouble = match &stock.engine {
        EngineHealth::Trouble(words) => Some(notice(
            Tone::Bad,
            "The container engine does not work",
            format!("{words} What is listed here is what is stored; attempts wait until the engine is back."),
        )),
        EngineHealth::Well { .. } => None,
    };
    frame(
        "Machines",
        viewer,
        view! {
            <nav class="crumbs" aria-label="Where you are"><a href="/">"Home"</a></nav>
            <div class="title-row"><h1>"Machines"</h1></div>
            <p class="lead">"What is on the container engine, who holds it, and what can go."</p>
            {done}
            {trouble}
            {health(stock)}
            {in_use(stock)}
            {leftovers(stock)}
        },
    )
}

fn fact(name: &'static str, value: String) -> AnyView {
    view! { <div class="fact"><dt>{name}</dt><dd>{value}</dd></div> }.into_any()
}

/// How the engine is and how much room there is.
fn health(stock: &Stock) -> AnyView {
    let engine = match &stock.engine {
        EngineHealth::Well { name, cpus, .. } => {
            format!("{name}, {}", words::count(usize::try_from(*cpus).unwrap_or(0), "processor", "processors"))
        }
        EngineHealth::Trouble(_) => "does not work".into(),
    };
    let total = match &stock.engine {
        EngineHealth::Well { memory, .. } => format!(" of {}", words::bytes(*memory)),
        EngineHealth::Trouble(_) => String::new(),
    };
    let free = stock.room.memory_free.map(|free| fact("Memory free", format!("{}{total}", words::bytes(free))));
    // Said where it is what will end first: memory for so many boxes no machine has.
    let scarce = stock.room.inotify_instances.filter(|count| boxes(*count) < MANY);
    let watches = scarce.map(|count| {
        fact("Room for", format!("about {} by file watches", words::count(boxes(count), "machine", "machines")))
    });
    let waiting = usize::try_from(stock.waiting).unwrap_or(usize::MAX);
    let wanted: Vec<&PoolRow> = stock.pool.iter().filter(|row| row.ready > 0 || row.target > 0).collect();
    let pool = (!wanted.is_empty()).then(|| pool(&wanted));
    view! {
        <section aria-labelledby="health">
            <h2 id="health">"The engine"</h2>
            <dl class="facts">
                {fact("Engine", engine)}
                {free}
                {watches}
                {fact("In use", words::count(stock.sandboxes.len(), "machine", "machines"))}
                {fact("Waiting for a place", words::count(waiting, "learner", "learners"))}
            </dl>
            {pool}
        </section>
    }
    .into_any()
}

/// More boxes than a machine has memory for.
const MANY: usize = 400;

/// A box with systemd takes about eight watches, and the machine itself a few.
fn boxes(inotify_instances: u64) -> usize {
    usize::try_from(inotify_instances / 8).unwrap_or(usize::MAX)
}

fn pool(rows: &[&PoolRow]) -> AnyView {
    let rows = rows
        .iter()
        .map(|row| {
            view! {
                <tr>
                    <th scope="row">{row.lab.clone()}</th>
                    <td class="number">{row.ready}</td>
                    <td class="number">{row.target}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-scroll">
            <table class="table" aria-label="Machines that are ready before anybody asks">
                <thead>
                    <tr>
                        <th scope="col">"Ready for"</th>
                        <th scope="col" class="number">"Ready"</th>
                        <th scope="col" class="number">"Wanted"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn in_use(stock: &Stock) -> AnyView {
    let table = if stock.sandboxes.is_empty() {
        view! { <p class="quiet">"Nobody has a machine at the moment."</p> }.into_any()
    } else {
        let rows = stock.sandboxes.iter().map(|sandbox| row::show(sandbox, stock)).collect_view();
        let dialogs = stock.sandboxes.iter().filter(|row| row::can_end(row)).map(row::dialog).collect_view();
        view! {
            <table class="table stock" aria-labelledby="in-use">
                <thead>
                    <tr>
                        <th scope="col">"Learner and lab"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="number">"Since"</th>
                        <th scope="col" class="number">"Last activity"</th>
                        <th scope="col" class="number">"Memory"</th>
                        <th scope="col"><span class="unseen">"What you can do"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {dialogs}
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="in-use">
            <h2 id="in-use">"In use"</h2>
            {table}
        </section>
    }
    .into_any()
}

fn leftovers(stock: &Stock) -> AnyView {
    let count = stock.leftovers.len() + stock.unused.len();
    if count == 0 {
        return view! {
            <section aria-labelledby="leftovers">
                <h2 id="leftovers">"Leftovers"</h2>
                <p class="quiet">"There is nothing that nobody needs."</p>
            </section>
        }
        .into_any();
    }
    let containers = stock.leftovers.iter().map(leftover).collect_view();
    let unused = stock
        .unused
        .iter()
        .map(|unused| view! { <li><code>{unused.name.clone()}</code>" "<span class="quiet">{row::kind(unused.kind)}</span></li> })
        .collect_view();
    view! {
        <section aria-labelledby="leftovers">
            <h2 id="leftovers">"Leftovers"</h2>
            <p>"No attempt needs these any more. What is in use by anybody on this engine is not among them, and stays."</p>
            <ul class="plain-list">{containers}{unused}</ul>
            <form method="post" action="/admin/sandboxes/clear">
                <button class="button" type="submit">{format!("Clear {} away", words::count(count, "leftover", "leftovers"))}</button>
            </form>
        </section>
    }
    .into_any()
}

fn leftover(left: &Leftover) -> AnyView {
    let short: String = left.container.chars().take(12).collect();
    let state = if left.running { "a machine that runs for nobody" } else { "a machine that has ended" };
    view! { <li><code>{short}</code>" "<span class="quiet">{format!("{state}, of {}", left.lab)}</span></li> }
        .into_any()
}
