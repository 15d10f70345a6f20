//! Owns how many wrong passwords a subject has given in a row, and how long the next one has to wait.
//! Refuses to know whether the subject exists.
//! Invariant: a guess is charged before it is looked at, so parallel guesses are all counted; waiting ends by itself.

use rusqlite::{OptionalExtension as _, params};
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

impl Store {
    /// Charges a guess, or says how long it has to wait (then nothing is charged).
    pub(crate) async fn begin_guess(
        &self,
        kind: Kind,
        subject: TokenId,
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
            let wrong = wrong + 1;
            transaction.execute(
                "INSERT INTO guess (kind, subject, wrong, blocked_until, at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET wrong = ?3, blocked_until = ?4, at = ?5",
                params![kind.word(), subject, wrong, now.0 + patience.wait(wrong), now.0],
            )?;
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
                       ON CONFLICT DO UPDATE SET login = ?2, used_at = ?3";
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
                store.begin_guess(Kind::SignIn, [1; 32], patience, now).await.unwrap(),
                Turn::Go { left }
            );
        }
        for wait in [30, 60, 120, 240, 480, 900, 900] {
            let turn = store.begin_guess(Kind::SignIn, [1; 32], patience, now).await.unwrap();
            assert_eq!(turn, Turn::Wait { ms: wait * SECOND });
            now = now.plus(wait * SECOND);
            let turn = store.begin_guess(Kind::SignIn, [1; 32], patience, now).await.unwrap();
            assert_eq!(turn, Turn::Go { left: 0 });
        }
        let other = store.begin_guess(Kind::SignIn, [2; 32], patience, now).await.unwrap();
        assert_eq!(other, Turn::Go { left: 4 });
        store.forgive_guesses(Kind::SignIn, [1; 32]).await.unwrap();
        let turn = store.begin_guess(Kind::SignIn, [1; 32], patience, now).await.unwrap();
        assert_eq!(turn, Turn::Go { left: 4 });
    }
}
