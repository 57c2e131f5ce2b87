//! A case: what it is about on one side, the form on the other.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use platform::views::{
    CaseAbout, CaseStep, CaseView, Change, CommandLine, CriterionView, DisputeCase, Matter, RatingView, Viewer,
    WorkCase,
};
use scorecards::score::{About, Line, Outcome};
use uuid::Uuid;

use super::{
    answered::answered,
    form,
    words::{decision, level, matter, recommended},
};
use crate::{
    context::{Stop, page, signed_in},
    markdown,
    parts::{Tone, attempts::moment, frame, notice},
};

/// The page at `/judging/{id}`.
#[component]
#[must_use]
pub fn Case() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id");
    page(
        async move {
            let (platform, viewer) = signed_in().await?;
            let id = id.and_then(|id| Uuid::parse_str(&id).ok()).ok_or(Stop::NotFound)?;
            let case = platform.case(&viewer, id).await?;
            Ok((viewer, case))
        },
        |(viewer, case)| show(&viewer, case),
    )
}

/// Shows it.
#[must_use]
pub fn show(viewer: &Viewer, view: CaseView) -> AnyView {
    let line = &view.line;
    let whose = match &line.whose {
        Some(name) => format!("Of {name}; due "),
        None => "Whose it is, is not shown; due ".into(),
    };
    let due = moment(line.due_at);
    let todo = match line.step {
        _ if matches!(view.about, CaseAbout::WorkFirst(_)) => ().into_any(),
        CaseStep::Judge => form::judge(&view),
        CaseStep::Decide => form::decide(&view),
        CaseStep::Wait => notice(
            Tone::Quiet,
            "Others are to judge it",
            format!("{} of {} have. It can be decided when all have.", line.submitted, line.raters),
        ),
        CaseStep::Done => ().into_any(),
    };
    let heading = format!("{}: {}", matter(line.matter), line.title);
    let (decided, given) = (decided(&view), given(&view));
    let says = match line.matter {
        Matter::Dispute => "What they say",
        Matter::Runbook => "Why they propose it",
        Matter::Work | Matter::Evidence => "What they have to show",
    };
    let asked = view.asked.map(|asked| {
        view! {
            <section class="handed-in">
                <h2>{says}</h2>
                <p class="as-typed">{asked}</p>
            </section>
        }
    });
    frame(
        &heading.clone(),
        viewer,
        view! {
            <nav class="crumbs" aria-label="Where you are">
                <a href="/">"Home"</a>
                <a href="/judging">"To judge"</a>
            </nav>
            <div class="title-row"><h1>{heading}</h1></div>
            <p class="quiet">{whose} {due}</p>
            <div class="case">
                <div class="case-read" tabindex="0" role="region" aria-label="What is judged">{asked} {about(view.about)}</div>
                <div class="case-side">{decided} {given} {todo}</div>
            </div>
        },
    )
}

fn about(about: CaseAbout) -> AnyView {
    match about {
        CaseAbout::Work(work) => work_case(*work),
        CaseAbout::Dispute(dispute) => dispute_case(*dispute),
        CaseAbout::Runbook(lines) => runbook(lines),
        CaseAbout::Evidence => ().into_any(),
        CaseAbout::Gone => notice(
            Tone::Care,
            "What it is about is gone",
            "The lab is no longer in the catalogue, or no longer asks for this.".into(),
        ),
        CaseAbout::WorkFirst(case) => view! {
            {notice(Tone::Quiet, "Judge the work first", "This dispute shows what the machine says of it, and your judgement should be your own.".into())}
            <p><a class="button button-main" href=format!("/judging/{case}")>"Judge the work"</a></p>
        }
        .into_any(),
    }
}

fn work_case(work: WorkCase) -> AnyView {
    let machine = (!work.machine.is_empty()).then(|| {
        view! {
            <section aria-labelledby="machine">
                <h2 id="machine">"What the machine says"</h2>
                <ul class="machine-lines">{work.machine.iter().map(machine_line).collect_view()}</ul>
            </section>
        }
    });
    view! {
        <section aria-labelledby="handed-in">
            <h2 id="handed-in">"What was handed in"</h2>
            {answered(work.exercise)}
        </section>
        {machine}
        {folded("The task", &work.brief)}
        {folded("A good way to do it", &work.model)}
    }
    .into_any()
}

fn folded(name: &'static str, text: &str) -> AnyView {
    view! {
        <details>
            <summary>{name}</summary>
            <div class="prose" inner_html=markdown::to_html(text)></div>
        </details>
    }
    .into_any()
}

fn machine_line(line: &Line) -> AnyView {
    let word = match (line.about, line.outcome) {
        (About::Hint, _) => "Hint",
        (_, Outcome::Earned | Outcome::Clean) => "Yes",
        (_, Outcome::NotObserved) => "Not seen",
        _ => "No",
    };
    view! { <li><strong>{word}</strong> " " {line.title.clone()} " " <span class="quiet">{line.feedback.clone()}</span></li> }.into_any()
}

fn dispute_case(dispute: DisputeCase) -> AnyView {
    let observed = (!dispute.observed.is_empty()).then(|| {
        view! {
            <details open>
                <summary>"What the machine saw"</summary>
                <pre class="as-printed" tabindex="0" role="region" aria-label="What the machine saw"><code>{dispute.observed}</code></pre>
            </details>
        }
    });
    let commands = (!dispute.commands.is_empty()).then(|| {
        view! {
            <details>
                <summary>"What was run"</summary>
                <ol class="case-commands">{dispute.commands.into_iter().map(command).collect_view()}</ol>
            </details>
        }
    });
    let open = dispute.can_be_opened.then(|| {
        view! {
            <form method="post" action=format!("/attempts/{}/open", dispute.attempt)>
                <button class="button" type="submit">"Open the box as it was left"</button>
                <p class="quiet">"That page says whose it was."</p>
            </form>
        }
    });
    view! {
        <section aria-labelledby="check">
            <h2 id="check">"The check"</h2>
            <p><strong>{dispute.line.title}</strong></p>
            <p>{dispute.line.feedback}</p>
            {observed}
            {open}
        </section>
        {dispute.exercise.map(answered)}
        {commands}
        {folded("The task", &dispute.brief)}
    }
    .into_any()
}

fn command(line: CommandLine) -> AnyView {
    let exit = line.exit.filter(|code| *code != 0).map(|code| format!("exit {code}"));
    view! { <li><code>{line.command}</code> " " <span class="quiet">{exit}</span></li> }.into_any()
}

fn runbook(lines: Vec<(Change, String)>) -> AnyView {
    let line = |(change, text): (Change, String)| {
        let (class, sign, words) = match change {
            Change::Same => ("", " ", ""),
            Change::Added => ("line-added", "+", "added: "),
            Change::Removed => ("line-removed", "-", "removed: "),
            Change::Gap => ("line-gap", "\u{2026}", ""),
        };
        view! {
            <tr class=class>
                <td class="line-text"><span class="unseen">{words}</span><span aria-hidden="true">{format!("{sign} ")}</span><code>{text}</code></td>
            </tr>
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="revision">
            <h2 id="revision">"What it changes"</h2>
            <div class="change-file" tabindex="0" role="region" aria-label="What it changes">
                <table class="change-lines"><tbody>{lines.into_iter().map(line).collect_view()}</tbody></table>
            </div>
        </section>
    }
    .into_any()
}

/// What was given, as far as the viewer may see it.
fn given(view: &CaseView) -> Option<AnyView> {
    let any = view.criteria.iter().any(|criterion| !criterion.ratings.is_empty());
    any.then(|| {
        let all: Vec<String> =
            view.recommended.iter().map(|(name, label)| format!("{name}: {}", recommended(*label))).collect();
        view! {
            <section aria-labelledby="given">
                <h2 id="given">"What was judged"</h2>
                {view.criteria.iter().map(criterion).collect_view()}
                <p class="quiet">{format!("All in all: {}.", all.join("; "))}</p>
            </section>
        }
        .into_any()
    })
}

/// A dimension with what was given.
pub(crate) fn criterion(criterion: &CriterionView) -> AnyView {
    let middle = criterion.middle.map_or_else(|| "not seen".to_owned(), |middle| format!("{middle} of 4"));
    // Whose work it is does not see who gave what, and has nothing to talk over.
    let judges = criterion.ratings.iter().any(|rating| !rating.by.is_empty());
    let apart = (criterion.apart && judges).then(|| {
        view! { <p class="case-apart">"Two levels apart or more: talk about it before anything is decided."</p> }
    });
    view! {
        <div class="case-criterion" data-dimension=criterion.dimension.clone()>
            <h3>{criterion.title.clone()} " " <span class="quiet">{middle}</span></h3>
            <p class="quiet">{criterion.asks.clone()}</p>
            {apart}
            <ul>{criterion.ratings.iter().map(rating).collect_view()}</ul>
        </div>
    }
    .into_any()
}

fn rating(rating: &RatingView) -> AnyView {
    let by = (!rating.by.is_empty()).then(|| format!("{}: ", rating.by));
    let quote = (!rating.quote.is_empty()).then(|| view! { <q class="as-typed">{rating.quote.clone()}</q> " " });
    view! { <li>{by} <strong>{level(rating.level)}</strong> " " {quote} {rating.comment.clone()}</li> }.into_any()
}

fn decided(view: &CaseView) -> Option<AnyView> {
    let made = view.decision.as_ref()?;
    let by = made.by.clone().unwrap_or_else(|| "Somebody".into());
    Some(
        view! {
            <section aria-labelledby="decision" class="case-decision">
                <h2 id="decision">{decision(view.line.matter, made.decision)}</h2>
                <p class="as-typed">{made.reason.clone()}</p>
                <p class="quiet">{format!("{by}, {}", moment(made.at))}</p>
            </section>
        }
        .into_any(),
    )
}
