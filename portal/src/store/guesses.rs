//! Owns how many wrong passwords a subject has given in a row, and how long the next one has to wait.
//! Refuses to know whether the subject exists.
//! Invariant: a guess is charged before it is looked at, so parallel guesses are all counted; waiting ends by itself.

use rusqlite::{Connection, OptionalExtension as _, params};
use warifu_core::time::{SECOND, UnixMillis};

use super::{Store, StoreError};
use crate::token::TokenId;

/// Which password is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// ログインパスワード.
    SignIn,
    /// 確認用パスワード.
    Confirmation,
    /// A staff account's password.
    StaffSignIn,
}

/// What a guess may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Look at it. If it is wrong, `left` more are looked at before waiting begins.
    Go { left: u8 },
    /// Not now; `ms` milliseconds from now.
    Wait { ms: i64 },
}

/// The most guesses that are looked at within a time, whoever makes them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cap {
    pub(crate) subject: TokenId,
    pub(crate) most: u32,
    pub(crate) within: i64,
}

/// When waiting begins and how long it may get.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) free: u8,
    pub(crate) longest: i64,
}

const FIRST_WAIT: i64 = 30 * SECOND;

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Confirmation => "confirmation",
            Self::StaffSignIn => "staff_sign_in",
        }
    }
}

impl Patience {
    /// 30 s after the last free try, doubling with each further one.
    fn wait(self, wrong: i64) -> i64 {
        let over = wrong - i64::from(self.free);
        if over < 0 { 0 } else { (FIRST_WAIT << over.min(20)).min(self.longest) }
    }
}

const CHARGE: &str = "INSERT INTO guess (kind, subject, wrong, blocked_until, at) VALUES (?1, ?2, ?3, ?4, ?5)
                      ON CONFLICT DO UPDATE SET wrong = ?3, blocked_until = ?4, at = ?5";

/// Charges a guess to what all may make together, counted from the first; or says how long it has to wait.
fn charge(db: &Connection, kind: Kind, cap: Cap, now: UnixMillis) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT wrong, at FROM guess WHERE kind = ?1 AND subject = ?2 AND at > ?3";
    let found: Option<(i64, i64)> = db
        .query_row(sql, params![kind.word(), cap.subject, now.0 - cap.within], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (made, since) = found.unwrap_or((0, now.0));
    if made >= i64::from(cap.most) {
        return Ok(Some(since + cap.within - now.0));
    }
    db.execute(CHARGE, params![kind.word(), cap.subject, made + 1, since + cap.within, since])?;
    Ok(None)
}

impl Store {
    /// Charges a guess, or says how long it has to wait (then nothing is charged).
    pub(crate) async fn begin_guess(
        &self,
        kind: Kind,
        subject: TokenId,
        cap: Option<Cap>,
        patience: Patience,
        now: UnixMillis,
    ) -> Result<Turn, StoreError> {
        self.run(move |db| {
            let transaction = db.transaction()?;
            let found: Option<(i64, i64)> = transaction
                .query_row(
                    "SELECT wrong, blocked_until FROM guess WHERE kind = ?1 AND subject = ?2",
                    params![kind.word(), subject],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            let (wrong, blocked_until) = found.unwrap_or_default();
            if blocked_until > now.0 {
                return Ok(Turn::Wait { ms: blocked_until - now.0 });
            }
            if let Some(ms) = cap.map(|cap| charge(&transaction, kind, cap, now)).transpose()?.flatten() {
                return Ok(Turn::Wait { ms });
            }
            let wrong = wrong + 1;
            transaction
                .execute(CHARGE, params![kind.word(), subject, wrong, now.0 + patience.wait(wrong), now.0])?;
            transaction.commit()?;
            let left = (i64::from(patience.free) - wrong).clamp(0, i64::from(u8::MAX));
            Ok(Turn::Go { left: u8::try_from(left).unwrap_or(u8::MAX) })
        })
        .await
    }

    /// The guess was right: the count begins anew.
    pub(crate) async fn forgive_guesses(&self, kind: Kind, subject: TokenId) -> Result<(), StoreError> {
        self.run(move |db| {
            let sql = "DELETE FROM guess WHERE kind = ?1 AND subject = ?2";
            db.execute(sql, params![kind.word(), subject]).map(drop)
        })
        .await
    }

    /// Marks a browser in which the owner of `login` has signed in.
    pub(crate) async fn remember_device(
        &self,
        device: TokenId,
        login: TokenId,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.run(move |db| {
            let sql = "INSERT INTO device (id, login, used_at) VALUES (?1, ?2, ?3)
                       ON CONFLICT DO UPDATE SET used_at = ?3";
            db.execute(sql, params![device, login, now.0]).map(drop)
        })
        .await
    }

    /// Whether the owner of `login` has signed in with this browser.
    pub(crate) async fn is_known_device(&self, device: TokenId, login: TokenId) -> Result<bool, StoreError> {
        self.run(move |db| {
            let sql = "SELECT 1 FROM device WHERE id = ?1 AND login = ?2";
            Ok(db.query_row(sql, params![device, login], |_| Ok(())).optional()?.is_some())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_begins_after_the_free_tries_doubles_and_ends_by_itself() {
        let store = Store::in_memory().unwrap();
        let patience = Patience { free: 5, longest: 900 * SECOND };
        let mut now = UnixMillis(0);
        for left in (0..5).rev() {
            assert_eq!(
                store.begin_guess(Kind::SignIn, [1; 32], None, patience, now).await.unwrap(),
                Turn::Go { left }
            );
        }
        for wait in [30, 60, 120, 240, 480, 900, 900] {
            let turn = store.begin_guess(Kind::SignIn, [1; 32], None, patience, now).await.unwrap();
            assert_eq!(turn, Turn::Wait { ms: wait * SECOND });
            now = now.plus(wait * SECOND);
            let turn = store.begin_guess(Kind::SignIn, [1; 32], None, patience, now).await.unwrap();
            assert_eq!(turn, Turn::Go { left: 0 });
        }
        let other = store.begin_guess(Kind::SignIn, [2; 32], None, patience, now).await.unwrap();
        assert_eq!(other, Turn::Go { left: 4 });
        store.forgive_guesses(Kind::SignIn, [1; 32]).await.unwrap();
        let turn = store.begin_guess(Kind::SignIn, [1; 32], None, patience, now).await.unwrap();
        assert_eq!(turn, Turn::Go { left: 4 });
    }

    #[tokio::test]
    async fn what_all_may_guess_together_is_counted_by_the_hour_and_charges_nobody_who_has_to_wait() {
        let store = Store::in_memory().unwrap();
        let patience = Patience { free: 5, longest: 900 * SECOND };
        let cap = Some(Cap { subject: [9; 32], most: 3, within: 3_600 * SECOND });
        let guess = async |n: u8, now| {
            store.begin_guess(Kind::SignIn, [n; 32], cap, patience, UnixMillis(now)).await.unwrap()
        };
        for n in 1..=3 {
            assert_eq!(guess(n, 0).await, Turn::Go { left: 4 });
        }
        assert_eq!(guess(4, 60 * SECOND).await, Turn::Wait { ms: 3_540 * SECOND });
        assert_eq!(guess(4, 3_600 * SECOND).await, Turn::Go { left: 4 });
    }

    #[tokio::test]
    async fn a_browser_that_two_people_share_is_known_to_both() {
        let store = Store::in_memory().unwrap();
        for login in [[1; 32], [2; 32], [1; 32]] {
            store.remember_device([7; 32], login, UnixMillis(0)).await.unwrap();
        }
        for login in [[1; 32], [2; 32]] {
            assert!(store.is_known_device([7; 32], login).await.unwrap());
        }
        assert!(!store.is_known_device([7; 32], [3; 32]).await.unwrap());
    }
}
