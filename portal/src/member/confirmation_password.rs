//! Owns how a typed 確認用パスワード is checked, and the words for what became of it.
//! Refuses to know which page asked for it.
//! Invariant: a wrong one counts toward the member's own lock, which ends by itself.

use warifu_core::encoding::sha256;

use crate::App;
use crate::bilingual::{Text, both, counted};
use crate::failure::Failure;
use crate::password::Typed;
use crate::patience::{self, Guess, Subject};
use crate::session::SignedIn;
use crate::store::guesses::Kind;
use crate::token::TokenId;

/// What is wrong with the shape of a 確認用パスワード: never charged.
pub(super) fn shape(typed: &Typed) -> Option<Text> {
    if typed.is_empty() {
        Some(both("確認用パスワードを入力してください。", "Please enter the confirmation password."))
    } else if !typed.is_confirmation() {
        Some(both(
            "確認用パスワードは半角英数字6～12桁です。",
            "The confirmation password has 6 to 12 letters and digits.",
        ))
    } else {
        None
    }
}

/// Compares a 確認用パスワード; a wrong one counts toward the member's own lock.
pub(super) async fn check(app: &App, who: &SignedIn, typed: Typed) -> Result<Option<Text>, Failure> {
    let subject: TokenId = sha256(&["confirmation".into(), who.member.id.as_str().into()]);
    let hash = Some(who.member.confirmation_hash.clone());
    let left = match patience::guess(app, Kind::Confirmation, Subject::alone(subject), hash, typed).await? {
        Guess::Right => return Ok(None),
        Guess::Wait(words) => return Ok(Some(words)),
        Guess::Wrong { left } => left,
    };
    let then = match left {
        0 => both(
            "間違いが続いたため、しばらく確認を止めます。",
            "As it was wrong several times in a row, checking is paused for a while.",
        ),
        left => Text::new(
            format!("あと{left}回間違えると、しばらく確認を止めます。"),
            format!("After {} checking is paused for a while.", counted(left, "more wrong entry")),
        ),
    };
    let institution = &app.config.institution;
    let forgotten = Text::new(
        format!(
            "お忘れのときは、{}（{}、{}）へご連絡ください。",
            institution.name, institution.phone, institution.phone_hours
        ),
        format!("If you have forgotten it, please call {}.", institution.phone),
    );
    let wrong = both("確認用パスワードが違います。", "The confirmation password is wrong.");
    Ok(Some(wrong.then(&then).then(&forgotten)))
}
