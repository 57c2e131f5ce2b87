//! What a signed-in person sees first: what is next, then everything else.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use platform::views::{AttemptState, AttemptSummary, Home as HomeView, LabCard, Person, Viewer};

use crate::{
    context::{page, signed_in},
    icons::Icon,
    parts::{Tone, attempts_table, frame, notice, status},
    words,
};

/// The page at `/`.
#[component]
#[must_use]
pub fn Home() -> impl IntoView {
    page(
        async {
            let (platform, viewer) = signed_in().await?;
            let home = platform.home(&viewer).await?;
            Ok((viewer, home, platform.now()))
        },
        |(viewer, home, now)| show(&viewer, home, now),
    )
}

/// Shows it, as it is at this time.
#[must_use]
pub fn show(viewer: &Viewer, home: HomeView, now: DateTime<Utc>) -> AnyView {
    let first_name = viewer.name.split_whitespace().next().unwrap_or(&viewer.name).to_owned();
    let trouble = home.trouble.map(|words| notice(Tone::Care, "Labs can't start at the moment", words));
    let next = match (home.running, home.next) {
        (Some(running), _) => go_on(&running, now),
        (None, Some(lab)) => next_lab(&lab),
        (None, None) if home.labs.is_empty() => view! {
            <section class="next" aria-labelledby="next">
                <h2 id="next">"No labs yet"</h2>
                <p>"There are no labs in the catalogue. Whoever runs this Belay can add some."</p>
            </section>
        }
        .into_any(),
        (None, None) => view! {
            <section class="next" aria-labelledby="next">
                <h2 id="next">"You have passed every lab"</h2>
                <p>"Well done. Take any of them again to get faster or to try another way."</p>
            </section>
        }
        .into_any(),
    };
    let recent = (!home.recent.is_empty()).then(|| {
        view! {
            <section aria-labelledby="recent">
                <h2 id="recent">"Your latest attempts"</h2>
                {attempts_table("Your latest attempts", home.recent, true)}
            </section>
        }
    });
    frame(
        "Home",
        viewer,
        view! {
            <h1 class="hello">{format!("Hello, {first_name}")}</h1>
            {trouble}
            {super::watch::at_work()}
            {(home.to_judge > 0).then(|| to_judge(home.to_judge))}
            {(!home.people.is_empty()).then(|| your_people(home.people))}
            {next}
            {(!home.labs.is_empty()).then(|| labs(home.labs))}
            {recent}
            <p class="quiet">"Work outside of Belay counts as well: " <a href="/evidence">"show what you did for a goal"</a> "."</p>
        },
    )
}

/// What waits for the viewer's own judgement.
fn to_judge(many: usize) -> AnyView {
    let waits = words::count(many, "thing waits", "things wait");
    view! {
        <section aria-labelledby="to-judge">
            <h2 id="to-judge">"To judge"</h2>
            <p>{format!("{waits} for your judgement: ")} <a href="/judging">"open the list"</a> "."</p>
        </section>
    }
    .into_any()
}

fn your_people(people: Vec<Person>) -> AnyView {
    let people: Vec<_> = people
        .into_iter()
        .map(|person| view! { <li><a href=format!("/people/{}/figures", person.id)>{person.name}</a></li> })
        .collect();
    view! {
        <section aria-labelledby="people">
            <h2 id="people">"Your new hires"</h2>
            <p class="quiet">"What their KPIs say, with the evidence. Good to open ten minutes before you talk."</p>
            <ul class="plain-list">{people}</ul>
        </section>
    }
    .into_any()
}

fn go_on(attempt: &AttemptSummary, now: DateTime<Utc>) -> AnyView {
    let (word, left) = match attempt.state {
        AttemptState::Running { deadline } => {
            let seconds = (deadline - now).num_seconds();
            ("Your lab is running", Some(format!("{} left", words::duration(seconds))))
        }
        AttemptState::Paused { left, .. } => {
            ("Your lab is paused", Some(format!("{} left", words::duration(left.num_seconds()))))
        }
        AttemptState::Queued { place, .. } => ("Your lab waits for a free machine", Some(words::place(place))),
        AttemptState::Starting => ("Your lab is starting", None),
        _ => ("Your lab is being checked", None),
    };
    view! {
        <section class="next next-live" aria-labelledby="next">
            <p class="next-kicker">{status(Icon::Running, Tone::Live, word)} {left.map(|left| view! { <span class="quiet">{left}</span> })}</p>
            <h2 id="next">{attempt.title.clone()}</h2>
            <p class="next-actions"><a class="button button-main" href=format!("/attempts/{}", attempt.id)>"Go on" {Icon::Next.view()}</a></p>
        </section>
    }
    .into_any()
}

fn next_lab(lab: &LabCard) -> AnyView {
    let kicker = if lab.attempts == 0 { "Next for you" } else { "Try again" };
    view! {
        <section class="next" aria-labelledby="next">
            <p class="next-kicker quiet">{kicker}</p>
            <h2 id="next">{lab.title.clone()}</h2>
            <p>{lab.summary.clone()}</p>
            {facts(lab)}
            <p class="next-actions"><a class="button button-main" href=format!("/labs/{}", lab.id)>{if lab.exercise.is_some() { "Open the exercise" } else { "Open the lab" }} {Icon::Next.view()}</a></p>
        </section>
    }
    .into_any()
}

/// How long a lab takes and what it trains.
pub(crate) fn facts(lab: &LabCard) -> AnyView {
    let skills = lab.skills.iter().map(|id| view! { <li>{words::skill(id)}</li> }).collect_view();
    let trains = (!lab.skills.is_empty()).then(|| {
        view! {
            <div class="fact">
                <dt>"Trains"</dt>
                <dd><ul class="tags">{skills}</ul></dd>
            </div>
        }
    });
    view! {
        <dl class="facts">
            {lab.exercise.map(|kind| view! { <div class="fact"><dt>"Kind"</dt><dd>{words::exercise(kind)}</dd></div> })}
            <div class="fact">
                <dt>"Takes about"</dt>
                <dd>{words::duration(i64::from(lab.minutes) * 60)}</dd>
            </div>
            <div class="fact">
                <dt>"Part of"</dt>
                <dd>{words::phase(lab.phase)}</dd>
            </div>
            {trains}
        </dl>
    }
    .into_any()
}

fn labs(labs: Vec<LabCard>) -> AnyView {
    let passed = labs.iter().filter(|lab| lab.passed).count();
    let summary = format!("{passed} of {} passed", labs.len());
    let rows = labs.into_iter().map(lab_row).collect_view();
    view! {
        <section aria-labelledby="labs">
            <div class="section-head">
                <h2 id="labs">"All labs"</h2>
                <p class="quiet">{summary}</p>
            </div>
            <div class="table-scroll">
                <table class="table" aria-labelledby="labs">
                    <thead>
                        <tr>
                            <th scope="col">"Lab"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="number">"Time"</th>
                            <th scope="col" class="wide-only">"Part of"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn lab_row(lab: LabCard) -> AnyView {
    let state = match (lab.running, lab.passed, lab.attempts) {
        (Some(_), _, _) => status(Icon::Running, Tone::Live, "Running"),
        (None, true, _) => status(Icon::Passed, Tone::Good, "Passed"),
        (None, false, 0) => status(Icon::Open, Tone::Quiet, "Not tried yet"),
        (None, false, _) => status(Icon::Blocked, Tone::Quiet, "Not passed yet"),
    };
    view! {
        <tr>
            <th scope="row">
                <a href=format!("/labs/{}", lab.id)>{lab.title}</a>
                <p class="table-note">{lab.exercise.map(|kind| format!("{}. ", words::exercise(kind)))}{lab.summary}</p>
            </th>
            <td>{state}</td>
            <td class="number">{format!("{} min", lab.minutes)}</td>
            <td class="wide-only">{words::phase(lab.phase)}</td>
        </tr>
    }
    .into_any()
}
