-- Transfers that wait for their code, and those that got it. What is paid to whom is not kept: only what a code is
-- computed over, as it was shown and as it is typed.
CREATE TABLE pending_transaction (
    no             INTEGER PRIMARY KEY,
    transaction_id BLOB    NOT NULL UNIQUE,
    institution_no INTEGER NOT NULL REFERENCES institution (no),
    member_id      TEXT    NOT NULL,
    shown          BLOB    NOT NULL,
    typed          BLOB    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('pending', 'signed')),
    -- Which token said yes to what, and at which step.
    token_no       INTEGER REFERENCES token (no),
    challenge      BLOB,
    step           INTEGER,
    expires_at     INTEGER NOT NULL,
    CHECK ((state = 'signed') = (token_no IS NOT NULL AND challenge IS NOT NULL AND step IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX one_yes_per_step ON pending_transaction (token_no, challenge, step) WHERE state = 'signed';
CREATE INDEX transaction_to_forget ON pending_transaction (expires_at);
