//! The people of a demo: Harbourline, which ships containers of the other kind.

use uuid::{Uuid, uuid};

use crate::{access::Role, views::Viewer};

struct Person {
    id: Uuid,
    login: &'static str,
    name: &'static str,
    role: Role,
}

/// Ids never change: sessions and attempts of a demo outlive its server.
const PEOPLE: [Person; 6] = [
    Person {
        id: uuid!("0199d0c0-0000-7000-8000-000000000001"),
        login: "maya",
        name: "Maya Lindqvist",
        role: Role::Learner,
    },
    Person {
        id: uuid!("0199d0c0-0000-7000-8000-000000000002"),
        login: "tobias",
        name: "Tobias Okafor",
        role: Role::Learner,
    },
    Person {
        id: uuid!("0199d0c0-0000-7000-8000-000000000003"),
        login: "ingrid",
        name: "Ingrid Solheim",
        role: Role::Manager,
    },
    Person {
        id: uuid!("0199d0c0-0000-7000-8000-000000000004"),
        login: "rafael",
        name: "Rafael Duarte",
        role: Role::Interviewer,
    },
    Person {
        id: uuid!("0199d0c0-0000-7000-8000-000000000005"),
        login: "priya",
        name: "Priya Raghavan",
        role: Role::Author,
    },
    Person { id: uuid!("0199d0c0-0000-7000-8000-000000000006"), login: "sam", name: "Sam Whitaker", role: Role::Admin },
];

pub(super) fn people() -> impl Iterator<Item = Viewer> {
    PEOPLE.iter().map(|person| Viewer { id: person.id, name: person.name.into(), role: person.role })
}

pub(super) fn logins() -> impl Iterator<Item = &'static str> {
    PEOPLE.iter().map(|person| person.login)
}
