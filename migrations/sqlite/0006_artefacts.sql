-- The twin of ../postgres/0006_artefacts.sql: same number, same name, same columns.
-- What lies in files under the data directory of a server, named by its SHA-256: end states, texts.

create table artefacts (
    id blob not null primary key,
    hash text not null, -- SHA-256 in hex: the file's name; several rows may share a file
    bytes bigint not null,
    kind text not null, -- snapshot, changes, file
    subject blob not null references users (id), -- whose it is: erased with the person
    attempt blob references attempts (id),
    host text, -- of which host, where the lab has several
    node text not null, -- the server whose data directory has it
    created_at text not null
);
create index artefacts_by_attempt on artefacts (attempt, kind);
create index artefacts_by_hash on artefacts (hash);
create index artefacts_by_age on artefacts (node, created_at);

-- Copies of boxes that somebody looks into. No attempts: nobody is judged by them.
create table inspections (
    id blob not null primary key, -- its containers carry it in place of an attempt's
    attempt blob not null references attempts (id), -- whose end state it is a copy of
    viewer blob not null references users (id),
    node text not null,
    state text not null, -- starting, running, ended
    created_at text not null,
    deadline text not null,
    trouble text -- why it could not be opened, in words
);
create index inspections_open on inspections (node) where state <> 'ended';
