//! Writes every page with made-up values, to look at them without a server behind:
//!
//! ```text
//! cargo run -p app --features ssr --example preview -- target/site
//! python3 -m http.server --directory target/site
//! ```
//!
//! The pages are `preview/*.html` beside the site's styles. Islands don't wake up in them.
#![expect(clippy::print_stdout, reason = "it is run by hand")]

mod fixtures;

use std::{env, fs, path::PathBuf};

use app::pages;
use leptos::prelude::*;

fn main() -> std::io::Result<()> {
    let site = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "target/site".into()));
    let out = site.join("preview");
    fs::create_dir_all(&out)?;
    for (name, page) in pages() {
        fs::write(out.join(name).with_extension("html"), pages::still::document(HEAD, page))?;
    }
    println!("{}", out.display());
    Ok(())
}

type Page = fn() -> AnyView;

fn pages() -> [(&'static str, Page); 17] {
    [
        ("signin", || pages::signin::show(fixtures::signin(None))),
        ("signin-wrong", || pages::signin::show(fixtures::signin(Some("wrong")))),
        ("home", || pages::home::show(&fixtures::viewer(), fixtures::home(), fixtures::now())),
        ("home-running", || pages::home::show(&fixtures::viewer(), fixtures::home_running(), fixtures::now())),
        ("home-trouble", || pages::home::show(&fixtures::viewer(), fixtures::home_trouble(), fixtures::now())),
        ("home-empty", || pages::home::show(&fixtures::viewer(), fixtures::home_empty(), fixtures::now())),
        ("lab", || pages::lab::show(&fixtures::viewer(), fixtures::lab())),
        ("lab-trouble", || pages::lab::show(&fixtures::viewer(), fixtures::lab_trouble())),
        ("attempt", || pages::attempt::show(&fixtures::viewer(), fixtures::attempt(), fixtures::now())),
        ("attempt-starting", || {
            pages::attempt::show(&fixtures::viewer(), fixtures::attempt_starting(), fixtures::now())
        }),
        ("attempt-finishing", || {
            pages::attempt::show(&fixtures::viewer(), fixtures::attempt_finishing(), fixtures::now())
        }),
        ("attempt-failed", || pages::attempt::show(&fixtures::viewer(), fixtures::attempt_failed(), fixtures::now())),
        ("result-passed", || pages::result::show(&fixtures::viewer(), &fixtures::result_passed())),
        ("result-failed", || pages::result::show(&fixtures::viewer(), &fixtures::result_failed())),
        ("not-found", pages::problem::not_found),
        ("forbidden", pages::problem::forbidden),
        ("broken", pages::problem::broken),
    ]
}

const HEAD: &str = r#"<link rel="icon" href="/favicon.svg"><link rel="stylesheet" href="/pkg/app.css">"#;
