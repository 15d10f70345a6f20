-- The last questions about a token in use, as `store::asked` writes them; nothing before the first.
ALTER TABLE token ADD COLUMN asked BLOB;
-- Until when questions about it may stand in `request`: for the week in which those of before may be repeated.
ALTER TABLE token ADD COLUMN look_beyond INTEGER NOT NULL DEFAULT 0;
UPDATE token SET look_beyond = CAST(strftime('%s', 'now') AS INTEGER) * 1000 + 604800000 WHERE state IN ('active', 'suspended');
