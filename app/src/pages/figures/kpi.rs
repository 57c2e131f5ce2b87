//! One KPI: a line with its three figures, and what is behind them.

use leptos::prelude::*;
use platform::views::{EventView, KpiView};
use scorecards::{
    event::Source,
    kpi::{Direction, Figure, Guard, Meaning, Parts},
};

use crate::{
    icons::Icon,
    parts::{Tone, attempts::moment, status},
    words,
};

/// So many events are listed; the rest is counted.
const LISTED: usize = 30;

/// A KPI as a line that opens.
pub(super) fn show(kpi: &KpiView, all: &[KpiView]) -> AnyView {
    let definition = &kpi.definition;
    let unit = kpi.figures.first().map(|figure| figure.unit);
    let aim = unit.map(|unit| definition.target.show(unit)).unwrap_or_default();
    let cells = kpi.figures.iter().map(|figure| cell(figure, definition.direction)).collect_view();
    let series: Vec<_> =
        kpi.figures.iter().filter(|figure| told(figure)).map(|figure| behind(kpi, figure, all)).collect();
    let silent = series.is_empty().then(|| {
        let words = format!(
            "Nothing has been seen in the last {}. It says something from {} on.",
            words::count(definition.window_days as usize, "day", "days"),
            words::count(definition.minimum.max(1) as usize, "observation", "observations"),
        );
        view! { <p class="quiet">{words}</p> }
    });
    view! {
        <li class="kpi" id=definition.id.clone() data-kpi=definition.id.clone()>
            <details>
                <summary>
                    <span class="kpi-name">{definition.name.clone()}</span>
                    <span class="kpi-aim"><span class="narrow-label">"Aim "</span>{aim}</span>
                    {cells}
                </summary>
                <div class="kpi-body">
                    <p>{definition.asks.clone()}</p>
                    <dl class="kpi-facts">
                        {fact("Why it matters", definition.why.clone())}
                        {fact("How it is counted", definition.counted.clone())}
                        {fact("Aim", aim_in_words(kpi))}
                        {fact("Looked at over", words::count(definition.window_days as usize, "day", "days"))}
                    </dl>
                    {silent}
                    {series}
                    {events(&kpi.events)}
                </div>
            </details>
        </li>
    }
    .into_any()
}

fn fact(name: &'static str, text: String) -> AnyView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{text}</dd>
        </div>
    }
    .into_any()
}

fn aim_in_words(kpi: &KpiView) -> String {
    let unit = kpi.figures.first().map(|figure| figure.unit);
    let target = &kpi.definition.target;
    let mut text = unit.map(|unit| target.show(unit)).unwrap_or_default();
    if let (Some(stretch), Some(unit)) = (target.stretch, unit) {
        text = format!("{text}; later {}", unit.show(stretch));
    }
    format!("{text}. The role's blueprint says: {}.", kpi.blueprint.trim_end_matches('.'))
}

fn name(series: Source) -> &'static str {
    match series {
        Source::Simulated => "In labs",
        Source::Imported => "Real tools",
        Source::Attested => "Stated",
    }
}

/// Whether there is anything to tell of a series.
fn told(figure: &Figure) -> bool {
    figure.count > 0 || figure.value.is_some() || !figure.exclusions.is_empty() || !figure.flags.is_empty()
}

fn verdict(figure: &Figure, direction: Direction) -> (Icon, Tone, &'static str) {
    match figure.state.meaning(direction) {
        _ if figure.ramp && figure.value.is_some() => (Icon::Info, Tone::Quiet, "Getting started"),
        Meaning::Met => (Icon::Passed, Tone::Good, "On target"),
        Meaning::Missed => (Icon::Failed, Tone::Bad, "Off target"),
        Meaning::Look => (Icon::Warning, Tone::Care, "Above: look"),
        Meaning::Nothing if told(figure) => (Icon::Info, Tone::Quiet, "Too little yet"),
        Meaning::Nothing => (Icon::Open, Tone::Quiet, "Nothing yet"),
    }
}

fn cell(figure: &Figure, direction: Direction) -> AnyView {
    let (icon, tone, word) = verdict(figure, direction);
    let series: &'static str = match figure.series {
        Source::Simulated => "simulated",
        Source::Imported => "imported",
        Source::Attested => "attested",
    };
    let state: &'static str = figure.state.into();
    let value = figure.value.map(|value| view! { <span class="kpi-value">{figure.unit.show(value)}</span> });
    view! {
        <span class="kpi-cell" class=("kpi-empty", !told(figure)) data-series=series data-state=state>
            <span class="narrow-label">{format!("{} ", name(figure.series))}</span>
            {value}
            {status(icon, tone, word)}
        </span>
    }
    .into_any()
}

/// What a series' figure is made of.
fn behind(kpi: &KpiView, figure: &Figure, all: &[KpiView]) -> AnyView {
    let exclusions: Vec<_> = figure
        .exclusions
        .iter()
        .map(|excluded| view! { <li>{format!("{} left out: {}.", excluded.count, excluded.reason.says())}</li> })
        .collect();
    let flags: Vec<_> = figure
        .flags
        .iter()
        .map(|flagged| view! { <li>{format!("{} of {}: {}.", flagged.count, flagged.of, flagged.flag.says())}</li> })
        .collect();
    let guards: Vec<_> = figure.guards.iter().filter_map(|beside| guard(beside, all)).collect();
    let guards = (!guards.is_empty()).then(|| {
        view! {
            <div class="kpi-part">
                <h4>"Read beside it"</h4>
                <ul class="plain-list">{guards}</ul>
            </div>
        }
    });
    let list = |title: &'static str, items: Vec<_>| {
        (!items.is_empty()).then(|| {
            view! {
                <div class="kpi-part">
                    <h4>{title}</h4>
                    <ul class="plain-list">{items}</ul>
                </div>
            }
        })
    };
    view! {
        <section class="kpi-series">
            <h3>{name(figure.series)}</h3>
            <p>{made_of(kpi, figure)}</p>
            {guards}
            {list("Does not count", exclusions)}
            {list("Worth a look", flags)}
        </section>
    }
    .into_any()
}

fn made_of(kpi: &KpiView, figure: &Figure) -> String {
    let observations = words::count(figure.count as usize, "observation", "observations");
    let made = match &figure.parts {
        Parts::Share { met, of, interval, .. } => format!(
            "{met} of {of}. What lies behind so many may be anywhere from {} to {} (with 95 % certainty).",
            figure.unit.show(interval.low),
            figure.unit.show(interval.high)
        ),
        Parts::Sum { weighted, raw, months } => {
            format!(
                "{observations}: {weighted:.1} by complexity and risk, {raw:.1} plain, in {months:.1} months there."
            )
        }
        Parts::Durations { median, p90, mean, censored, .. } => {
            let show = |value: f64| figure.unit.show(value);
            let open = match censored {
                0 => String::new(),
                open => format!(" {open} had not ended and count with what they have lasted."),
            };
            format!(
                "{observations}: mean {}, median {}, nine in ten below {}.{open}",
                show(*mean),
                show(*median),
                show(*p90)
            )
        }
        Parts::Levels { .. } => format!("The mean of {observations}."),
        Parts::Stated => "Somebody's word, with their name beside it.".into(),
        Parts::Other => format!("{observations}."),
    };
    match figure.count < kpi.definition.minimum {
        true => format!("{made} It takes {} to say anything.", kpi.definition.minimum),
        false => made,
    }
}

/// A KPI that is read beside a figure; flags are told by themselves.
fn guard(guard: &Guard, all: &[KpiView]) -> Option<AnyView> {
    let name = all.iter().find(|kpi| kpi.definition.id == guard.guard)?.definition.name.clone();
    let (icon, tone, word) = match guard.tripped {
        Some(true) => (Icon::Warning, Tone::Care, "Look at it"),
        Some(false) => (Icon::Passed, Tone::Good, "As it should be"),
        None => (Icon::Info, Tone::Quiet, "Says nothing yet"),
    };
    Some(view! { <li><a href=format!("#{}", guard.guard)>{name}</a> " " {status(icon, tone, word)}</li> }.into_any())
}

fn events(events: &[EventView]) -> Option<AnyView> {
    if events.is_empty() {
        return None;
    }
    let rows: Vec<_> = events.iter().take(LISTED).map(event).collect();
    let more = (events.len() > LISTED)
        .then(|| view! { <p class="quiet">{format!("and {} before these", events.len() - LISTED)}</p> });
    Some(
        view! {
            <details class="kpi-events">
                <summary>{format!("The {} behind it", words::count(events.len(), "event", "events"))}</summary>
                <div class="table-scroll">
                    <table class="table" aria-label="Events">
                        <thead>
                            <tr>
                                <th scope="col">"When"</th>
                                <th scope="col">"What"</th>
                                <th scope="col">"About"</th>
                                <th scope="col">"From"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                {more}
            </details>
        }
        .into_any(),
    )
}

fn event(event: &EventView) -> AnyView {
    let about = match event.attempt {
        Some(attempt) => view! { <a href=format!("/attempts/{attempt}/result")>{event.about.clone()}</a> }.into_any(),
        None => event.about.clone().into_any(),
    };
    view! {
        <tr>
            <td><time datetime=event.at.to_rfc3339()>{moment(event.at)}</time></td>
            <td>{words::dimension(&event.tag)}</td>
            <td>{about}</td>
            <td>{name(event.series)}</td>
        </tr>
    }
    .into_any()
}
