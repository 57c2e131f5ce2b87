//! What answers and who listens.

use wire::{Observation, probe::Listener};

use super::{Judgement, mismatch, wrong};
use crate::{
    catalog::{Expectation, Vars},
    grader::words,
};

pub(super) fn http(expectation: &Expectation, seen: &Observation) -> Judgement {
    let (
        Expectation::Http { url, host, status, contains, absent },
        Observation::Http { status: seen, body, error, .. },
    ) = (expectation, seen)
    else {
        return mismatch();
    };
    let place = match host {
        Some(host) => format!("{url} (host {host})"),
        None => url.clone(),
    };
    let Some(seen) = *seen else {
        return wrong(format!("Nothing answers at {place}: {}.", words::connection(error.as_deref())));
    };
    let answers = format!("{place} answers with status {seen}");
    if let Some(status) = status.filter(|status| *status != seen) {
        return wrong(format!("{answers}, expected {status}."));
    }
    if let Some(text) = contains.as_ref().filter(|text| !body.contains(*text)) {
        let text = words::short(text);
        return wrong(format!("{answers}, but not with the page that is expected: \"{text}\" is not in it."));
    }
    if let Some(text) = absent.as_ref().filter(|text| body.contains(*text)) {
        return wrong(format!("{answers}, but \"{}\" is still in the page.", words::short(text)));
    }
    Ok(format!("{answers}."))
}

pub(super) fn tcp(expectation: &Expectation, seen: &Observation) -> Judgement {
    let (Expectation::Tcp { host, port, open }, Observation::Tcp { connected, error }) = (expectation, seen) else {
        return mismatch();
    };
    let place = format!("port {} of {host}", port.number(&Vars::default()));
    match (open, connected) {
        (true, true) => Ok(format!("Something answers on {place}.")),
        (true, false) => wrong(format!("Nothing answers on {place}: {}.", words::connection(error.as_deref()))),
        (false, true) => wrong(format!("Something still answers on {place}.")),
        (false, false) => Ok(format!("Nothing answers on {place}.")),
    }
}

pub(super) fn listening(expectation: &Expectation, listeners: &[Listener]) -> Judgement {
    let Expectation::Listening { port, program, user, address, none } = expectation else {
        return mismatch();
    };
    let port = port.number(&Vars::default());
    let (first, held) = match (listeners.first(), none) {
        (None, true) => return Ok(format!("Nobody holds port {port}.")),
        (None, false) => return wrong(format!("Nobody listens on port {port}.")),
        (Some(first), true) => {
            return wrong(format!("Port {port} is held by {}.", words::holder(first)));
        }
        (Some(first), false) => (first, format!("Port {port} is held by {}", words::holder(first))),
    };
    // Each condition narrows down who is meant; the first that leaves nobody is the one to name.
    let mut left: Vec<&Listener> = listeners.iter().collect();
    if let Some(program) = program {
        left.retain(|listener| listener.program == *program);
        if left.is_empty() {
            return wrong(format!("{held}, expected {program}."));
        }
    }
    if let Some(user) = user {
        let runs_as = left.first().map_or(first, |listener| listener).user.clone();
        left.retain(|listener| listener.user == *user);
        if left.is_empty() {
            return wrong(format!("{held}: it runs as {runs_as}, expected {user}."));
        }
    }
    if let Some(address) = address {
        let seen = left.first().map_or(first, |listener| listener).address.clone();
        left.retain(|listener| covers(&listener.address, address));
        if left.is_empty() {
            return wrong(format!("{held}, on the address {seen}, expected {address}."));
        }
    }
    Ok(format!("{held}."))
}

/// Whether a listener on one address is one on another: the IPv6 wildcard takes IPv4 connections too.
fn covers(seen: &str, expected: &str) -> bool {
    let any = |address: &str| matches!(address, "::" | "*");
    seen == expected || (any(seen) && (any(expected) || expected == "0.0.0.0"))
}
