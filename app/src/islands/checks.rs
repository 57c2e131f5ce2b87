//! The checks, as they last went, and the button that makes them again.

use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

use crate::{
    api::{Check, Verdict, check_now},
    icons::Icon,
    words,
};

pub(super) fn checks(attempt: Uuid, checks: Vec<Check>) -> impl IntoView {
    let checks = RwSignal::new(checks);
    let busy = RwSignal::new(false);
    let said = RwSignal::new(String::new());
    let trouble = RwSignal::new(None::<String>);

    let check = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        said.set("Checking".into());
        spawn_local(async move {
            match check_now(attempt).await {
                Ok(made) => {
                    said.set(summary(&made));
                    trouble.set(None);
                    checks.set(made);
                }
                Err(problem) => {
                    said.set(String::new());
                    trouble.set(Some(problem.to_string()));
                }
            }
            busy.set(false);
        });
    };

    view! {
        <div class="checks-head">
            <h2 id="checks">"Checks"</h2>
            <p class="checks-count">
                {move || checks.with(|checks| format!("{} of {}", passed(checks), checks.len()))} <span class="unseen">" passed"</span>
            </p>
            <button class="button button-small" type="button" data-check-now="" aria-disabled=move || busy.get().to_string() on:click=check>
                {move || if busy.get() { "Checking\u{2026}" } else { "Check now" }}
            </button>
        </div>
        <p class="unseen" role="status">{move || said.get()}</p>
        <div role="alert">{move || trouble.get().map(|words| view! { <p class="checks-trouble">{words}</p> })}</div>
        <ul class="checks" class:checks-busy=move || busy.get()>
            {move || checks.get().into_iter().map(line).collect_view()}
        </ul>
    }
}

fn line(check: Check) -> impl IntoView {
    let (icon, class, word) = match check.verdict {
        Some(Verdict::Passed) => (Icon::Passed, "status status-good", "Passed"),
        Some(Verdict::Failed) => (Icon::Failed, "status status-bad", "Not yet"),
        Some(Verdict::Blocked) => (Icon::Blocked, "status status-quiet", "Waits"),
        Some(Verdict::Broken) => (Icon::Warning, "status status-care", "Not checked"),
        None if check.at_end => (Icon::Clock, "status status-quiet", "At the end"),
        None => (Icon::Open, "status status-quiet", "Not checked"),
    };
    let feedback = feedback(&check);
    view! {
        <li class="check" data-check=check.id data-verdict=check.verdict.map(Verdict::id)>
            <span class=class>{icon.view()} <span class="unseen">{word}": "</span></span>
            <div class="check-body">
                <p class="check-title">{check.title}</p>
                {feedback.map(|text| view! { <p class="check-feedback">{text}</p> })}
            </div>
            <p class="check-points">{format!("{} pts", check.points)}</p>
        </li>
    }
}

/// What is said below a check; nothing where its picture says it all.
fn feedback(check: &Check) -> Option<String> {
    let said = (!check.feedback.is_empty()).then(|| check.feedback.clone());
    match check.verdict {
        Some(Verdict::Passed) => None,
        Some(Verdict::Failed) => said.or_else(|| Some("Not as it should be yet.".into())),
        Some(Verdict::Blocked) => said.or_else(|| Some("Waits for another check to pass first.".into())),
        Some(Verdict::Broken) => {
            said.or_else(|| Some("This check could not be made. That is on us and costs you nothing.".into()))
        }
        None if check.at_end => Some("Checked when you finish, after a restart.".into()),
        None => None,
    }
}

fn passed(checks: &[Check]) -> usize {
    checks.iter().filter(|check| check.verdict == Some(Verdict::Passed)).count()
}

/// What is read out once the checks have been made.
fn summary(checks: &[Check]) -> String {
    let open = checks.iter().filter(|check| !check.at_end && check.verdict != Some(Verdict::Passed)).count();
    let passed = words::count(passed(checks), "check passes", "checks pass");
    let later = checks.iter().filter(|check| check.at_end && check.verdict.is_none()).count();
    match open {
        0 if later > 0 => format!("{passed}, {later} more when you finish, after a restart."),
        0 => format!("{passed}. Nothing is open: finish when you are ready."),
        open => format!("{passed}, {open} still open."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(verdict: Option<Verdict>, at_end: bool, feedback: &str) -> Check {
        Check {
            id: "a".into(),
            title: "A".into(),
            points: 5,
            required: true,
            at_end,
            verdict,
            feedback: feedback.into(),
        }
    }

    #[test]
    fn what_is_left_to_the_end_is_not_open() {
        let checks = [check(Some(Verdict::Passed), false, ""), check(None, true, "")];
        assert_eq!(summary(&checks), "1 check passes, 1 more when you finish, after a restart.");
        assert_eq!(summary(&checks[..1]), "1 check passes. Nothing is open: finish when you are ready.");
        let checks = [check(Some(Verdict::Passed), false, ""), check(Some(Verdict::Failed), false, "")];
        assert_eq!(summary(&checks), "1 check passes, 1 still open.");
    }

    #[test]
    fn a_failed_check_always_says_something() {
        assert_eq!(
            feedback(&check(Some(Verdict::Failed), false, "Port 80 is taken.")).as_deref(),
            Some("Port 80 is taken.")
        );
        assert!(feedback(&check(Some(Verdict::Failed), false, "")).is_some());
        assert_eq!(feedback(&check(Some(Verdict::Passed), false, "nginx answers")), None);
        assert_eq!(feedback(&check(None, false, "")), None);
    }
}
