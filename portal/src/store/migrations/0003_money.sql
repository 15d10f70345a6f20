-- mail: 登録情報, '' when there is none. form_limit: what the application form says, yen; NULL is the institution's own.
ALTER TABLE member ADD COLUMN mail TEXT NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN form_limit INTEGER CHECK (form_limit > 0);

-- agent: which browser, in words that the member reads.
ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT '';
CREATE INDEX session_by_member ON session (member_id);

-- 普通預金, yen. Account 1 is the institution's own: what goes to other institutions goes there, opening deposits come
-- from there, and it alone may be below zero. So all balances add up to nothing, always.
CREATE TABLE account (
    id        INTEGER PRIMARY KEY,
    member_id TEXT REFERENCES member (id),
    branch    TEXT NOT NULL,
    number    TEXT NOT NULL,
    balance   INTEGER NOT NULL DEFAULT 0 CHECK (balance >= 0 OR member_id IS NULL),
    UNIQUE (branch, number)
) STRICT;
CREATE INDEX account_by_member ON account (member_id);
INSERT INTO account (id, branch, number) VALUES (1, '', '');

-- One 振込・振替. id: derived from the form and what was typed. payee_account_id: where it is credited here.
CREATE TABLE transfer (
    id               TEXT PRIMARY KEY,
    member_id        TEXT NOT NULL REFERENCES member (id),
    account_id       INTEGER NOT NULL REFERENCES account (id),
    payee_account_id INTEGER NOT NULL REFERENCES account (id),
    bank             TEXT NOT NULL,
    branch           TEXT NOT NULL,
    kind             TEXT NOT NULL CHECK (kind IN ('ordinary', 'current', 'savings')),
    number           TEXT NOT NULL,
    payee            TEXT NOT NULL,
    amount           INTEGER NOT NULL CHECK (amount > 0),
    state            TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'stopped')),
    made_at          INTEGER NOT NULL,
    done_at          INTEGER,
    CHECK (account_id <> payee_account_id),
    CHECK ((state = 'done') = (done_at IS NOT NULL))
) STRICT;
CREATE INDEX transfer_by_member ON transfer (member_id, done_at);

-- 取引認証: what the centre waits for, for the transfers that need it.
CREATE TABLE signing (
    transfer_id    TEXT PRIMARY KEY REFERENCES transfer (id),
    transaction_id TEXT NOT NULL,
    qr             TEXT NOT NULL,
    expires_at     INTEGER NOT NULL
) STRICT;

-- Both sides of everything that was booked. transfer_id: NULL is an opening deposit.
CREATE TABLE entry (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    transfer_id TEXT REFERENCES transfer (id),
    account_id  INTEGER NOT NULL REFERENCES account (id),
    amount      INTEGER NOT NULL CHECK (amount <> 0),
    at          INTEGER NOT NULL,
    UNIQUE (transfer_id, account_id)
) STRICT;
CREATE TRIGGER entry_moves_the_balance AFTER INSERT ON entry
BEGIN UPDATE account SET balance = balance + NEW.amount WHERE id = NEW.account_id; END;
CREATE TRIGGER transfer_is_booked AFTER UPDATE OF state ON transfer WHEN NEW.state = 'done' AND OLD.state = 'open'
BEGIN
    INSERT INTO entry (transfer_id, account_id, amount, at) VALUES (NEW.id, NEW.account_id, -NEW.amount, NEW.done_at);
    INSERT INTO entry (transfer_id, account_id, amount, at) VALUES (NEW.id, NEW.payee_account_id, NEW.amount, NEW.done_at);
END;
CREATE TRIGGER transfer_stays BEFORE UPDATE ON transfer WHEN OLD.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'a transfer that is over is not edited'); END;
CREATE TRIGGER entry_stays BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are only added'); END;
CREATE TRIGGER entry_is_not_edited BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are only added'); END;

-- 振込・振替限度額の変更. state: standing (it holds from effective_at on), taken_back, replaced (a newer one was asked for
-- before this one held), fallen (the token was released or stopped).
CREATE TABLE limit_change (
    id           TEXT PRIMARY KEY,
    member_id    TEXT NOT NULL REFERENCES member (id),
    amount       INTEGER NOT NULL CHECK (amount > 0),
    state        TEXT NOT NULL DEFAULT 'standing' CHECK (state IN ('standing', 'taken_back', 'replaced', 'fallen')),
    asked_at     INTEGER NOT NULL,
    effective_at INTEGER NOT NULL
) STRICT;
CREATE INDEX limit_change_standing ON limit_change (member_id, effective_at) WHERE state = 'standing';

-- Changes of registered data that were done, so that the same form does nothing twice.
CREATE TABLE address_change (
    id        TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES member (id),
    at        INTEGER NOT NULL
) STRICT;

-- 利用解除 without the phone. id: the request ID at the centre. state: open (waits for another person's approval),
-- cooling (ends by itself at due_at), taken_back (by the member), declined (by staff), done, void (there was nothing
-- to release any more).
CREATE TABLE lost_phone (
    id           TEXT PRIMARY KEY,
    member_id    TEXT NOT NULL REFERENCES member (id),
    serial       TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'cooling', 'taken_back', 'declined', 'done', 'void')),
    identified   TEXT NOT NULL,
    reason       TEXT NOT NULL,
    requested_by TEXT NOT NULL REFERENCES staff (id),
    requested_at INTEGER NOT NULL,
    decided_by   TEXT REFERENCES staff (id),
    decided_at   INTEGER,
    due_at       INTEGER,
    CHECK (state <> 'cooling' OR due_at IS NOT NULL),
    CHECK (state = 'declined' OR decided_by IS NULL OR decided_by <> requested_by)
) STRICT;
CREATE UNIQUE INDEX lost_phone_living ON lost_phone (member_id) WHERE state IN ('open', 'cooling');
CREATE INDEX lost_phone_due ON lost_phone (due_at) WHERE state = 'cooling';
