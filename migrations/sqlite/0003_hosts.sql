-- The twin of ../postgres/0003_hosts.sql: same number, same name, same columns.
-- A lab may have several hosts: each has a sandbox of its own.

alter table sandboxes add column host bigint not null default 0; -- which of the lab's hosts it is, from 0
