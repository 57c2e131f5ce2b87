//! What somebody has to show for goals of their role: a form, and what became of what was handed in.

use leptos::prelude::*;
use platform::views::{EvidenceView, Viewer};

use super::form::asked_for;
use crate::{
    context::{page, signed_in},
    pages::result::judged,
    parts::frame,
};

/// The page at `/evidence`.
#[component]
#[must_use]
pub fn Evidence() -> impl IntoView {
    page(
        async {
            let (platform, viewer) = signed_in().await?;
            let evidence = platform.evidence(&viewer).await?;
            Ok((viewer, evidence))
        },
        |(viewer, evidence)| show(&viewer, &evidence),
    )
}

/// Shows it.
#[must_use]
pub fn show(viewer: &Viewer, view: &EvidenceView) -> AnyView {
    let goals = view.goals.chunk_by(|one, next| one.2 == next.2).map(|goals| {
        let phase = goals.first().map_or(0, |goal| goal.2);
        let options = goals.iter().map(|(id, title, _)| view! { <option value=id.clone()>{title.clone()}</option> });
        view! { <optgroup label=format!("By day {phase}")>{options.collect_view()}</optgroup> }
    });
    let goals = goals.collect_view();
    let handed_in = (!view.handed_in.is_empty()).then(|| {
        view! {
            <section aria-labelledby="handed-in">
                <h2 id="handed-in">"What you have handed in"</h2>
                {view.handed_in.iter().map(judged::one).collect_view()}
            </section>
        }
    });
    frame(
        "Evidence",
        viewer,
        view! {
            <nav class="crumbs" aria-label="Where you are"><a href="/">"Home"</a></nav>
            <div class="title-row"><h1>"Something to show"</h1></div>
            <p class="lead">"Work outside of Belay counts: a change you made, a runbook you wrote, a meeting you held. Say what it was and where it can be seen; somebody looks at it and answers."</p>
            <form class="case-form" method="post" action="/evidence">
                <label class="case-words" for="goal">"For which goal"</label>
                <select class="input" id="goal" name="goal" required><option value="">"Choose …"</option>{goals}</select>
                <label class="case-words" for="words">"What you did, and where it can be seen"</label>
                {asked_for("words", "", 5)}
                <div class="actions"><button class="button button-main" type="submit">"Hand in"</button></div>
            </form>
            {handed_in}
        },
    )
}
