//! Machines of a lab that are ready at a time: the part of a lab's page for those who plan a class or an interview.

use leptos::prelude::*;
use platform::views::ReservationView;

use crate::{parts::attempts::moment, words};

/// What is reserved, and the form for more.
pub(super) fn section(lab: &str, reserved: Vec<ReservationView>) -> AnyView {
    let lines = reserved.into_iter().map(|reserved| line(lab, &reserved)).collect_view();
    view! {
        <section class="reserve" aria-labelledby="reserve">
            <h2 id="reserve">"Machines for a class or an interview"</h2>
            <p class="quiet">"Reserve them, and they are ready when you begin: nobody waits. They are kept for as long as the lab takes."</p>
            <ul class="plain-list">{lines}</ul>
            <form class="form" method="post" action=format!("/labs/{lab}/reserve")>
                <div class="field">
                    <label for="reserve-at">"When, in UTC"</label>
                    <input id="reserve-at" type="datetime-local" name="at" required />
                </div>
                <div class="field">
                    <label for="reserve-places">"How many"</label>
                    <input id="reserve-places" type="number" name="places" min="1" max="200" value="10" required />
                </div>
                <button class="button" type="submit">"Reserve"</button>
            </form>
        </section>
    }
    .into_any()
}

fn line(lab: &str, reserved: &ReservationView) -> AnyView {
    let places = usize::try_from(reserved.places).unwrap_or(usize::MAX);
    let what = words::count(places, "machine", "machines");
    let when = moment(reserved.at);
    let cancel = format!("Cancel the reservation of {what} for {when}");
    view! {
        <li class="reserved">
            <span>
                <time datetime=reserved.at.to_rfc3339()>{when}</time> ": " {what} ", reserved by " {reserved.by.name.clone()}
            </span>
            <form method="post" action=format!("/labs/{lab}/cancel-reservation")>
                <input type="hidden" name="reservation" value=reserved.id.to_string() />
                <button class="button button-small" type="submit" aria-label=cancel>"Cancel"</button>
            </form>
        </li>
    }
    .into_any()
}
