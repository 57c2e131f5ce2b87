-- The twin of ../postgres/0001_foundation.sql: same number, same name, same columns.
-- Ids are UUIDs as 16 bytes, times are UTC texts of one form; both are made by the program, never by the database.

create table users (
    id blob not null primary key,
    login text not null unique, -- in lower case
    name text not null,
    role text not null,
    password text, -- Argon2id as a PHC string; null: no sign-in by password
    demo boolean not null,
    created_at text not null
);

create table sessions (
    id text not null primary key,
    data text not null,
    expires_at text not null
);
create index sessions_by_expiry on sessions (expires_at);

-- How a lab was marked when an attempt at it was made: a result can be computed again after the lab has changed.
create table lab_versions (
    lab text not null,
    version text not null, -- hash of the lab's files
    title text not null,
    marking text not null,
    primary key (lab, version)
);

create table attempts (
    id blob not null primary key,
    learner blob not null references users (id),
    lab text not null,
    version text not null,
    mode text not null,
    seed bigint not null,
    vars text not null,
    state text not null, -- starting, running, finishing, ended, failed
    started_at text not null,
    deadline text, -- once it runs
    ended_at text,
    reason text, -- why it ends, from finishing on
    trouble text, -- in words for the learner, when it failed or was lost
    passed boolean, -- what events and marking come to, kept so that lists need not compute it
    points integer,
    possible integer,
    foreign key (lab, version) references lab_versions (lab, version)
);
create index attempts_by_learner on attempts (learner, started_at);
create index attempts_by_deadline on attempts (deadline) where state = 'running';
create unique index attempts_one_at_a_time on attempts (learner, lab) where state in ('starting', 'running', 'finishing');

create table sandboxes (
    id blob not null primary key,
    attempt blob not null references attempts (id),
    node text not null, -- the machine whose engine has it
    container text, -- once it is made
    state text not null, -- creating, running, removed
    journal_seq bigint not null, -- the last journal entry that is among the events
    created_at text not null,
    removed_at text
);
create index sandboxes_by_attempt on sandboxes (attempt);
create index sandboxes_alive on sandboxes (node) where state <> 'removed';

-- The head of each chain of events: one chain for each attempt, or for the person where there is none.
create table chains (
    id blob not null primary key,
    length bigint not null,
    hash text not null
);

create table events (
    seq integer primary key autoincrement,
    id blob not null unique,
    at text not null,
    box_at text,
    actor blob,
    subject blob not null,
    attempt blob,
    source text not null,
    kind text not null,
    data text not null, -- JSON as it was hashed, to the byte
    sandbox blob,
    sequence bigint, -- the number in the sandbox's journal
    chain blob not null,
    position bigint not null, -- from 1
    prev_hash text not null,
    hash text not null,
    unique (sandbox, sequence),
    unique (chain, position)
);
create index events_by_attempt on events (attempt, kind);

create trigger events_keep_their_words before update on events begin
    select raise(abort, 'events are append-only');
end;
create trigger events_stay before delete on events begin
    select raise(abort, 'events are append-only');
end;
