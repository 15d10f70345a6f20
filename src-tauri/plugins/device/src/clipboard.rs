//! Owns the way to the phone's clipboard: a text is put there as sensitive, and taken away again.
//! Refuses to know what the text is.
//! Invariant: only a clipboard that still holds our text is cleared.

use serde::Serialize;

use crate::NotDone;
use crate::kotlin_or_swift::ask;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Put<'a> {
    text: &'a str,
    stays_s: u64,
}

/// Puts a text there that is neither shown in previews nor carried to the person's other devices. iOS takes it away after
/// `stays_s` seconds; on Android [`clear`] does.
///
/// # Errors
/// [`NotDone::Failed`].
pub fn put(text: &str, stays_s: u64) -> Result<(), NotDone> {
    ask::<Option<()>>("putText", Put { text, stays_s }).map(drop)
}

/// Takes our text away, if it is still there: now, or as soon as the app is in front.
///
/// # Errors
/// [`NotDone::Failed`].
#[cfg(target_os = "android")]
pub fn clear() -> Result<(), NotDone> {
    ask::<Option<()>>("clearText", ()).map(drop)
}
