//! Owns how a member's account comes into being: by an operator, or for the demo.
//! Refuses to know sessions.
//! Invariant: only hashes reach the store; an account that exists is never overwritten.

use unicode_normalization::UnicodeNormalization as _;
use warifu_core::ids::MemberId;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::MailAddress;

use crate::form::turns;
use crate::password::{Hash, Typed};
use crate::store::members::Member;
use crate::store::people;
use crate::store::{Store, StoreError};

/// What an operator says about a new member.
pub struct NewMember<'a> {
    /// The member as the centre will know them: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    pub member_id: &'a str,
    /// ログインID: 4 to 32 of `a-z 0-9 . _ -`.
    pub login_id: &'a str,
    /// The name on the pages.
    pub name: &'a str,
    /// How the name is read, for staff to search by and for transfers to be addressed to; may be empty.
    pub kana: &'a str,
    /// The registered mail address; may be empty.
    pub mail: &'a str,
    /// 申込書記載の振込限度額, yen; `None`: the institution's own.
    pub form_limit: Option<u32>,
    /// ログインパスワード, 8 characters or more.
    pub login_password: &'a str,
    /// 確認用パスワード, 6 to 12 letters or digits.
    pub confirmation_password: &'a str,
}

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Something about it cannot be.
    #[error("{0}")]
    Refused(&'static str),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Shown on the demo's sign-in page.
pub(crate) const DEMO_LOGIN_ID: &str = "demo0001";
pub(crate) const DEMO_LOGIN_PASSWORD: &str = "senpoku-2026";
pub(crate) const DEMO_CONFIRMATION_PASSWORD: &str = "kakunin2026";
const DEMO_BRANCH: &str = "001";

/// Makes an account.
///
/// # Errors
/// [`AccountError`] when a part of it cannot be, or the IDs are taken.
pub async fn add_member(store: &Store, new: NewMember<'_>) -> Result<(), AccountError> {
    if store.add_member(checked(&new)?).await? {
        Ok(())
    } else {
        Err(AccountError::Refused("this member ID or login ID is taken"))
    }
}

/// What an operator says about a new account.
pub struct NewAccount<'a> {
    /// Whose it is.
    pub member_id: &'a str,
    /// 支店番号, 3 digits.
    pub branch: &'a str,
    /// 口座番号, 7 digits.
    pub number: &'a str,
    /// The opening deposit, yen.
    pub deposit: u32,
}

/// Opens a 普通預金 account.
///
/// # Errors
/// [`AccountError`] when a part of it cannot be, the number is taken, or the member is nobody.
pub async fn open_account(store: &Store, new: NewAccount<'_>, now: UnixMillis) -> Result<(), AccountError> {
    let is_number = |text: &str, digits| text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(new.branch, 3) || !is_number(new.number, 7) {
        return Err(AccountError::Refused("a branch has 3 digits, an account number 7"));
    }
    const NOBODY: AccountError = AccountError::Refused("there is no such member");
    let member = MemberId::try_from(new.member_id.to_owned()).map_err(|_| NOBODY)?;
    store.member(&member).await?.ok_or(NOBODY)?;
    let (branch, number) = (new.branch.to_owned(), new.number.to_owned());
    match store.open_account(&member, branch, number, i64::from(new.deposit), now).await? {
        true => Ok(()),
        false => Err(AccountError::Refused("this account number is taken")),
    }
}

/// Makes the demo's members and their accounts, unless they are there.
///
/// # Errors
/// [`AccountError`] when the database refuses.
pub async fn add_demo_members(store: &Store) -> Result<(), AccountError> {
    let demo = [
        ("m-0001", "demo0001", "仙北 太郎", "センボク タロウ", "taro@home.example"),
        ("m-0002", "demo0002", "仙北 花子", "センボク ハナコ", "hanako@home.example"),
        ("m-0003", "demo0003", "田沢 湖次郎", "タザワ コジロウ", "kojiro@home.example"),
    ];
    for (n, (member_id, login_id, name, kana, mail)) in (1..).zip(demo) {
        if store.member_by_login(login_id.to_owned()).await?.is_none() {
            let (login_password, confirmation_password) = (DEMO_LOGIN_PASSWORD, DEMO_CONFIRMATION_PASSWORD);
            store
                .add_member(checked(&NewMember {
                    member_id,
                    login_id,
                    name,
                    kana,
                    mail,
                    form_limit: None,
                    login_password,
                    confirmation_password,
                })?)
                .await?;
        }
        let number = format!("100000{n}");
        let new = NewAccount { member_id, branch: DEMO_BRANCH, number: &number, deposit: 1_500_000 };
        match open_account(store, new, UnixMillis(0)).await {
            Err(AccountError::Store(error)) => return Err(error.into()),
            // It is there.
            Ok(()) | Err(AccountError::Refused(_)) => {}
        }
    }
    Ok(())
}

/// ログインID as typed, in its one form: half width, lower case, no blanks around it.
pub(crate) fn login_id(typed: &str) -> String {
    typed.nfkc().collect::<String>().trim().to_ascii_lowercase()
}

fn checked(new: &NewMember<'_>) -> Result<Member, AccountError> {
    const UNHASHED: AccountError = AccountError::Refused("the password cannot be hashed");
    let id = MemberId::try_from(new.member_id.to_owned())
        .map_err(|_| AccountError::Refused("a member ID is 1 to 64 of A-Z a-z 0-9 . _ -"))?;
    if people::is_staffs(new.member_id) {
        return Err(AccountError::Refused(
            "member IDs that begin with \"staff.\" are kept for staff accounts",
        ));
    }
    let login_id = login_id(new.login_id);
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    if !(4..=32).contains(&login_id.len()) || !login_id.bytes().all(allowed) {
        return Err(AccountError::Refused("a login ID is 4 to 32 of a-z 0-9 . _ -"));
    }
    let name = new.name.trim();
    let is_line =
        |text: &str| text.chars().count() <= 64 && !text.chars().any(char::is_control) && !turns(text);
    if name.is_empty() || !is_line(name) || !is_line(new.kana) {
        return Err(AccountError::Refused("a name is 1 to 64 characters, its reading at most 64"));
    }
    let (login, confirmation) = (Typed::new(new.login_password), Typed::new(new.confirmation_password));
    if !(8..=128).contains(&new.login_password.chars().count()) {
        return Err(AccountError::Refused("a login password is 8 to 128 characters"));
    }
    if !confirmation.is_confirmation() {
        return Err(AccountError::Refused("a confirmation password is 6 to 12 letters or digits"));
    }
    let mail = Some(new.mail.trim()).filter(|mail| !mail.is_empty()).map(|mail| mail.to_owned().try_into());
    let mail: Option<MailAddress> =
        mail.transpose().map_err(|_| AccountError::Refused("this is no mail address"))?;
    if new.form_limit == Some(0) {
        return Err(AccountError::Refused("a limit is never 0"));
    }
    Ok(Member {
        id,
        login_id,
        name: name.to_owned(),
        kana: people::kana(new.kana),
        mail,
        form_limit: new.form_limit.map(i64::from),
        login_hash: Hash::of(&login).map_err(|_| UNHASHED)?,
        confirmation_hash: Hash::of(&confirmation).map_err(|_| UNHASHED)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: NewMember<'_> = NewMember {
        member_id: "m-1",
        login_id: "Ｔａｒｏ01",
        name: "仙北 太郎",
        kana: "せんぼく たろう",
        mail: "",
        form_limit: None,
        login_password: "correct-horse",
        confirmation_password: "kakunin1",
    };

    #[tokio::test]
    async fn an_account_is_made_once_and_never_overwritten() {
        let store = Store::in_memory().unwrap();
        add_member(&store, FINE).await.unwrap();
        assert!(add_member(&store, FINE).await.is_err());
        assert_eq!(store.member_by_login("taro01".to_owned()).await.unwrap().unwrap().name, "仙北 太郎");
    }

    #[tokio::test]
    async fn an_account_with_a_bad_part_is_refused() {
        let store = Store::in_memory().unwrap();
        for bad in [
            NewMember { member_id: "m/1", ..FINE },
            NewMember { member_id: "staff.staff01", ..FINE },
            NewMember { login_id: "abc", ..FINE },
            NewMember { name: " ", ..FINE },
            NewMember { name: "仙北\u{2066}太郎", ..FINE },
            NewMember { mail: "taro@", ..FINE },
            NewMember { form_limit: Some(0), ..FINE },
            NewMember { login_password: "short", ..FINE },
            NewMember { confirmation_password: "12345", ..FINE },
        ] {
            assert!(add_member(&store, bad).await.is_err());
        }
    }
}
