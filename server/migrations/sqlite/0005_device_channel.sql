-- What each token's device asked lately, and the last answer: the same question again gets the same answer.
CREATE TABLE device_question (
    token_no INTEGER NOT NULL REFERENCES token (no),
    n        INTEGER NOT NULL,
    nonce    BLOB    NOT NULL,
    reply    BLOB,
    PRIMARY KEY (token_no, n, nonce)
) STRICT, WITHOUT ROWID;

-- Tokens whose keys two devices seem to hold.
CREATE TABLE device_copy (
    token_no INTEGER NOT NULL PRIMARY KEY REFERENCES token (no),
    at       INTEGER NOT NULL
) STRICT;

-- For the figures: which kinds of mails were written when.
CREATE INDEX outbox_by_kind ON outbox (institution_no, kind, created_at);
