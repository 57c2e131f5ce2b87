//! Signing in.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use platform::views::Viewer;

use crate::{
    context::{Stop, page, platform, viewer},
    icons::Icon,
    parts::{Tone, bare, notice},
};

/// What the page shows.
pub struct SignInView {
    /// The demo people; empty where there is no demo.
    pub people: Vec<Viewer>,
    /// Why the last try failed, as the address says it: `wrong` or `slow`.
    pub problem: Option<String>,
    /// Where to go afterwards, as a path on this server.
    pub next: Option<String>,
}

/// The page at `/signin`.
#[component]
#[must_use]
pub fn SignIn() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let (problem, next) = (query.get("problem"), query.get("next"));
    page(
        async move {
            if viewer().await?.is_some() {
                return Err(Stop::Redirect("/".into()));
            }
            Ok(SignInView { people: platform().demo_people(), problem, next })
        },
        show,
    )
}

/// Shows it.
#[must_use]
pub fn show(view: SignInView) -> AnyView {
    let next = view.next.filter(|next| next.starts_with('/') && !next.starts_with("//"));
    let demo = (!view.people.is_empty()).then(|| demo(view.people, next.as_deref()));
    let heading = if demo.is_some() { "Or sign in with an account" } else { "Sign in" };
    bare(
        "Sign in",
        view! {
            <div class="signin">
                <div class="signin-intro">
                    <h1>"Practise on real machines"</h1>
                    <p class="lead">
                        "Every lab gives you a machine of your own with something to mend. Nothing you do there can break anything else."
                    </p>
                </div>
                {view.problem.as_deref().and_then(problem)}
                {demo}
                <section class="signin-account" aria-labelledby="account">
                    <h2 id="account">{heading}</h2>
                    <form class="form" method="post" action="/signin">
                        {next_field(next.as_deref())}
                        <div class="field">
                            <label for="login">"Login"</label>
                            <input id="login" name="login" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" required />
                        </div>
                        <div class="field">
                            <label for="password">"Password"</label>
                            <input id="password" name="password" type="password" autocomplete="current-password" required />
                        </div>
                        <button class="button button-main" type="submit">"Sign in"</button>
                    </form>
                </section>
            </div>
        },
    )
}

fn problem(word: &str) -> Option<AnyView> {
    let (heading, text) = match word {
        "wrong" => (
            "Login and password don't match",
            "Check both and try again. If you have forgotten your password, ask whoever runs this Belay to set a new one.",
        ),
        "slow" => ("Too many tries", "For safety, signing in is paused for a minute. Then try again."),
        _ => return None,
    };
    Some(notice(Tone::Bad, heading, text.into()))
}

fn demo(people: Vec<Viewer>, next: Option<&str>) -> AnyView {
    let rows = people
        .into_iter()
        .map(|person| {
            view! {
                <li>
                    <form method="post" action="/signin">
                        {next_field(next)}
                        <input type="hidden" name="demo" value=person.id.to_string() />
                        <button class="person" type="submit">
                            {Icon::Person.view()}
                            <span class="person-name">{person.name}</span>
                            <span class="person-role">{person.role.title()}</span>
                            {Icon::Next.view()}
                        </button>
                    </form>
                </li>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="demo">
            <h2 id="demo">"Come in as"</h2>
            <p class="quiet">"This is a demo with made-up people. No password is needed."</p>
            <ul class="people">{rows}</ul>
        </section>
    }
    .into_any()
}

fn next_field(next: Option<&str>) -> Option<AnyView> {
    next.map(|next| view! { <input type="hidden" name="next" value=next.to_owned() /> }.into_any())
}
