//! Owns what a verdict on a ワンタイムパスワード means on a page that asked for one before it did anything.
//! Refuses to know which page asked, and what it will do.
//! Invariant: only `Passed` lets a page go on; a token that has stopped ends every session of its member.

use axum::response::Response;
use warifu_core::ids::MemberId;
use warifu_core::wire::bank::{Answer, MemberStatus, Registration, Verdict};

use crate::App;
use crate::bilingual::Text;
use crate::centre::CentreError;
use crate::failure::Failure;
use crate::session::SignedIn;
use crate::typed_code;

/// What became of a code.
pub(super) enum Outcome {
    /// It was right, and is spent.
    Passed,
    /// It was not: what the member is told beside the field.
    Told(Text),
    /// The token has stopped.
    Suspended,
    /// There is no token in use any more.
    Gone,
}

/// Reads the centre's answer.
pub(super) fn read(app: &App, answer: Result<Answer, CentreError>) -> Result<Outcome, CentreError> {
    match answer {
        Ok(answer) => Ok(judge(app, answer)),
        Err(refusal) if refusal.is("malformed_code") => Ok(Outcome::Told(typed_code::NOT_8_DIGITS)),
        Err(refusal) if refusal.is_out_of_state() => Ok(Outcome::Gone),
        Err(cause) => Err(cause),
    }
}

fn judge(app: &App, answer: Answer) -> Outcome {
    let institution = &app.config.institution;
    match answer.verdict {
        Verdict::Accepted => Outcome::Passed,
        Verdict::Wrong if answer.wrong_left == Some(0) => Outcome::Suspended,
        Verdict::Suspended => Outcome::Suspended,
        Verdict::NotRegistered | Verdict::NotActivated => Outcome::Gone,
        Verdict::Used => Outcome::Told(typed_code::USED),
        Verdict::Wrong => Outcome::Told(typed_code::wrong(answer.wrong_left, &typed_code::SUSPENDS)),
        Verdict::Expired => Outcome::Told(Text::new(
            format!(
                "トークンの有効期限が過ぎています。{}（{}、{}）へご連絡ください。",
                institution.name, institution.phone, institution.phone_hours
            ),
            format!("Your token has expired. Please call {}.", institution.phone),
        )),
    }
}

/// Asks the centre about the member who is signed in, and turns them away when their token has stopped.
pub(super) async fn status(
    app: &App,
    who: &SignedIn,
    away: impl FnOnce(CentreError) -> Failure,
) -> Result<MemberStatus, Failure> {
    let status = app.status(&who.member.id).await.map_err(away)?;
    match status.registration {
        Registration::Suspended => Err(stopped(app, &who.member.id).await),
        _ => Ok(status),
    }
}

/// Ends every session of a member whose token has stopped, and says so.
pub(super) async fn turn_away(app: &App, member: &MemberId) -> Result<Response, Failure> {
    Err(stopped(app, member).await)
}

async fn stopped(app: &App, member: &MemberId) -> Failure {
    match app.heed(member, Registration::Suspended).await {
        Ok(()) => Failure::Stopped,
        Err(error) => error.into(),
    }
}
