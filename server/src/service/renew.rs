//! Owns 利用開始 of a token that waits beside the one in use: the new one follows, the old one ends as replaced.
//! Refuses to let a renewal be a way around a suspension.
//! Invariant: both change in one transaction; until it, codes of the old one are good, and after it none of them is.

use std::sync::Arc;

use warifu_core::ids::MemberId;
use warifu_core::otp::Code;
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::verify::{self, Finding, Issued};
use warifu_core::wire::bank::{Answer, TokenState, UsePurpose, Verdict};

use super::verify::{open, settled};
use crate::app::App;
use crate::edge::Failure;
use crate::store::audit::{self, Entry};
use crate::store::institutions::Institution;
use crate::store::requests::Question;
use crate::store::tokens::{self, Token};
use crate::store::verification::{Act, Job};
use crate::store::{StoreError, Tx, renewals};

/// How long before 有効期限 a new token may be issued beside the one in use.
pub(super) const BEFORE: i64 = 60 * DAY;

/// Whether the member has a token that waits beside one in use.
pub(super) fn is_one(tx: &Tx<'_>, institution: i64, member_id: &MemberId) -> Result<bool, StoreError> {
    Ok(tokens::waiting(tx, institution, member_id)?.is_some()
        && tokens::in_use(tx, institution, member_id)?.is_some())
}

/// Asks what becomes of a code of the token that waits.
pub(super) async fn activate(
    app: Arc<App>,
    institution: Institution,
    member_id: MemberId,
    question: Question,
    code: Code,
    now: UnixMillis,
) -> Result<Answer, Failure> {
    let (own, of, who) = (app.clone(), institution.clone(), member_id.clone());
    let evaluate = move |tx: &Tx<'_>, waiting: Option<&Token>| {
        // Either may have changed since it was looked for: activated by another copy of this question, or ended.
        let before = tokens::in_use(tx, of.no, &who)?;
        let waiting = match (before.as_ref().map(|token| token.state_at(now)), waiting) {
            (Some(TokenState::Suspended), _) => return Ok(Act::Note(Verdict::Suspended)),
            (Some(TokenState::Active), None) => return Ok(Act::Decline),
            (Some(TokenState::Active | TokenState::Expired) | None, Some(waiting))
                if waiting.state_at(now) == TokenState::Issued =>
            {
                waiting
            }
            _ => return Ok(Act::Note(Verdict::NotRegistered)),
        };
        let key = open(&own, tx, &of, waiting)?.totp;
        let issued = Issued::new(key, waiting.last_step, waiting.drift);
        Ok(match verify::evaluate_activation(&issued, &code, now) {
            Finding::Fresh { step, drift } => {
                if let Some(before) = &before {
                    end(tx, &of, before, now)?;
                }
                Act::Spend { from: TokenState::Issued, to: TokenState::Active, step, drift }
            }
            Finding::Spent => Act::Spent,
            Finding::NoMatch => Act::Charge { from: TokenState::Issued, stopped: TokenState::Void },
        })
    };
    let asked = question.clone();
    let job = Job { institution, question, purpose: UsePurpose::Activate, evaluate: Box::new(evaluate), now };
    let done = app.store.write(move |tx| {
        renewals::settle(tx, &job).map_err(|why| match why {
            StoreError::Lost => StoreError::Contended,
            other => other,
        })
    });
    settled(&app, &asked, done.await?)
}

/// The old token ends in the transaction that activates the new one.
fn end(tx: &Tx<'_>, institution: &Institution, before: &Token, now: UnixMillis) -> Result<(), StoreError> {
    let to = match before.state_at(now) {
        TokenState::Expired => TokenState::Expired,
        _ => TokenState::Replaced,
    };
    if !tokens::end(tx, before.no, before.state, to, now)? {
        return Err(StoreError::Contended);
    }
    let object = format!("token:{}", before.serial);
    let entry = Entry {
        at: now,
        actor: "bank",
        action: "replace",
        object: &object,
        outcome: to.as_str(),
        detail: "",
    };
    audit::append(tx, institution, &entry)
}
