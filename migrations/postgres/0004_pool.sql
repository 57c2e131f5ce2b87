-- The twin of ../sqlite/0004_pool.sql: same number, same name, same columns.
-- Attempts that wait for their turn, and boxes that are promised for a time.

-- Whatever is not over is open: a state that comes later is too.
drop index attempts_one_at_a_time;
create unique index attempts_one_at_a_time on attempts (learner, lab) where state not in ('ended', 'failed');
create index attempts_by_time on attempts (started_at);

create table queue (
    attempt uuid not null primary key references attempts (id),
    node text not null, -- the server that they wait at
    since timestamptz not null
);
create index queue_in_order on queue (node, since, attempt);

create table reservations (
    id uuid not null primary key,
    lab text not null,
    at timestamptz not null,
    until timestamptz not null, -- nothing is kept from then on
    places integer not null,
    reserved_by uuid not null references users (id),
    made_at timestamptz not null,
    cancelled_at timestamptz
);
create index reservations_by_time on reservations (until) where cancelled_at is null;
