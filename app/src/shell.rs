//! The document around every page, and which page is at which address.

use http::request::Parts;
use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::pages;

/// The whole document. The server renders it for every address in the list of routes, and as its fallback.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let styles = format!("/{}/app.css", options.site_pkg_dir);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=styles />
                <MetaTags />
                {alive().then(|| view! { <HydrationScripts options islands=true /> })}
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Whether the page has islands: those with a terminal have, and all others do without a script.
fn alive() -> bool {
    use_context::<Parts>().is_some_and(|parts| has_islands(parts.uri.path()))
}

fn has_islands(path: &str) -> bool {
    matches!(
        path.trim_matches('/').split('/').collect::<Vec<_>>()[..],
        ["attempts" | "copies", _] | ["attempts", _, "replay" | "watch"]
    )
}

/// The pages by address.
#[component]
#[must_use]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Belay".into() } else { format!("{title} \u{b7} Belay") } />
        <Router>
            <FlatRoutes fallback=pages::problem::not_found>
                <Route path=path!("/") view=pages::home::Home ssr=SsrMode::Async />
                <Route path=path!("/signin") view=pages::signin::SignIn ssr=SsrMode::Async />
                <Route path=path!("/labs/:id") view=pages::lab::Lab ssr=SsrMode::Async />
                <Route path=path!("/attempts/:id") view=pages::attempt::Attempt ssr=SsrMode::Async />
                <Route path=path!("/attempts/:id/changes") view=pages::changes::Changes ssr=SsrMode::Async />
                <Route path=path!("/copies/:id") view=pages::copy::Copy ssr=SsrMode::Async />
                <Route path=path!("/labs/:id/statistics") view=pages::items::Items ssr=SsrMode::Async />
                <Route path=path!("/judging") view=pages::judging::inbox::Inbox ssr=SsrMode::Async />
                <Route path=path!("/judging/:id") view=pages::judging::case::Case ssr=SsrMode::Async />
                <Route path=path!("/evidence") view=pages::judging::evidence::Evidence ssr=SsrMode::Async />
                <Route path=path!("/people/:id/figures") view=pages::figures::Figures ssr=SsrMode::Async />
                <Route path=path!("/admin/sandboxes") view=pages::admin::Sandboxes ssr=SsrMode::Async />
                <Route path=path!("/attempts/:id/replay") view=pages::replay::Replay ssr=SsrMode::Async />
                <Route path=path!("/attempts/:id/watch") view=pages::watch::Watch ssr=SsrMode::Async />
                <Route path=path!("/attempts/:id/result") view=pages::result::Result ssr=SsrMode::Async />
            </FlatRoutes>
        </Router>
    }
}

#[cfg(test)]
mod tests {
    use super::has_islands;

    #[test]
    fn only_pages_with_a_terminal_bring_scripts() {
        assert!(has_islands("/attempts/0198"));
        assert!(has_islands("/attempts/0198/"));
        assert!(has_islands("/attempts/0198/replay"));
        assert!(has_islands("/attempts/0198/watch"));
        assert!(has_islands("/copies/0198"));
        assert!(!has_islands("/attempts/0198/result"));
        assert!(!has_islands("/attempts/0198/changes"));
        assert!(!has_islands("/attempts"));
        assert!(!has_islands("/labs/a"));
        assert!(!has_islands("/"));
    }
}
