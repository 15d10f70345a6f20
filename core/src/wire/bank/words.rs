//! Owns the words of the bank API: what a code is for, what became of it, and the states of everything.
//! Refuses to know the bodies that they stand in.
//! Invariant: one word per value, the same in JSON, in tables and in the audit log.

use serde::{Deserialize, Serialize};

use crate::wire::device::words;

words!(
    /// What a code is asked for.
    Purpose {
        /// ログイン.
        SignIn = "sign_in",
        /// 振込・振替.
        Transfer = "transfer",
        /// 登録情報の変更, 限度額の変更.
        Change = "change",
    }
);

words!(
    /// 登録状況 of a member.
    Registration {
        /// 未登録.
        None = "none",
        /// トークン発行済: an issue is open, or a token is initialised and waits for 利用開始.
        Issued = "issued",
        /// 利用中.
        Active = "active",
        /// 停止中.
        Suspended = "suspended",
    }
);

words!(
    /// What became of a code.
    Verdict {
        /// Right, new, and spent by this answer.
        Accepted = "accepted",
        /// Right once, but its step was spent before. Nothing is charged.
        Used = "used",
        /// Wrong; one try is charged.
        Wrong = "wrong",
        /// The token is stopped (停止); the code was not looked at.
        Suspended = "suspended",
        /// The token is past 有効期限.
        Expired = "expired",
        /// Initialised, but 利用開始 has not been done.
        NotActivated = "not_activated",
        /// There is no initialised token.
        NotRegistered = "not_registered",
    }
);

words!(
    /// 発行: its state.
    IssueState {
        /// Waits for the app's 初期設定.
        Open = "open",
        /// The app was initialised with it.
        Used = "used",
        /// Too many wrong start passwords.
        Exhausted = "exhausted",
        /// 7 days went by.
        Expired = "expired",
        /// 申込を中止する, or a newer issue.
        Cancelled = "cancelled",
    }
);

words!(
    /// The token's state at the centre.
    TokenState {
        /// 発行済: initialised, not yet activated.
        Issued = "issued",
        /// 利用中.
        Active = "active",
        /// 停止.
        Suspended = "suspended",
        /// 利用解除.
        Revoked = "revoked",
        /// 機種変更.
        Replaced = "replaced",
        /// 有効期限 passed.
        Expired = "expired",
        /// Never activated: 7 days, or too many wrong codes.
        Void = "void",
    }
);

words!(
    /// What became of one attempt to initialise an app with an issue. Told to the institution, never to the device.
    AttemptOutcome {
        /// Answered and charged, but never finished: a wrong start password, or a line that broke.
        Unfinished = "unfinished",
        /// The app was initialised.
        Enrolled = "enrolled",
        /// The password was right, but another device had been first.
        TooLate = "too_late",
        /// The issue had expired.
        Expired = "expired",
        /// All guesses had been used.
        Exhausted = "exhausted",
        /// The issue had been used.
        Used = "used",
        /// The issue had been cancelled.
        Cancelled = "cancelled",
    }
);

words!(
    /// What became of a mail.
    MailState {
        /// Waits in the outbox; it is tried again until it is sent or given up.
        Queued = "queued",
        /// Taken over by the mail server.
        Sent = "sent",
        /// Refused for good by the mail server.
        Failed = "failed",
    }
);
