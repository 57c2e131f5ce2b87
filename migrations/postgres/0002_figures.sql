-- The twin of ../sqlite/0002_figures.sql: same number, same name, same columns.
-- What organisations' tools and people say of somebody belongs to no attempt and is read by person and time.

create index events_of_people on events (subject, at) where attempt is null;
