//! The figures of a person: each KPI with its definition and aim, from labs, from real tools and as stated, and what
//! each figure rests on. For the person and for who leads them; there is no ranking anywhere.

mod kpi;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use platform::views::{FiguresView, Viewer};
use scorecards::kpi::{Figure, Meaning};
use uuid::Uuid;

use crate::{
    context::{Stop, page, signed_in},
    parts::frame,
    words,
};

/// The page at `/people/{id}/figures`.
#[component]
#[must_use]
pub fn Figures() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id");
    let day = use_query_map().get_untracked().get("as-of");
    page(
        async move {
            let (platform, viewer) = signed_in().await?;
            let id = id.and_then(|id| Uuid::parse_str(&id).ok()).ok_or(Stop::NotFound)?;
            let (as_of, unread) = match day.as_deref().map(str::trim).filter(|day| !day.is_empty()) {
                Some(day) => match end_of(day) {
                    Some(end) => (Some(end.min(platform.now())), None),
                    None => (None, Some(day.to_owned())),
                },
                None => (None, None),
            };
            let figures = platform.figures(&viewer, id, as_of).await?;
            Ok((viewer, figures, unread))
        },
        |(viewer, figures, unread)| show(&viewer, &figures, unread.as_deref()),
    )
}

/// The first moment after a day.
fn end_of(day: &str) -> Option<DateTime<Utc>> {
    let day: NaiveDate = day.parse().ok()?;
    Some(day.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN).and_utc())
}

/// Shows them. `unread` is a day that could not be read.
#[must_use]
pub fn show(viewer: &Viewer, view: &FiguresView, unread: Option<&str>) -> AnyView {
    let own = viewer.id == view.person.id;
    let heading = if own { "Your figures".to_owned() } else { format!("Figures of {}", view.person.name) };
    let day = (view.as_of - chrono::TimeDelta::microseconds(1)).format("%Y-%m-%d").to_string();
    let unread = unread.map(|day| {
        view! { <p class="field-problem" id="as-of-problem">{format!("\u{201c}{day}\u{201d} is no day. These are the figures of today.")}</p> }
    });
    let has_problem = unread.is_some();
    let kpis = view.kpis.iter().map(|kpi| kpi::show(kpi, &view.kpis)).collect_view();
    frame(
        &heading,
        viewer,
        view! {
            <nav class="crumbs" aria-label="Where you are"><a href="/">"Home"</a></nav>
            <div class="title-row"><h1>{heading.clone()}</h1></div>
            <p class="lead">
                {format!("What the key performance indicators (KPIs) of a {} say. A figure from labs, one from real tools and one that somebody stated are three figures: they are never mixed. Where too little is known a figure says nothing, and that is no fault.", view.role)}
            </p>
            {summary(view)}
            <form class="as-of field" method="get">
                <label for="as-of">"As of the end of"</label>
                <input
                    type="date"
                    id="as-of"
                    name="as-of"
                    value=day
                    aria-invalid=has_problem.then_some("true")
                    aria-describedby=has_problem.then_some("as-of-problem")
                />
                <button class="button button-small" type="submit">"Show"</button>
                {unread}
            </form>
            <section aria-labelledby="kpis">
                <h2 class="unseen" id="kpis">"Key performance indicators"</h2>
                <div class="kpi-head quiet" aria-hidden="true">
                    <span>"KPI"</span>
                    <span>"Aim"</span>
                    <span>"In labs"</span>
                    <span>"Real tools"</span>
                    <span>"Stated"</span>
                </div>
                <ul class="kpis">{kpis}</ul>
            </section>
        },
    )
}

fn summary(view: &FiguresView) -> AnyView {
    let said = |meaning: Meaning| {
        let means = |figure: &Figure, kpi: &platform::views::KpiView| {
            !figure.ramp && figure.state.meaning(kpi.definition.direction) == meaning
        };
        view.kpis.iter().flat_map(|kpi| kpi.figures.iter().filter(move |figure| means(figure, kpi))).count()
    };
    let (met, missed, look) = (said(Meaning::Met), said(Meaning::Missed), said(Meaning::Look));
    let text = if met + missed + look == 0 {
        "No figure has enough behind it yet. They fill as labs and work are done.".to_owned()
    } else {
        let mut parts =
            vec![format!("{} on target", words::count(met, "figure", "figures")), format!("{missed} off target")];
        if look > 0 {
            parts.push(format!("{look} above the band, to be looked at"));
        }
        format!("{}.", parts.join(", "))
    };
    view! { <p class="figures-summary">{text}</p> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_where_the_next_begins() {
        assert_eq!(end_of("2026-02-28").map(|end| end.to_rfc3339()), Some("2026-03-01T00:00:00+00:00".into()));
        assert_eq!(end_of("2026-02-30"), None);
        assert_eq!(end_of("yesterday"), None);
    }
}
