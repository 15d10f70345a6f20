//! Owns what the mail server tells afterwards: a mail that it had taken over came back.
//! Refuses to read the message that came back: whoever calls has found the address in it.
//! Invariant: nothing is sent again because of it; members and staff see it until a later mail is taken over.

use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::MailAddress;

use crate::accounts::AccountError;
use crate::store::Store;

/// Notes that mails to `address` come back.
///
/// # Errors
/// [`AccountError`] when it is no mail address, or the database refuses.
pub async fn note(store: &Store, address: &str, now: UnixMillis) -> Result<(), AccountError> {
    let address = address.trim().trim_start_matches('<').trim_end_matches('>').to_owned();
    let address =
        MailAddress::try_from(address).map_err(|_| AccountError::Refused("this is no mail address"))?;
    Ok(store.note_bounce(&address, now).await?)
}
