//! What there is of the machine besides its terminals: its files, and the ports that it serves.

use leptos::prelude::*;
use platform::views::PortView;
use uuid::Uuid;

use crate::islands::{Files, Preview};

/// Which tool is in front. Plain radio buttons, as many as there are tools: style does the rest.
pub(super) fn switch(ports: &[PortView]) -> AnyView {
    let port = |(n, port): (usize, &PortView)| {
        view! { <label><input type="radio" name="tool" id=format!("tool-port-{n}") data-port=port.port /> <span>{port.name.clone()}</span></label> }
    };
    view! {
        <fieldset class="tools">
            <legend class="unseen">"Show of your machine"</legend>
            <label><input type="radio" name="tool" id="tool-terminal" checked /> <span>"Terminal"</span></label>
            <label><input type="radio" name="tool" id="tool-files" /> <span>"Files"</span></label>
            {ports.iter().enumerate().map(port).collect::<Vec<_>>()}
            <label><input type="radio" name="tool" id="tool-port-any" /> <span>"Another port"</span></label>
        </fieldset>
    }
    .into_any()
}

/// The tools themselves. `hosts`: the names of the lab's hosts.
pub(super) fn panes(attempt: Uuid, ports: Vec<PortView>, hosts: Vec<String>) -> AnyView {
    // One host needs no name.
    let hosts = if hosts.len() > 1 { hosts } else { Vec::new() };
    let port = |(n, port): (usize, PortView)| {
        let label = format!("Preview of {}", port.name);
        view! {
            <section class="lab-tool" id=format!("pane-port-{n}") aria-label=label>
                {view! { <Preview attempt=attempt what=port.name path=port.path hosts=Vec::new() /> }.into_any()}
            </section>
        }
    };
    let ports: Vec<_> = ports.into_iter().enumerate().map(port).collect();
    view! {
        <section class="lab-tool" id="pane-files" aria-label="Files">
            {view! { <Files attempt=attempt hosts=hosts.clone() /> }.into_any()}
        </section>
        {ports}
        <section class="lab-tool" id="pane-port-any" aria-label="Preview of another port">
            {view! { <Preview attempt=attempt what=String::new() path="/".to_string() hosts=hosts /> }.into_any()}
        </section>
    }
    .into_any()
}
