//! Owns トークン発行 between 次へ and 完了: what was entered, the mailed password, what was confirmed.
//! Refuses to know how a start password is sealed and what the centre made of it.
//! Invariant: a member has at most one living application; a mailed password opens one application, once.

use rusqlite::{Connection, OptionalExtension as _, params};
use subtle::ConstantTimeEq as _;
use warifu_core::ids::{MemberId, RequestId};
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::{MailAddress, MailState};

use super::outbox::{self, NewMail};
use super::{Store, StoreError, parsed};

/// Its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Waits for the two passwords of 入力内容確認.
    Open,
    /// Both were right; the centre has not answered yet.
    Confirmed,
    /// The centre has issued.
    Issued,
    /// 申込を中止する, or a newer application.
    Stopped,
}

impl State {
    fn from_word(word: &str) -> Option<Self> {
        match word {
            "open" => Some(Self::Open),
            "confirmed" => Some(Self::Confirmed),
            "issued" => Some(Self::Issued),
            "stopped" => Some(Self::Stopped),
            _ => None,
        }
    }
}

/// An application as its pages show it. Its ID is the request ID at the centre.
pub(crate) struct Application {
    pub(crate) id: RequestId,
    pub(crate) state: State,
    pub(crate) mail: MailAddress,
    /// Sealed under the session's key.
    pub(crate) start_password: Option<Vec<u8>>,
    /// When the newest mailed password was sent.
    pub(crate) sent_at: UnixMillis,
    /// What became of that mail.
    pub(crate) mail_state: MailState,
}

/// A mailed password to be sent.
pub(crate) struct MailedPassword {
    /// The form that asked for it: a double click sends one mail.
    pub(crate) form: String,
    pub(crate) digest: [u8; 32],
    pub(crate) tries: u8,
    /// How many a member may ask for in an hour.
    pub(crate) hourly: u32,
    pub(crate) expires_at: UnixMillis,
    pub(crate) mail: NewMail,
}

/// What became of a request for a mailed password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sending {
    /// It is on its way, also when this very form asked before.
    Sent,
    /// The member has asked for too many within the hour.
    TooMany,
    /// The application lives no more.
    Gone,
}

/// What became of a typed メール通知パスワード.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    /// It is the newest one, in time, with tries left.
    Right,
    /// It is not; so many more tries.
    Wrong {
        /// 0: this one is void, a new one has to be sent.
        left: u8,
    },
    /// It is older than its minutes.
    Late,
}

const KEPT_FOR: i64 = 30 * 60_000;
const HOUR: i64 = 60 * 60_000;

impl Store {
    /// Opens an application, ending the one before, and sends its first mailed password.
    pub(crate) async fn open_application(
        &self,
        id: RequestId,
        member: &MemberId,
        mail: MailAddress,
        start_password: Vec<u8>,
        password: MailedPassword,
        now: UnixMillis,
    ) -> Result<Sending, StoreError> {
        let (id, member) = (id.to_string(), member.to_string());
        self.run(move |db| {
            let transaction = db.transaction()?;
            let known = transaction
                .query_row("SELECT 1 FROM application WHERE id = ?1", [&id], |_| Ok(()))
                .optional()?;
            if known.is_some() {
                return Ok(Sending::Sent);
            }
            transaction.execute(
                "UPDATE application SET state = 'stopped', start_password = NULL
                 WHERE member_id = ?1 AND state IN ('open', 'confirmed')",
                [&member],
            )?;
            transaction.execute(
                "INSERT INTO application (id, member_id, state, mail, start_password, made_at)
                 VALUES (?1, ?2, 'open', ?3, ?4, ?5)",
                params![id, member, mail.as_str(), start_password, now.0],
            )?;
            let sending = send(&transaction, &id, &member, &password, now)?;
            if sending == Sending::Sent {
                transaction.commit()?;
            }
            Ok(sending)
        })
        .await
    }

    /// 再送: another mailed password; the one before is void.
    pub(crate) async fn send_again(
        &self,
        id: RequestId,
        member: &MemberId,
        password: MailedPassword,
        now: UnixMillis,
    ) -> Result<Sending, StoreError> {
        let (id, member) = (id.to_string(), member.to_string());
        self.run(move |db| {
            let transaction = db.transaction()?;
            let open = "SELECT 1 FROM application WHERE id = ?1 AND member_id = ?2 AND state = 'open'";
            if transaction.query_row(open, params![id, member], |_| Ok(())).optional()?.is_none() {
                return Ok(Sending::Gone);
            }
            let sending = send(&transaction, &id, &member, &password, now)?;
            transaction.commit()?;
            Ok(sending)
        })
        .await
    }

    /// The member's newest application of the last half hour, in whatever state.
    pub(crate) async fn application(
        &self,
        member: &MemberId,
        now: UnixMillis,
    ) -> Result<Option<Application>, StoreError> {
        let member = member.to_string();
        let sql = "SELECT application.id, application.state, application.mail, start_password, sent_at,
                          outbox.state AS mail_state
                   FROM application
                   JOIN mailed_password ON application_id = application.id
                   JOIN outbox ON outbox.id = outbox_id
                   WHERE application.member_id = ?1 AND application.made_at > ?2
                   ORDER BY application.made_at DESC, mailed_password.id DESC LIMIT 1";
        self.run(move |db| {
            db.query_row(sql, params![member, now.0 - KEPT_FOR], |row| {
                Ok(Application {
                    id: parsed(row, "id", |text| text.parse().ok())?,
                    state: parsed(row, "state", |text| State::from_word(&text))?,
                    mail: parsed(row, "mail", |text| text.try_into().ok())?,
                    start_password: row.get("start_password")?,
                    sent_at: UnixMillis(row.get("sent_at")?),
                    mail_state: parsed(row, "mail_state", |text| MailState::from_word(&text))?,
                })
            })
            .optional()
        })
        .await
    }

    /// Compares a typed メール通知パスワード with the newest one and charges a wrong one.
    pub(crate) async fn try_mailed_password(
        &self,
        id: RequestId,
        digest: [u8; 32],
        now: UnixMillis,
    ) -> Result<Match, StoreError> {
        let id = id.to_string();
        self.run(move |db| {
            let transaction = db.transaction()?;
            let newest = "SELECT id, digest, tries_left, expires_at FROM mailed_password
                          WHERE application_id = ?1 ORDER BY id DESC LIMIT 1";
            let found: Option<(i64, [u8; 32], u8, i64)> = transaction
                .query_row(newest, [&id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
                .optional()?;
            let Some((row, expected, left, expires_at)) = found else { return Ok(Match::Late) };
            if expires_at <= now.0 {
                return Ok(Match::Late);
            }
            if left == 0 {
                return Ok(Match::Wrong { left: 0 });
            }
            if bool::from(expected.ct_eq(&digest)) {
                return Ok(Match::Right);
            }
            transaction
                .execute("UPDATE mailed_password SET tries_left = tries_left - 1 WHERE id = ?1", [row])?;
            transaction.commit()?;
            Ok(Match::Wrong { left: left - 1 })
        })
        .await
    }

    /// Both passwords were right. From here on the mailed password opens nothing any more.
    pub(crate) async fn confirm_application(&self, id: RequestId) -> Result<bool, StoreError> {
        self.change(id, "UPDATE application SET state = 'confirmed' WHERE id = ?1 AND state = 'open'").await
    }

    /// The centre has issued: the start password is erased.
    pub(crate) async fn finish_application(&self, id: RequestId) -> Result<bool, StoreError> {
        let sql = "UPDATE application SET state = 'issued', start_password = NULL
                   WHERE id = ?1 AND state = 'confirmed'";
        self.change(id, sql).await
    }

    /// 申込を中止する.
    pub(crate) async fn stop_application(
        &self,
        id: RequestId,
        member: &MemberId,
    ) -> Result<bool, StoreError> {
        let (id, member) = (id.to_string(), member.to_string());
        self.run(move |db| {
            let sql = "UPDATE application SET state = 'stopped', start_password = NULL
                       WHERE id = ?1 AND member_id = ?2 AND state IN ('open', 'confirmed')";
            Ok(db.execute(sql, params![id, member])? == 1)
        })
        .await
    }

    async fn change(&self, id: RequestId, sql: &'static str) -> Result<bool, StoreError> {
        let id = id.to_string();
        self.run(move |db| Ok(db.execute(sql, [id])? == 1)).await
    }
}

fn send(
    db: &Connection,
    application: &str,
    member: &str,
    password: &MailedPassword,
    now: UnixMillis,
) -> rusqlite::Result<Sending> {
    let asked = "SELECT 1 FROM mailed_password WHERE application_id = ?1 AND form = ?2";
    if db.query_row(asked, params![application, password.form], |_| Ok(())).optional()?.is_some() {
        return Ok(Sending::Sent);
    }
    let recent = "SELECT count(*) FROM mailed_password WHERE member_id = ?1 AND sent_at > ?2";
    let recent: u32 = db.query_row(recent, params![member, now.0 - HOUR], |row| row.get(0))?;
    if recent >= password.hourly {
        return Ok(Sending::TooMany);
    }
    let outbox_id = outbox::put(db, &password.mail, now)?;
    db.execute(
        "INSERT INTO mailed_password
         (application_id, member_id, form, digest, outbox_id, tries_left, sent_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            application,
            member,
            password.form,
            password.digest,
            outbox_id,
            password.tries,
            now.0,
            password.expires_at.0
        ],
    )?;
    Ok(Sending::Sent)
}
