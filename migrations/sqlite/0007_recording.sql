-- The twin of ../postgres/0007_recording.sql: same number, same name, same columns.
-- What terminals have shown: a file for each, of which so many bytes are whole.

create table recordings (
    attempt blob not null references attempts (id),
    terminal bigint not null, -- its number in the attempt
    sandbox blob not null references sandboxes (id), -- whose terminal it is
    host text not null,
    started_at text not null, -- a whole second, from which the times in the file count
    duration_ms bigint not null,
    bytes bigint not null, -- so much of the file is whole
    blocks bigint not null,
    last_block bigint not null, -- the number in the sandbox of the last block that was taken
    length bigint not null, -- of its text, in bytes
    crc bigint not null, -- of its text, CRC-32
    complete boolean not null, -- it is as large as it may be: what comes now is left out
    primary key (attempt, terminal)
);
create index recordings_by_sandbox on recordings (sandbox);
