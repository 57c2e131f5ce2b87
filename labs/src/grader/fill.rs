//! Variables filled into what a check looks at and expects.

use wire::Probe;

use crate::catalog::{Check, Expectation, Port, Test, Vars};

/// The probe that a check asks for; `None` where it asks for a script.
pub(super) fn probe(check: &Check, vars: &Vars) -> Option<Probe> {
    let Test::Probe(expectation) = &check.test else {
        return None;
    };
    Some(match filled(expectation, vars) {
        Expectation::Http { url, host, .. } => Probe::Http { url, host },
        Expectation::Tcp { host, port, .. } => Probe::Tcp { host, port: port.number(vars) },
        Expectation::File { path, .. } => Probe::File { path },
        Expectation::Listening { port, .. } => Probe::Listening { port: port.number(vars) },
        Expectation::Process { name, .. } => Probe::Process { name },
        Expectation::Unit { name, .. } => Probe::Unit { name },
        Expectation::Filesystem { path, .. } => Probe::Filesystem { path },
        Expectation::User { name, .. } => Probe::User { name },
        Expectation::Command { argv, .. } => Probe::Command { argv },
    })
}

/// An expectation with its variables filled in.
pub(super) fn filled(expectation: &Expectation, vars: &Vars) -> Expectation {
    let mut filled = expectation.clone();
    let fill = |text: &mut String| *text = vars.fill(text);
    let fill_all = |texts: &mut [&mut Option<String>]| {
        texts.iter_mut().filter_map(|text| text.as_mut()).for_each(fill);
    };
    match &mut filled {
        Expectation::Http { url, host, contains, absent, .. } => {
            fill(url);
            fill_all(&mut [host, contains, absent]);
        }
        Expectation::Tcp { host, port, .. } => {
            fill(host);
            *port = Port::Number(port.number(vars));
        }
        Expectation::File { path, owner, group, contains, matches, absent, .. } => {
            fill(path);
            fill_all(&mut [owner, group, contains, matches, absent]);
        }
        Expectation::Listening { port, program, user, address, .. } => {
            *port = Port::Number(port.number(vars));
            fill_all(&mut [program, user, address]);
        }
        Expectation::Process { name, user, .. } => {
            fill(name);
            fill_all(&mut [user]);
        }
        Expectation::Unit { name, .. } => fill(name),
        Expectation::Filesystem { path, .. } => fill(path),
        Expectation::User { name, shell, groups, .. } => {
            fill(name);
            fill_all(&mut [shell]);
            groups.iter_mut().for_each(fill);
        }
        Expectation::Command { argv, contains, .. } => {
            argv.iter_mut().for_each(fill);
            fill_all(&mut [contains]);
        }
    }
    filled
}
