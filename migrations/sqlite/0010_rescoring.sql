-- The twin of ../postgres/0010_rescoring.sql: same number, same name, same columns.
-- What each check of a lab asked of a box, by its id, as a hash: only what was seen as an answer to the same question can
-- be judged again.

alter table lab_versions add column questions text; -- none for versions that were kept before
