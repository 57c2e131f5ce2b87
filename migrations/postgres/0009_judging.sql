-- The twin of ../sqlite/0009_judging.sql: same number, same name, same columns.
-- What waits for people to judge it. What they say is in events; here is what is asked, of whom, and the words that events
-- only name.

create table cases (
    id uuid not null primary key,
    matter text not null, -- work, dispute, runbook, evidence
    subject uuid not null references users (id), -- whose it is, who never judges it
    attempt uuid references attempts (id), -- none for evidence
    topic text not null, -- the lab, or the goal that evidence is for
    part text not null, -- the check that is disputed, the runbook that is improved; empty for others
    rubric jsonb not null, -- what is judged at levels: a list, empty for what is only decided
    survey text, -- what judges are asked as partners; none where they are not
    raters integer not null, -- how many are to judge it
    blind boolean not null, -- whether they do not see whose it is
    asked text, -- what the subject says to it, by its hash in case_words
    asked_at timestamptz not null,
    due_at timestamptz not null,
    decided_at timestamptz
);
create index cases_waiting on cases (due_at) where decided_at is null;
create index cases_by_attempt on cases (attempt);
create index cases_by_subject on cases (subject);
-- Who presses a button twice asks once.
create unique index cases_one_of_work on cases (attempt) where matter = 'work';
create unique index cases_one_dispute on cases (attempt, part) where matter = 'dispute';
create unique index cases_one_runbook on cases (attempt) where matter = 'runbook' and decided_at is null;
create unique index cases_one_evidence on cases (subject, topic) where matter = 'evidence' and decided_at is null;

-- Who has begun to judge a case, and who is done.
create table case_judges (
    case_id uuid not null references cases (id),
    judge uuid not null references users (id),
    begun_at timestamptz not null,
    draft jsonb, -- what they have written in the form so far
    submitted_at timestamptz,
    primary key (case_id, judge)
);

-- Words that events name by their SHA-256: they go when a person is erased, and the log stays whole.
create table case_words (
    case_id uuid not null references cases (id),
    hash text not null,
    words text not null,
    primary key (case_id, hash)
);
