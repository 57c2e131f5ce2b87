//! What people say of an attempt, and how to ask them: that a check was wrong, that the runbook could be better.

use leptos::prelude::*;
use platform::views::{JudgedView, Matter, ResultView};
use scorecards::scorecard::Decision;

use crate::{
    icons::Icon,
    pages::judging::{area, asked_for, case::criterion, words},
    parts::{Tone, attempts::moment, status},
};

/// What people say of it, or will.
pub(super) fn people(view: &ResultView) -> Option<AnyView> {
    let asks = [disagree(view), improve(view)];
    if view.judged.is_empty() && asks.iter().all(Option::is_none) {
        return None;
    }
    Some(
        view! {
            <section aria-labelledby="judged">
                <div>
                    <h2 id="judged">"What people say"</h2>
                    <p class="quiet">"Some things no machine should decide. A text or a review is judged by people who do not see whose it is."</p>
                </div>
                {view.judged.iter().map(one).collect_view()}
                {asks.into_iter().flatten().collect_view()}
            </section>
        }
        .into_any(),
    )
}

/// One case, as whose it is sees it.
pub(crate) fn one(case: &JudgedView) -> AnyView {
    let heading = match case.matter {
        Matter::Work => "What was handed in".to_owned(),
        Matter::Dispute => format!("Was it wrong? {}", case.title),
        Matter::Runbook => "A better runbook".to_owned(),
        Matter::Evidence => case.title.clone(),
    };
    let asked = case.asked.clone().map(|asked| view! { <p class="as-typed quiet">{asked}</p> });
    let said = match &case.decision {
        None => {
            let many = if case.raters > 1 {
                format!("{} of {} have judged it. ", case.submitted, case.raters)
            } else {
                String::new()
            };
            let due = format!("{many}An answer comes by {}.", moment(case.due_at));
            view! { <p>{status(Icon::Running, Tone::Live, "Waits")} " " {due}</p> }.into_any()
        }
        Some(made) => {
            let (icon, tone) = match made.decision {
                Decision::Yes => (Icon::Passed, Tone::Good),
                Decision::No | Decision::Later => (Icon::Open, Tone::Quiet),
            };
            view! {
                <p>{status(icon, tone, words::decision(case.matter, made.decision))} " " <span class="quiet">{moment(made.at)}</span></p>
                <p class="as-typed">{made.reason.clone()}</p>
                {case.criteria.iter().map(criterion).collect_view()}
            }
            .into_any()
        }
    };
    view! {
        <article class="judged" id=format!("case-{}", case.id) data-matter=words::matter(case.matter)>
            <h3>{heading}</h3>
            {asked}
            {said}
        </article>
    }
    .into_any()
}

fn disagree(view: &ResultView) -> Option<AnyView> {
    let lines = view.result.lines.iter().filter(|line| view.disputable.contains(&line.id));
    let options = lines.map(|line| view! { <option value=line.id.clone()>{line.title.clone()}</option> });
    let options: Vec<_> = options.collect();
    (!options.is_empty()).then(|| {
        view! {
            <details>
                <summary>"Was a check wrong?"</summary>
                <form class="case-form" method="post" action=format!("/attempts/{}/dispute", view.summary.id)>
                    <label class="case-words" for="check">"Which"</label>
                    <select class="input" id="check" name="check">{options}</select>
                    <label class="case-words" for="words">"What was right, and how somebody else can see it"</label>
                    {asked_for("words", "", 3)}
                    <div class="actions"><button class="button" type="submit">"Ask somebody to look at it"</button></div>
                </form>
            </details>
        }
        .into_any()
    })
}

fn improve(view: &ResultView) -> Option<AnyView> {
    let runbook = view.runbook.as_ref()?;
    Some(
        view! {
            <details>
                <summary>"Could the runbook be better?"</summary>
                <form class="case-form" method="post" action=format!("/attempts/{}/runbook", view.summary.id)>
                    <label class="case-words" for="text">"The runbook, as it should be"</label>
                    {area("text", runbook, 14)}
                    <label class="case-words" for="why">"What was wrong with it"</label>
                    {asked_for("why", "", 2)}
                    <div class="actions"><button class="button" type="submit">"Propose it"</button></div>
                </form>
            </details>
        }
        .into_any(),
    )
}
