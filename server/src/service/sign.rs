//! Owns 取引認証: a transfer is registered, and a code says yes to it.
//! Refuses to keep what is paid to whom, and to know accounts.
//! Invariant: the pending row is what a code consumes, in one guarded write; a wrong code is charged to the token.

use std::sync::Arc;

use warifu_core::encoding::{Item, enc};
use warifu_core::ids::{MemberId, RequestId, TransactionId};
use warifu_core::otp::{Code, Step};
use warifu_core::sign::{self, Challenge, Nonce, Qr, Transfer, WAITS_FOR};
use warifu_core::time::UnixMillis;
use warifu_core::verify;
use warifu_core::wire::bank::{
    Answer, TokenState, TokenUse, Transaction, TransactionRequest, UsePurpose, Verdict,
};

use super::question;
use super::verify::{open, settle};
use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::store::audit::{self, Entry};
use crate::store::institutions::Institution;
use crate::store::requests::{self, Earlier, Kept, Question};
use crate::store::tokens::{self, Token};
use crate::store::transactions::{self as rows, Pending};
use crate::store::verification::{Act, Job};
use crate::store::{StoreError, Tx};

const ACTION: &str = "sign";

/// Registers a transfer that waits for its code.
pub(crate) async fn register(
    app: Arc<App>,
    institution: Institution,
    member_id: MemberId,
    request: TransactionRequest,
) -> Result<Transaction, Failure> {
    let now = app.clock.now();
    let TransactionRequest { request_id, kind, bank, branch, account_type, account, payee_kana, amount } =
        request;
    let transfer = Transfer { kind, bank, branch, account_type, account, payee_kana, amount };
    let dek = app.store.read(|tx| app.keys.dek(tx, &institution, institution.dek_id))?;
    let asked: [Item<'_>; 9] = [
        "transaction".into(),
        member_id.as_str().into(),
        transfer.kind.as_str().into(),
        transfer.bank.as_str().into(),
        transfer.branch.as_str().into(),
        transfer.account_type.as_str().into(),
        transfer.account.as_str().into(),
        transfer.payee_kana.as_str().into(),
        transfer.amount.yen().into(),
    ];
    let question = question(&app, &dek, &institution, &member_id, request_id, &asked)?;
    // Both follow from the question, so that the same question again gets the same transaction.
    let drawn = dek.digest(&enc(&["warifu/v1/transaction".into(), request_id.as_bytes().into()]));
    let (id, rest) = drawn.split_first_chunk::<16>().expect("a digest has 32 bytes");
    let nonce: Nonce = *rest.first_chunk().expect("a digest has 32 bytes");
    let registering = Registering {
        institution,
        member_id,
        id: TransactionId::from_bytes(*id),
        nonce,
        transfer,
        question,
        now,
    };
    let own = app.clone();
    app.store.write(move |tx| registering.save(&own, tx)).await
}

/// A transfer on its way into its row.
struct Registering {
    institution: Institution,
    member_id: MemberId,
    id: TransactionId,
    nonce: Nonce,
    transfer: Transfer,
    question: Question,
    now: UnixMillis,
}

impl Registering {
    fn save(&self, app: &App, tx: &Tx<'_>) -> Result<Transaction, Failure> {
        let Self { institution, member_id, id, nonce, transfer, question, now } = self;
        let whose = (institution.no, member_id);
        let expires_at = match requests::earlier(tx, question, *now)? {
            Some(Earlier::Done) => rows::by_id(tx, whose, *id)?.ok_or(Refused::CONFLICT)?.expires_at,
            Some(_) => return Err(Refused::CONFLICT.into()),
            None => {
                let service_id = &institution.service_id;
                let typed = Challenge::typed(service_id, transfer.kind, &transfer.account, transfer.amount);
                let challenges = [Challenge::of(service_id, transfer, nonce), typed];
                let expires_at = now.plus(WAITS_FOR);
                rows::add(tx, whose, *id, &challenges, expires_at)?;
                requests::keep(tx, question, Kept::Done, *now)?;
                note(tx, institution, *now, ("transaction", *id, "pending", &format!("member {member_id}")))?;
                expires_at
            }
        };
        let qr = match tokens::current(tx, institution.no, member_id)? {
            Some(token) if token.state_at(*now) == TokenState::Active => {
                let key = open(app, tx, institution, &token)?.txn;
                Some(Qr::write(&key, &institution.service_id, transfer, nonce))
            }
            _ => None,
        };
        Ok(Transaction { transaction_id: *id, expires_at, qr })
    }
}

fn note(
    tx: &Tx<'_>,
    institution: &Institution,
    at: UnixMillis,
    (action, id, outcome, detail): (&str, TransactionId, &str, &str),
) -> Result<(), StoreError> {
    let object = format!("transaction:{id}");
    audit::append(tx, institution, &Entry { at, actor: "bank", action, object: &object, outcome, detail })
}

/// Asks whether a code says yes to a transaction.
pub(crate) async fn sign(
    app: Arc<App>,
    institution: Institution,
    member_id: MemberId,
    id: TransactionId,
    request_id: RequestId,
    code: Code,
) -> Result<Answer, Failure> {
    let now = app.clock.now();
    let looked = app.store.read(|tx| look(&app, tx, &institution, &member_id, id, request_id, &code, now))?;
    let (question, seen) = match looked {
        Looked::Before(answer) => return Ok(answer),
        Looked::Now(question, seen) => (question, seen),
    };
    let verdict = match seen {
        Seen::Yes(yes) => {
            let signing = Signing { institution, member_id, id, yes, question, now };
            return app.store.write(move |tx| signing.save(tx)).await;
        }
        Seen::Closed(verdict) => Some(verdict),
        Seen::No => None,
    };
    let evaluate = move |_: &Tx<'_>, token: Option<&Token>| {
        let state = token.map(|token| token.state_at(now));
        Ok(match verdict.or_else(|| verify::refusal(state)) {
            Some(verdict) => Act::Note(verdict),
            None => Act::Charge { from: TokenState::Active, stopped: TokenState::Suspended },
        })
    };
    let job =
        Job { institution, question, purpose: UsePurpose::Signature, evaluate: Box::new(evaluate), now };
    settle(&app, job).await
}

enum Looked {
    Before(Answer),
    Now(Question, Seen),
}

/// What the code was found to be.
enum Seen {
    /// It says yes.
    Yes(Yes),
    /// It was not looked at: the transaction takes no code any more.
    Closed(Verdict),
    /// It says nothing, or there is no token that could.
    No,
}

#[derive(Clone, Copy)]
struct Yes {
    transaction: Pending,
    token_no: i64,
    challenge: Challenge,
    step: Step,
}

#[expect(clippy::too_many_arguments, reason = "each is one thing that the question is about")]
fn look(
    app: &App,
    tx: &Tx<'_>,
    institution: &Institution,
    member_id: &MemberId,
    id: TransactionId,
    request_id: RequestId,
    code: &Code,
    now: UnixMillis,
) -> Result<Looked, Failure> {
    let dek = app.keys.dek(tx, institution, institution.dek_id)?;
    let asked = [ACTION.into(), member_id.as_str().into(), id.as_bytes().into(), code.expose().into()];
    let question = question(app, &dek, institution, member_id, request_id, &asked)?;
    match requests::earlier(tx, &question, now)? {
        Some(Earlier::Verdict(answer)) => return Ok(Looked::Before(answer)),
        Some(_) => return Err(Refused::CONFLICT.into()),
        None => {}
    }
    let transaction =
        rows::by_id(tx, (institution.no, member_id), id)?.ok_or(Refused::TRANSACTION_NOT_FOUND)?;
    let seen = if transaction.is_signed {
        Seen::Closed(Verdict::Used)
    } else if transaction.expires_at <= now {
        Seen::Closed(Verdict::Expired)
    } else {
        match tokens::current(tx, institution.no, member_id)? {
            Some(token) if token.state_at(now) == TokenState::Active => {
                let key = open(app, tx, institution, &token)?.txn;
                let found = sign::evaluate(&key, token.drift, &transaction.challenges, code, now);
                found.map_or(Seen::No, |(challenge, step)| {
                    Seen::Yes(Yes { transaction, token_no: token.no, challenge, step })
                })
            }
            _ => Seen::No,
        }
    };
    Ok(Looked::Now(question, seen))
}

/// A yes on its way into its row.
struct Signing {
    institution: Institution,
    member_id: MemberId,
    id: TransactionId,
    yes: Yes,
    question: Question,
    now: UnixMillis,
}

impl Signing {
    fn save(&self, tx: &Tx<'_>) -> Result<Answer, Failure> {
        let Self { institution, member_id, id, yes, question, now } = self;
        match requests::earlier(tx, question, *now)? {
            Some(Earlier::Verdict(answer)) => return Ok(answer),
            Some(_) => return Err(Refused::CONFLICT.into()),
            None => {}
        }
        let Yes { transaction, token_no, challenge, step } = yes;
        let is_new = !rows::was_said(tx, *token_no, challenge, *step)?
            && rows::sign(tx, transaction.no, *token_no, (challenge, *step), *now)?;
        // A token that was stopped or followed by another since it was looked at says nothing.
        let token = tokens::current(tx, institution.no, member_id)?;
        let is_in_use = token
            .as_ref()
            .is_some_and(|token| token.no == *token_no && token.state_at(*now) == TokenState::Active);
        if !is_in_use || !rows::clear_wrong(tx, *token_no, institution.wrong_limit)? {
            return Err(StoreError::Contended.into());
        }
        let verdict = if is_new { Verdict::Accepted } else { Verdict::Used };
        if let Some(token) = token {
            let new = TokenUse { at: *now, purpose: UsePurpose::Signature, result: verdict };
            tokens::remember(tx, token.no, &verify::with_use(&token.uses, &new))?;
        }
        let answer = Answer { verdict, wrong_left: None, clock_off_s: None };
        requests::keep(tx, question, Kept::Verdict(answer), *now)?;
        note(tx, institution, *now, (ACTION, *id, verdict.as_str(), ""))?;
        Ok(answer)
    }
}
