//! The frame of a page: its title, the bar at the top, and the main part.

use leptos::prelude::*;
use leptos_meta::Title;
use platform::{
    access::{Action, Relation, Role, allowed},
    views::Viewer,
};

/// A page for somebody who is signed in.
pub(crate) fn frame(title: &str, viewer: &Viewer, main: impl IntoView + 'static) -> AnyView {
    let admin =
        (viewer.role == Role::Admin).then(|| view! { <a class="bar-link" href="/admin/sandboxes">"Machines"</a> });
    let judge = allowed(viewer.role, Action::SeeInbox, Relation::Own)
        .then(|| view! { <a class="bar-link" href="/judging">"To judge"</a> });
    let who = view! {
        {admin}
        {judge}
        <a class="bar-link" href=format!("/people/{}/figures", viewer.id)>"Figures"</a>
        <p class="bar-person">
            <span class="bar-name">{viewer.name.clone()}</span>
            <span class="quiet">{viewer.role.title()}</span>
        </p>
        <form method="post" action="/signout">
            <button class="button button-small" type="submit">"Sign out"</button>
        </form>
    };
    page(title, who.into_any(), main)
}

/// A page for anybody.
pub(crate) fn bare(title: &str, main: impl IntoView + 'static) -> AnyView {
    page(title, ().into_any(), main)
}

fn page(title: &str, who: AnyView, main: impl IntoView + 'static) -> AnyView {
    view! {
        <Title text=title.to_owned() />
        <a class="skip" href="#main">"Skip to the content"</a>
        <header class="bar">
            <div class="bar-inner">
                {brand()}
                <div class="bar-end">{who}</div>
            </div>
        </header>
        <main class="main" id="main" tabindex="-1">{main}</main>
    }
    .into_any()
}

/// The name, which leads home.
pub(crate) fn brand() -> AnyView {
    view! {
        <a class="brand" href="/">
            <svg class="brand-mark" viewBox="0 0 20 24" width="20" height="24" aria-hidden="true" focusable="false">
                <path d="M4 3v18h6a5 5 0 0 0 0-10H4M4 3h5a4 4 0 0 1 0 8"></path>
            </svg>
            <span class="brand-name">"Belay"</span>
        </a>
    }
    .into_any()
}
