//! Owns how staff find somebody whose token they ask about: a member, or a colleague.
//! Refuses to know tokens, but for the serials that pages were shown with.
//! Invariant: what is found is never more than a page of people, and never a password's hash.

use rusqlite::{OptionalExtension as _, Row, params};
use unicode_normalization::UnicodeNormalization as _;
use warifu_core::ids::{MemberId, Serial};

use super::staff::PREFIX;
use super::{Store, StoreError, parsed};

/// Somebody who may have a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) member: MemberId,
    /// ログインID, or 職員ID.
    pub(crate) login_id: String,
    pub(crate) name: String,
    pub(crate) kana: String,
    pub(crate) is_staff: bool,
}

/// How many people a page of results has.
pub(crate) const PAGE: u32 = 50;

const PEOPLE: &str = "SELECT id AS member, login_id, name, kana, 0 AS is_staff FROM member
                      UNION ALL
                      SELECT 'staff.' || id, id, name, '', 1 FROM staff WHERE disabled_at IS NULL";

impl Person {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            member: parsed(row, "member", |text| text.try_into().ok())?,
            login_id: row.get("login_id")?,
            name: row.get("name")?,
            kana: row.get("kana")?,
            is_staff: row.get("is_staff")?,
        })
    }
}

/// A name's reading in the one form that is kept: full-width katakana without blanks.
pub(crate) fn kana(typed: &str) -> String {
    let katakana = |c: char| match c {
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        c => c,
    };
    typed.nfkc().filter(|c| !c.is_whitespace()).map(katakana).collect()
}

impl Store {
    /// Whoever the words could mean, at most a page and one more: a beginning of a ログインID or member ID, a part of a
    /// name or of its reading, or a whole シリアルNo.
    pub(crate) async fn find_people(&self, typed: &str) -> Result<Vec<Person>, StoreError> {
        let words: String = typed.nfkc().filter(|c| !c.is_whitespace()).collect();
        let (id, kana) = (words.to_ascii_lowercase(), kana(&words));
        let serial: String = words.chars().filter(char::is_ascii_digit).collect();
        self.run(move |db| {
            let sql = format!(
                "SELECT * FROM ({PEOPLE}) WHERE substr(lower(login_id), 1, length(?1)) = ?1
                 OR substr(lower(member), 1, length(?1)) = ?1
                 OR instr(replace(replace(name, ' ', ''), '　', ''), ?2) > 0
                 OR instr(kana, ?3) > 0
                 OR member IN (SELECT member_id FROM serial WHERE serial = ?4)
                 ORDER BY is_staff, login_id LIMIT ?5"
            );
            db.prepare(&sql)?
                .query_map(params![id, words, kana, serial, PAGE + 1], Person::from_row)?
                .collect()
        })
        .await
    }

    pub(crate) async fn person(&self, member: &MemberId) -> Result<Option<Person>, StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let sql = format!("SELECT * FROM ({PEOPLE}) WHERE member = ?1");
            db.query_row(&sql, [member], Person::from_row).optional()
        })
        .await
    }

    /// Notes whose serial this is, for the search.
    pub(crate) async fn note_serial(&self, serial: &Serial, member: &MemberId) -> Result<(), StoreError> {
        let (serial, member) = (serial.to_string(), member.to_string());
        self.run(move |db| {
            let known =
                db.query_row("SELECT 1 FROM serial WHERE serial = ?1", [&serial], |_| Ok(())).optional()?;
            if known.is_none() {
                let sql = "INSERT INTO serial (serial, member_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
                db.execute(sql, params![serial, member])?;
            }
            Ok(())
        })
        .await
    }
}

/// Whether a member ID is kept for staff.
pub(crate) fn is_staffs(member: &str) -> bool {
    member.starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn people_are_found_by_login_id_name_reading_member_id_and_serial() {
        let store = Store::in_memory().unwrap();
        crate::accounts::add_demo_members(&store).await.unwrap();
        let taro: MemberId = "m-0001".parse().unwrap();
        store.note_serial(&"243725864".parse().unwrap(), &taro).await.unwrap();
        store.note_serial(&"243725864".parse().unwrap(), &taro).await.unwrap();
        for words in [
            "demo0001",
            "ＤＥＭＯ０００１",
            "仙北太郎",
            "仙北　太",
            "せんぼく たろ",
            "ｾﾝﾎﾞｸﾀﾛｳ",
            "m-0001",
            "2437-25864",
        ] {
            let found = store.find_people(words).await.unwrap();
            assert_eq!(found.len(), 1, "{words}");
            assert_eq!(found[0].member, taro, "{words}");
        }
        assert_eq!(store.find_people("仙北").await.unwrap().len(), 2);
        assert_eq!(store.find_people("demo").await.unwrap().len(), 3);
        for nobody in ["%", "_____", "24372586", "' OR 1=1 --", "太郎仙北"] {
            assert!(store.find_people(nobody).await.unwrap().is_empty(), "{nobody}");
        }
    }
}
