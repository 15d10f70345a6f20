CREATE TABLE member (
    id                TEXT PRIMARY KEY,
    login_id          TEXT NOT NULL UNIQUE,
    name              TEXT NOT NULL,
    login_hash        TEXT NOT NULL,
    confirmation_hash TEXT NOT NULL,
    signed_in_at      INTEGER
) STRICT;

-- id: a digest of the cookie. stage: code (password right, code still owed), passed (rotated away by the right
-- code; answers only passed_by, the question that carried it, once more), in.
CREATE TABLE session (
    id        BLOB PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES member (id),
    stage     TEXT NOT NULL CHECK (stage IN ('code', 'passed', 'in')),
    made_at   INTEGER NOT NULL,
    used_at   INTEGER NOT NULL,
    before    INTEGER,
    passed_by TEXT
) STRICT;
CREATE INDEX session_by_use ON session (used_at);

CREATE TABLE device (
    id       BLOB PRIMARY KEY,
    login    BLOB NOT NULL,
    used_at  INTEGER NOT NULL
) STRICT;

-- subject: a digest, so that a typed ID that belongs to nobody takes no more room than a member's.
CREATE TABLE guess (
    kind          TEXT NOT NULL,
    subject       BLOB NOT NULL,
    wrong         INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY,
    recipient   TEXT NOT NULL,
    subject     TEXT NOT NULL,
    text        TEXT NOT NULL,
    html        TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed')),
    tries       INTEGER NOT NULL DEFAULT 0,
    made_at     INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    give_up_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (next_try_at) WHERE state = 'queued';

CREATE TABLE draft (
    member_id  TEXT PRIMARY KEY REFERENCES member (id),
    mail       TEXT NOT NULL,
    mail_again TEXT NOT NULL,
    saved_at   INTEGER NOT NULL
) STRICT;

-- One トークン発行 from 次へ to 完了. start_password: sealed under the session's key, gone as soon as it is issued.
CREATE TABLE application (
    id             TEXT PRIMARY KEY,
    member_id      TEXT NOT NULL REFERENCES member (id),
    state          TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'issued', 'stopped')),
    mail           TEXT NOT NULL,
    start_password BLOB,
    made_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX application_by_member ON application (member_id, made_at);
CREATE UNIQUE INDEX application_living ON application (member_id) WHERE state IN ('open', 'confirmed');

CREATE TABLE mailed_password (
    id             INTEGER PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id),
    member_id      TEXT NOT NULL REFERENCES member (id),
    form           TEXT NOT NULL,
    digest         BLOB NOT NULL,
    outbox_id      INTEGER NOT NULL REFERENCES outbox (id),
    tries_left     INTEGER NOT NULL,
    sent_at        INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    UNIQUE (application_id, form)
) STRICT;
CREATE INDEX mailed_password_by_member ON mailed_password (member_id, sent_at);
