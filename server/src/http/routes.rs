//! Every route with what it needs: the table that the access test walks.

use platform::access::Action;

/// What somebody must be allowed to do to get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: anybody gets an answer.
    Nothing,
    /// To be signed in and allowed to do this with what is one's own.
    Own(Action),
    /// To be allowed to do this with the attempt that the address or the body names.
    Attempt(Action),
    /// To have opened the copy of boxes that the address names.
    Copy,
    /// To be allowed to do this with the case that the address names.
    Case(Action),
    /// To be allowed to do this with the person whom the address names.
    Person(Action),
}

/// A route.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path, as the router has it. Files are one route a directory.
    pub path: &'static str,
    /// What it needs.
    pub needs: Needs,
}

const fn get(path: &'static str, needs: Needs) -> Route {
    Route { method: "GET", path, needs }
}

const fn post(path: &'static str, needs: Needs) -> Route {
    Route { method: "POST", path, needs }
}

/// All of them.
pub const ROUTES: &[Route] = &[
    get("/signin", Needs::Nothing),
    post("/signin", Needs::Nothing),
    post("/signout", Needs::Nothing),
    get("/", Needs::Own(Action::SeeHome)),
    get("/labs/{id}", Needs::Own(Action::ListLabs)),
    post("/labs/{id}/start", Needs::Own(Action::StartAttempt)),
    post("/labs/{id}/reserve", Needs::Own(Action::ReserveBoxes)),
    post("/labs/{id}/cancel-reservation", Needs::Own(Action::ReserveBoxes)),
    get("/labs/{id}/statistics", Needs::Own(Action::SeeItems)),
    get("/attempts/{id}", Needs::Attempt(Action::WorkInAttempt)),
    get("/attempts/{id}/terminals/{n}/socket", Needs::Attempt(Action::WorkInAttempt)),
    get("/attempts/{id}/files", Needs::Attempt(Action::WorkInAttempt)),
    get("/attempts/{id}/file", Needs::Attempt(Action::WorkInAttempt)),
    post("/attempts/{id}/file", Needs::Attempt(Action::WorkInAttempt)),
    get("/attempts/{id}/preview/{what}", Needs::Attempt(Action::WorkInAttempt)),
    get("/attempts/{id}/watch", Needs::Attempt(Action::WatchAttempt)),
    get("/attempts/{id}/watch/{n}/socket", Needs::Attempt(Action::WatchAttempt)),
    post("/fn/watch_state", Needs::Attempt(Action::WatchAttempt)),
    get("/attempts/{id}/watchers/socket", Needs::Attempt(Action::WorkInAttempt)),
    post("/attempts/{id}/watchers/allow", Needs::Attempt(Action::WorkInAttempt)),
    post("/attempts/{id}/watchers/refuse", Needs::Attempt(Action::WorkInAttempt)),
    post("/fn/let_watchers_type", Needs::Attempt(Action::WorkInAttempt)),
    post("/fn/attempt_state", Needs::Attempt(Action::WorkInAttempt)),
    post("/fn/check_now", Needs::Attempt(Action::WorkInAttempt)),
    post("/fn/acknowledge", Needs::Attempt(Action::WorkInAttempt)),
    post("/fn/take_hint", Needs::Attempt(Action::WorkInAttempt)),
    post("/fn/extend_time", Needs::Attempt(Action::WorkInAttempt)),
    post("/attempts/{id}/pause", Needs::Attempt(Action::WorkInAttempt)),
    post("/attempts/{id}/resume", Needs::Attempt(Action::WorkInAttempt)),
    post("/attempts/{id}/extend", Needs::Attempt(Action::WorkInAttempt)),
    post("/attempts/{id}/finish", Needs::Attempt(Action::WorkInAttempt)),
    post("/attempts/{id}/abandon", Needs::Attempt(Action::WorkInAttempt)),
    post("/attempts/{id}/answers", Needs::Attempt(Action::WorkInAttempt)),
    post("/attempts/{id}/comments", Needs::Attempt(Action::WorkInAttempt)),
    post("/attempts/{id}/comments/take-back", Needs::Attempt(Action::WorkInAttempt)),
    post("/attempts/{id}/moves", Needs::Attempt(Action::WorkInAttempt)),
    post("/attempts/{id}/hand-in", Needs::Attempt(Action::WorkInAttempt)),
    get("/attempts/{id}/result", Needs::Attempt(Action::SeeResult)),
    get("/attempts/{id}/replay", Needs::Attempt(Action::SeeResult)),
    get("/attempts/{id}/recordings/{n}", Needs::Attempt(Action::SeeResult)),
    post("/attempts/{id}/reset", Needs::Attempt(Action::WorkInAttempt)),
    get("/attempts/{id}/changes", Needs::Attempt(Action::SeeResult)),
    post("/attempts/{id}/open", Needs::Attempt(Action::OpenCopy)),
    get("/copies/{id}", Needs::Copy),
    get("/copies/{id}/terminals/{n}/socket", Needs::Copy),
    post("/copies/{id}/close", Needs::Copy),
    post("/attempts/{id}/dispute", Needs::Attempt(Action::AskJudges)),
    post("/attempts/{id}/runbook", Needs::Attempt(Action::AskJudges)),
    get("/judging", Needs::Own(Action::SeeInbox)),
    get("/judging/{id}", Needs::Case(Action::JudgeCase)),
    post("/judging/{id}/keep", Needs::Case(Action::JudgeCase)),
    post("/judging/{id}/rate", Needs::Case(Action::JudgeCase)),
    post("/judging/{id}/decide", Needs::Case(Action::JudgeCase)),
    get("/evidence", Needs::Own(Action::AskJudges)),
    post("/evidence", Needs::Own(Action::AskJudges)),
    get("/people/{id}/figures", Needs::Person(Action::SeeFigures)),
    get("/admin/sandboxes", Needs::Own(Action::OperateSandboxes)),
    post("/admin/sandboxes/clear", Needs::Own(Action::OperateSandboxes)),
    post("/admin/attempts/{id}/end", Needs::Attempt(Action::OperateSandboxes)),
    get("/healthz", Needs::Nothing),
    get("/pkg", Needs::Nothing),
    get("/fonts", Needs::Nothing),
    get("/favicon.svg", Needs::Nothing),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use leptos::server_fn::axum::server_fn_paths;

    use super::*;

    fn paths(method: &str) -> BTreeSet<String> {
        ROUTES.iter().filter(|route| route.method == method).map(|route| route.path.to_string()).collect()
    }

    #[test]
    fn every_page_is_in_the_table() {
        // Routes are collected by rendering, which wants a runtime.
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _inside = runtime.enter();
        for page in leptos_axum::generate_route_list(app::App) {
            assert!(paths("GET").contains(page.path()), "{} is not in the table of routes", page.path());
        }
    }

    #[test]
    fn every_server_function_is_in_the_table() {
        let functions: Vec<(&str, http::Method)> = server_fn_paths().collect();
        assert!(!functions.is_empty(), "server functions are not linked in");
        for (path, method) in functions {
            assert!(paths(method.as_str()).contains(path), "{method} {path} is not in the table of routes");
        }
    }
}
