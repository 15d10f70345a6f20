//! Owns how a staff account comes into being and ends: by an operator on the command line, or for the demo.
//! Refuses to know sessions and tokens.
//! Invariant: only hashes reach the store; an account that exists is never overwritten and never deleted.

use unicode_normalization::UnicodeNormalization as _;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::MailAddress;
use zeroize::Zeroizing;

use crate::accounts::AccountError;
use crate::form::turns;
use crate::password::{Hash, Typed};
use crate::store::Store;
use crate::store::staff::Staff;

pub use crate::store::staff::{Role, StaffId};

/// What an operator says about a new account.
pub struct NewStaff<'a> {
    /// 職員ID: 3 to 32 of `a-z 0-9 . _ -`.
    pub id: &'a str,
    /// The name on the pages.
    pub name: &'a str,
    /// Where the mails about the own token go.
    pub mail: &'a str,
    /// What this person may do.
    pub role: Role,
    /// Whether this person may make, change and end accounts.
    pub administers: bool,
    /// 12 characters or more.
    pub password: &'a str,
}

/// An account as an operator sees it.
pub struct Listed {
    /// 職員ID.
    pub id: StaffId,
    /// The name.
    pub name: String,
    /// The mail address.
    pub mail: MailAddress,
    /// The role.
    pub role: Role,
    /// Whether this person may make, change and end accounts.
    pub administers: bool,
    /// Whether a token was activated.
    pub had_token: bool,
    /// Whether it may sign in no more.
    pub is_disabled: bool,
}

/// Shown on the demo's sign-in page.
pub(crate) const DEMO_STAFF_ID: &str = "staff01";
pub(crate) const DEMO_STAFF_PASSWORD: &str = "senpoku-shokuin-2026";

/// Makes an account.
///
/// # Errors
/// [`AccountError`] when a part of it cannot be, or the ID is taken.
pub async fn add_staff(store: &Store, new: NewStaff<'_>, now: UnixMillis) -> Result<(), AccountError> {
    if store.add_staff(checked(&new)?, None, None, now).await? {
        Ok(())
    } else {
        Err(AccountError::Refused("this staff ID is taken"))
    }
}

/// All accounts.
///
/// # Errors
/// [`AccountError`] when the database refuses.
pub async fn list_staff(store: &Store) -> Result<Vec<Listed>, AccountError> {
    let listed = |staff: Staff| Listed {
        id: staff.id,
        name: staff.name,
        mail: staff.mail,
        role: staff.role,
        administers: staff.administers,
        had_token: staff.had_token,
        is_disabled: staff.is_disabled,
    };
    Ok(store.all_staff().await?.into_iter().map(listed).collect())
}

/// Disables an account for good and ends its sessions.
///
/// # Errors
/// [`AccountError`] when there is no such account, or it is the last one that administers.
pub async fn disable_staff(store: &Store, id: &str, now: UnixMillis) -> Result<(), AccountError> {
    known(store.disable_staff(&parse(id)?, None, now).await?)
}

/// Gives an account another role; its sessions end.
///
/// # Errors
/// [`AccountError`] when there is no such account, or nobody would administer any more.
pub async fn change_role(
    store: &Store,
    id: &str,
    role: Role,
    administers: bool,
    now: UnixMillis,
) -> Result<(), AccountError> {
    known(store.change_role(&parse(id)?, (role, administers), None, now).await?)
}

/// Lets an account apply for another first token, after its token ended.
///
/// # Errors
/// [`AccountError`] when there is no such account.
pub async fn permit_token(store: &Store, id: &str, now: UnixMillis) -> Result<(), AccountError> {
    known(store.permit_token(&parse(id)?, None, now).await?)
}

/// A password that nobody chose: 20 letters and digits that are not mistaken for one another.
pub fn generate_password() -> Zeroizing<String> {
    use rand::Rng as _;
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut rng = rand::rngs::OsRng;
    Zeroizing::new((0..20).map(|_| char::from(LETTERS[rng.gen_range(0..LETTERS.len())])).collect())
}

/// Makes the demo's staff, unless they are there.
///
/// # Errors
/// [`AccountError`] when the database refuses.
pub async fn add_demo_staff(store: &Store, now: UnixMillis) -> Result<(), AccountError> {
    let demo = [
        (DEMO_STAFF_ID, "角館 桜子", "staff01@bank.example", Role::Clerk, false),
        ("staff02", "田沢 承", "staff02@bank.example", Role::Approver, false),
        ("staff03", "西木 正", "staff03@bank.example", Role::Auditor, false),
        ("staff04", "神代 理", "staff04@bank.example", Role::Clerk, true),
    ];
    for (id, name, mail, role, administers) in demo {
        if !store.all_staff().await?.iter().any(|staff| staff.id.as_str() == id) {
            let new = NewStaff { id, name, mail, role, administers, password: DEMO_STAFF_PASSWORD };
            store.add_staff(checked(&new)?, None, None, now).await?;
        }
    }
    Ok(())
}

/// 職員ID as typed, in its one form: half width, lower case, no blanks around it.
pub(crate) fn staff_id(typed: &str) -> String {
    typed.nfkc().collect::<String>().trim().to_ascii_lowercase()
}

const NOT_KNOWN: &str = "there is no such account that is enabled, or it is the last one that administers";

fn known(found: bool) -> Result<(), AccountError> {
    if found { Ok(()) } else { Err(AccountError::Refused(NOT_KNOWN)) }
}

fn parse(id: &str) -> Result<StaffId, AccountError> {
    StaffId::parse(&staff_id(id)).ok_or(AccountError::Refused("a staff ID is 3 to 32 of a-z 0-9 . _ -"))
}

pub(crate) fn checked(new: &NewStaff<'_>) -> Result<Staff, AccountError> {
    let id = parse(new.id)?;
    let name = new.name.trim();
    if !(1..=64).contains(&name.chars().count()) || name.chars().any(char::is_control) || turns(name) {
        return Err(AccountError::Refused("a name is 1 to 64 characters"));
    }
    let mail = MailAddress::try_from(new.mail.to_owned()).map_err(AccountError::Refused)?;
    if !(12..=128).contains(&new.password.chars().count()) {
        return Err(AccountError::Refused("a password of the staff is 12 to 128 characters"));
    }
    let hash = Hash::of(&Typed::new(new.password))
        .map_err(|_| AccountError::Refused("the password cannot be hashed"))?;
    let name = name.to_owned();
    let NewStaff { role, administers, .. } = *new;
    Ok(Staff {
        id,
        name,
        mail,
        role,
        hash,
        had_token: false,
        administers,
        invited_at: None,
        is_disabled: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: NewStaff<'_> = NewStaff {
        id: "Ｓｔａｆｆ０９",
        name: "角館 桜子",
        mail: "a@bank.example",
        role: Role::Clerk,
        administers: false,
        password: "correct-horse",
    };

    #[tokio::test]
    async fn an_account_is_made_once_disabled_once_and_never_overwritten() {
        let (store, now) = (Store::in_memory().unwrap(), UnixMillis(7));
        add_staff(&store, FINE, now).await.unwrap();
        assert!(add_staff(&store, FINE, now).await.is_err());
        assert!(store.staff_to_sign_in("staff09".to_owned()).await.unwrap().is_some());
        permit_token(&store, "staff09", now).await.unwrap();
        disable_staff(&store, "staff09", now).await.unwrap();
        assert!(disable_staff(&store, "staff09", now).await.is_err());
        assert!(permit_token(&store, "staff09", now).await.is_err());
        assert!(store.staff_to_sign_in("staff09".to_owned()).await.unwrap().is_none());
        assert!(list_staff(&store).await.unwrap()[0].is_disabled);
        assert!(add_staff(&store, FINE, now).await.is_err());
        assert_eq!(store.staff_log(None).await.unwrap().len(), 3);
    }

    #[tokio::test]
    async fn an_account_with_a_bad_part_is_refused() {
        let store = Store::in_memory().unwrap();
        for bad in [
            NewStaff { id: "ab", ..FINE },
            NewStaff { name: " ", ..FINE },
            NewStaff { name: "角館\u{202e}子", ..FINE },
            NewStaff { mail: "a@b\r\nBcc:c", ..FINE },
            NewStaff { password: "eleven-long", ..FINE },
        ] {
            assert!(add_staff(&store, bad, UnixMillis(7)).await.is_err());
        }
        assert!(generate_password().len() == 20 && *generate_password() != *generate_password());
    }
}
