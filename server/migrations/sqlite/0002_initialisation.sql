-- Which OPAQUE setup new issues are registered under, and the other one while it is being changed:
-- a greater number waits for its service card, a smaller one serves the issues that are still open under it.
ALTER TABLE institution ADD COLUMN setup_id INTEGER NOT NULL DEFAULT 1;
ALTER TABLE institution ADD COLUMN setup_other INTEGER CHECK (setup_other <> setup_id);
ALTER TABLE issue ADD COLUMN setup_id INTEGER NOT NULL DEFAULT 1;

-- Each M1 that named an issue of its institution, whatever state that was in. Told to the institution only.
CREATE TABLE attempt (
    no       INTEGER PRIMARY KEY,
    issue_no INTEGER NOT NULL REFERENCES issue (no),
    enrol_id BLOB    NOT NULL UNIQUE,
    at       INTEGER NOT NULL,
    outcome  TEXT    NOT NULL CHECK
        (outcome IN ('unfinished', 'enrolled', 'too_late', 'expired', 'exhausted', 'used', 'cancelled'))
) STRICT;
CREATE INDEX attempt_of_issue ON attempt (issue_no, no);
CREATE INDEX attempt_to_forget ON attempt (at);

-- How often something was done within a window. Rows, so that several centres count together.
CREATE TABLE rate (
    kind         TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    window_start INTEGER NOT NULL,
    in_window    INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX rate_to_forget ON rate (window_start);
