-- The twin of ../sqlite/0005_time.sql: same number, same name, same columns.

-- How many percent more time somebody has by right.
alter table users add column extra_time integer not null default 0;

alter table attempts add column paused_at timestamptz; -- while it is paused
alter table attempts add column paused_why text; -- asked, idle
alter table attempts add column allowance integer not null default 0; -- minutes that the learner may add in all
alter table attempts add column extended integer not null default 0; -- minutes of them that were added
alter table attempts add column active_at timestamptz; -- when the learner last did something, to the minute or so
alter table attempts add column warned integer; -- the last mark, in seconds left, that was said
create index attempts_by_pause on attempts (paused_at) where state = 'running' and paused_at is not null;

-- Which servers there are, and until when each was there.
create table nodes (
    node text not null primary key,
    seen_at timestamptz not null
);
