-- agent: which browser, in words that its owner reads.
ALTER TABLE staff_session ADD COLUMN agent TEXT NOT NULL DEFAULT '';
CREATE INDEX staff_session_by_staff ON staff_session (staff_id);

-- invited_at: when the password was made up and mailed; NULL once its owner has chosen one.
ALTER TABLE staff ADD COLUMN invited_at INTEGER;
