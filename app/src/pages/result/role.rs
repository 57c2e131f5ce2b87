//! What a result says about the role: KPIs, and how far the lab is mastered.

use leptos::prelude::*;
use platform::views::{KpiSaid, ResultView};

use crate::{
    icons::Icon,
    parts::{Tone, status},
};

/// The section; none where there is nothing to say.
pub(super) fn said(view: &ResultView, own: bool) -> Option<AnyView> {
    if view.kpis.is_empty() && view.mastery.is_empty() {
        return None;
    }
    let kpis: Vec<_> = view.kpis.iter().map(kpi).collect();
    let learner = view.learner_id;
    let all = own.then(|| view! { <p><a href=format!("/people/{learner}/figures")>"All your figures"</a></p> });
    let kpis = (!kpis.is_empty()).then(|| {
        view! {
            <p class="quiet">"This attempt is one observation, in the series of labs. A figure says something only when there are enough."</p>
            <ul class="says">{kpis}</ul>
        }
    });
    let mastery: Vec<_> = view.mastery.iter().map(|words| view! { <p>{words.clone()}</p> }).collect();
    let mastery = (!mastery.is_empty()).then(|| {
        view! {
            <h3 class="small-heading">"Mastery of this lab"</h3>
            {mastery}
        }
    });
    Some(
        view! {
            <section aria-labelledby="role">
                <h2 id="role">"What it says about the role"</h2>
                {kpis}
                {all}
                {mastery}
            </section>
        }
        .into_any(),
    )
}

fn kpi(said: &KpiSaid) -> AnyView {
    let (icon, tone, word) = match said.good {
        Some(true) => (Icon::Passed, Tone::Good, "As aimed at"),
        Some(false) => (Icon::Open, Tone::Care, "Not yet"),
        None => (Icon::Info, Tone::Quiet, "No verdict"),
    };
    let because: Vec<_> = said.because.iter().map(|title| view! { <li>{title.clone()}</li> }).collect();
    let because = (!because.is_empty()).then(|| view! { <ul class="plain-list">{because}</ul> });
    view! {
        <li data-kpi=said.kpi.clone()>
            <div>{status(icon, tone, word)}</div>
            <div>
                <p class="line-title">{said.name.clone()}</p>
                <p class="line-feedback">{said.asks.clone()} " " {said.says.clone()}</p>
                {because}
            </div>
        </li>
    }
    .into_any()
}
