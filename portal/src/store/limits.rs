//! Owns what a member may transfer in a day: 振込・振替限度額の変更, asked for, waiting, standing, taken back, fallen.
//! Refuses to know tokens: it is told when one was released or stopped.
//! Invariant: at most one change waits; what has fallen never stands again by itself.

use rusqlite::{OptionalExtension as _, Row, params};
use warifu_core::ids::{MemberId, RequestId};
use warifu_core::time::UnixMillis;

use super::outbox::{self, NewMail};
use super::{Store, StoreError, parsed};

/// A change that does not hold yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) id: RequestId,
    pub(crate) amount: i64,
    pub(crate) effective_at: UnixMillis,
}

/// A member's own limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Limit {
    /// `None`: never changed, or fallen.
    pub(crate) own: Option<i64>,
    pub(crate) waiting: Option<Waiting>,
}

/// A change to be asked for.
pub(crate) struct NewLimit {
    pub(crate) id: RequestId,
    pub(crate) member: MemberId,
    pub(crate) amount: i64,
    pub(crate) effective_at: UnixMillis,
}

impl Store {
    pub(crate) async fn limit(&self, member: &MemberId, now: UnixMillis) -> Result<Limit, StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let own = "SELECT amount FROM limit_change WHERE member_id = ?1 AND state = 'standing'
                       AND effective_at <= ?2 ORDER BY effective_at DESC, asked_at DESC LIMIT 1";
            let own = db.query_row(own, params![member, now.0], |row| row.get(0)).optional()?;
            let waiting = "SELECT id, amount, effective_at FROM limit_change
                           WHERE member_id = ?1 AND state = 'standing' AND effective_at > ?2";
            let read = |row: &Row<'_>| {
                Ok(Waiting {
                    id: parsed(row, "id", |text| text.parse().ok())?,
                    amount: row.get("amount")?,
                    effective_at: UnixMillis(row.get("effective_at")?),
                })
            };
            let waiting = db.query_row(waiting, params![member, now.0], read).optional()?;
            Ok(Limit { own, waiting })
        })
        .await
    }

    /// Asks for a change; one that waits gives way. The same ID again changes nothing and mails nothing.
    pub(crate) async fn change_limit(
        &self,
        new: NewLimit,
        mails: Vec<NewMail>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.run(move |db| {
            let transaction = db.transaction()?;
            let known = "SELECT 1 FROM limit_change WHERE id = ?1";
            if transaction.query_row(known, [new.id.to_string()], |_| Ok(())).optional()?.is_some() {
                return Ok(());
            }
            let replace = "UPDATE limit_change SET state = 'replaced'
                           WHERE member_id = ?1 AND state = 'standing' AND effective_at > ?2";
            transaction.execute(replace, params![new.member.as_str(), now.0])?;
            transaction.execute(
                "INSERT INTO limit_change (id, member_id, amount, asked_at, effective_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![new.id.to_string(), new.member.as_str(), new.amount, now.0, new.effective_at.0],
            )?;
            for mail in &mails {
                outbox::put(&transaction, mail, now)?;
            }
            transaction.commit()
        })
        .await
    }

    /// 取消 of a change that does not hold yet, twice as good as once; `false` when it cannot be taken back any more.
    pub(crate) async fn take_limit_back(
        &self,
        id: RequestId,
        member: &MemberId,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let sql = "UPDATE limit_change SET state = 'taken_back'
                       WHERE id = ?1 AND member_id = ?2
                       AND (state = 'taken_back' OR state = 'standing' AND effective_at > ?3)";
            Ok(db.execute(sql, params![id.to_string(), member, now.0])? == 1)
        })
        .await
    }

    /// The token was released or stopped: what was changed holds no more, and what waits never will.
    pub(crate) async fn fall_limit(&self, member: &MemberId) -> Result<(), StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let standing = "SELECT 1 FROM limit_change WHERE member_id = ?1 AND state = 'standing'";
            if db.query_row(standing, [&member], |_| Ok(())).optional()?.is_some() {
                let sql =
                    "UPDATE limit_change SET state = 'fallen' WHERE member_id = ?1 AND state = 'standing'";
                db.execute(sql, [&member])?;
            }
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const LATER: UnixMillis = UnixMillis(1_795_000_000_000 + 3 * warifu_core::time::DAY);

    fn new(n: u8, amount: i64, effective_at: UnixMillis) -> NewLimit {
        let member = "m-0001".parse().unwrap();
        NewLimit { id: RequestId::from_bytes([n; 16]), member, amount, effective_at }
    }

    #[tokio::test]
    async fn a_change_waits_then_holds_and_falls_for_good() {
        let store = Store::in_memory().unwrap();
        crate::accounts::add_demo_members(&store).await.unwrap();
        let member: MemberId = "m-0001".parse().unwrap();
        assert_eq!(store.limit(&member, NOW).await.unwrap(), Limit::default());

        store.change_limit(new(1, 500_000, LATER), Vec::new(), NOW).await.unwrap();
        store.change_limit(new(2, 700_000, LATER), Vec::new(), NOW).await.unwrap();
        store.change_limit(new(1, 500_000, LATER), Vec::new(), NOW).await.unwrap();
        let limit = store.limit(&member, NOW).await.unwrap();
        assert_eq!((limit.own, limit.waiting.map(|w| w.amount)), (None, Some(700_000)), "the newest waits");
        let limit = store.limit(&member, LATER).await.unwrap();
        assert_eq!(limit, Limit { own: Some(700_000), waiting: None });

        assert!(!store.take_limit_back(RequestId::from_bytes([2; 16]), &member, LATER).await.unwrap());
        let other: MemberId = "m-0002".parse().unwrap();
        assert!(!store.take_limit_back(RequestId::from_bytes([2; 16]), &other, NOW).await.unwrap());
        assert!(store.take_limit_back(RequestId::from_bytes([2; 16]), &member, NOW).await.unwrap());
        assert_eq!(store.limit(&member, LATER).await.unwrap(), Limit::default());

        store.change_limit(new(3, 300_000, NOW), Vec::new(), NOW).await.unwrap();
        store.change_limit(new(4, 900_000, LATER), Vec::new(), NOW).await.unwrap();
        store.fall_limit(&member).await.unwrap();
        assert_eq!(store.limit(&member, LATER).await.unwrap(), Limit::default());
    }
}
