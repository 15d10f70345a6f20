-- kana: full-width katakana without blanks, for staff to search by.
ALTER TABLE member ADD COLUMN kana TEXT NOT NULL DEFAULT '';

-- Serials that pages were shown with: staff find a member by them.
CREATE TABLE serial (
    serial    TEXT PRIMARY KEY,
    member_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- token: never (none was activated yet: the password alone may apply for the first), had (it may not any more).
CREATE TABLE staff (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    mail          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('clerk', 'approver', 'auditor')),
    password_hash TEXT NOT NULL,
    token         TEXT NOT NULL DEFAULT 'never' CHECK (token IN ('never', 'had')),
    made_at       INTEGER NOT NULL,
    signed_in_at  INTEGER,
    disabled_at   INTEGER
) STRICT;

-- stage: setup (password right, no token yet), code (password right, code still owed), passed (rotated away by the
-- right code; answers only passed_by, the question that carried it, once more), in.
CREATE TABLE staff_session (
    id        BLOB PRIMARY KEY,
    staff_id  TEXT NOT NULL REFERENCES staff (id),
    stage     TEXT NOT NULL CHECK (stage IN ('setup', 'code', 'passed', 'in')),
    made_at   INTEGER NOT NULL,
    used_at   INTEGER NOT NULL,
    before    INTEGER,
    passed_by TEXT
) STRICT;
CREATE INDEX staff_session_by_use ON staff_session (used_at);

-- One 停止解除. id: the request ID at the centre. state: open (waits for another person's approval), approved (may be
-- sent to the centre), done, declined, void (the token was not suspended any more).
CREATE TABLE reinstatement (
    id           TEXT PRIMARY KEY,
    member_id    TEXT NOT NULL,
    serial       TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'approved', 'done', 'declined', 'void')),
    identified   TEXT NOT NULL,
    reason       TEXT NOT NULL,
    requested_by TEXT NOT NULL REFERENCES staff (id),
    requested_at INTEGER NOT NULL,
    decided_by   TEXT REFERENCES staff (id),
    decided_at   INTEGER,
    CHECK (member_id <> 'staff.' || requested_by),
    CHECK (state = 'declined' OR decided_by IS NULL OR decided_by <> requested_by),
    CHECK (state = 'declined' OR decided_by IS NULL OR member_id <> 'staff.' || decided_by)
) STRICT;
CREATE UNIQUE INDEX reinstatement_living ON reinstatement (member_id) WHERE state IN ('open', 'approved');

-- staff_id: who did it; '' is an operator on the command line.
CREATE TABLE staff_log (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    staff_id  TEXT NOT NULL,
    deed      TEXT NOT NULL,
    member_id TEXT NOT NULL,
    detail    TEXT NOT NULL
) STRICT;
CREATE TRIGGER staff_log_stays BEFORE DELETE ON staff_log
BEGIN SELECT RAISE(ABORT, 'the staff log is only added to'); END;
CREATE TRIGGER staff_log_is_not_edited BEFORE UPDATE ON staff_log
BEGIN SELECT RAISE(ABORT, 'the staff log is only added to'); END;
CREATE TRIGGER staff_log_is_not_replaced BEFORE INSERT ON staff_log
WHEN EXISTS (SELECT 1 FROM staff_log WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the staff log is only added to'); END;
