-- The twin of ../postgres/0008_exercises.sql: same number, same name, same columns.
-- Exercises: attempts that have no box, and what is answered in them.

alter table attempts add column node text; -- the server that keeps the time of one without a box

create table answers (
    attempt blob not null references attempts (id),
    field text not null,
    given text not null, -- a list of texts
    at text not null,
    primary key (attempt, field)
);
