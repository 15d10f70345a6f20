//! Owns what members' pages ask beside 利用開始 and 認証: history, stopping, 取引認証, two codes in a row.
//! Refuses to know cryptography: which code signs which transaction is said by the test.
//! Invariant: a transaction is consumed once; a code for one signs no other.

use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::{
    Answer, CodeRequest, History, ResyncRequest, SuspendRequest, TokenState, TokenUse, Transaction,
    TransactionRequest, UsePurpose, Verdict,
};

use super::answers::{Shared, deliver, posted, refuse, refused};
use super::oversight::end;
use super::{FakeCentre, LIMIT, NOW, Signing};

impl FakeCentre {
    /// The account, amount and code of the newest transaction that waits for its code.
    pub(crate) fn signing(&self) -> (String, u64, String) {
        let world = self.world.lock().unwrap();
        let Signing { request, code, .. } = world.signings.last().expect("a transaction waits");
        (request.account.to_string(), request.amount.yen(), code.clone())
    }

    /// The newest transaction's time is over.
    pub(crate) fn let_signing_expire(&self) {
        self.world.lock().unwrap().signings.last_mut().unwrap().is_late = true;
    }

    /// The next code at 利用開始 is from a clock so many seconds ahead.
    pub(crate) fn set_clock_off(&self, member: &str, seconds: Option<i64>) {
        self.world.lock().unwrap().members.get_mut(member).unwrap().clock_off = seconds;
    }
}

pub(super) async fn history(
    axum::extract::State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let world = world.lock().unwrap();
    if let Some(refusal) = refused(&world, &headers) {
        return refusal;
    }
    let used = world.members.get(&id).map_or(0, |member| member.used.len());
    let one = TokenUse { at: NOW, purpose: UsePurpose::SignIn, result: Verdict::Accepted };
    Json(History { uses: vec![one; used] }).into_response()
}

pub(super) async fn suspend(
    axum::extract::State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(request): Json<SuspendRequest>,
) -> Response {
    let by = request.staff.unwrap_or_else(|| request.by.to_string());
    let deed = (request.request_id, "suspend", by, request.reason);
    end(&world, &headers, &id, deed, TokenState::Suspended)
}

pub(super) async fn transaction(
    axum::extract::State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(request): Json<TransactionRequest>,
) -> Response {
    let mut world = world.lock().unwrap();
    if let Some(refusal) = posted(&mut world, &headers) {
        return refusal;
    }
    if world.members.get(&id).is_none_or(|member| member.token != Some(TokenState::Active)) {
        return refuse(StatusCode::CONFLICT, "wrong_state");
    }
    let n = match world.signings.iter().position(|one| one.request.request_id == request.request_id) {
        Some(n) => n,
        None => {
            let code = format!("{:08}", 70_000_000 + world.signings.len());
            world.signings.push(Signing { request, code, is_late: false, is_done: false });
            world.signings.len() - 1
        }
    };
    let answer = Transaction {
        transaction_id: format!("00000000-0000-4000-8000-{n:012}").parse().unwrap(),
        expires_at: UnixMillis(NOW.0 + 30 * 86_400_000),
        qr: Some(link(n)),
    };
    deliver(&mut world, &answer)
}

/// As long as the link of a transfer gets: to a payee of sixty characters.
fn link(n: usize) -> String {
    const LONGEST: usize = 391;
    let said: String = (0_u8..).flat_map(|_| "Aq7-_x0Zk3Rb9Wd".chars()).take(LONGEST - 3).collect();
    format!("warifu://sign?q={n:03}{said}")
}

pub(super) async fn sign(
    axum::extract::State(world): Shared,
    Path((id, transaction)): Path<(String, String)>,
    headers: HeaderMap,
    Json(CodeRequest { request_id, code }): Json<CodeRequest>,
) -> Response {
    let mut world = world.lock().unwrap();
    if let Some(refusal) = posted(&mut world, &headers) {
        return refusal;
    }
    if let Some(answer) = world.answers.get(&request_id.to_string()).copied() {
        return deliver(&mut world, &answer);
    }
    let n: usize = transaction[24..].parse().unwrap();
    let wrong = world.members[&id].wrong;
    let Some(signing) = world.signings.get_mut(n) else { return refuse(StatusCode::NOT_FOUND, "not_found") };
    let (verdict, wrong_left) = match signing {
        Signing { is_late: true, .. } => (Verdict::Expired, None),
        Signing { is_done: true, .. } => (Verdict::Used, None),
        signing if signing.code == code => {
            signing.is_done = true;
            (Verdict::Accepted, None)
        }
        _ => (Verdict::Wrong, Some(LIMIT - wrong - 1)),
    };
    world.members.get_mut(&id).unwrap().wrong = if verdict == Verdict::Wrong { wrong + 1 } else { wrong };
    let answer = Answer { verdict, wrong_left, clock_off_s: None };
    world.answers.insert(request_id.to_string(), answer);
    deliver(&mut world, &answer)
}

/// Two codes in a row: those that a test reads as this member's code and the next one.
pub(super) async fn resync(
    axum::extract::State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(ResyncRequest { request_id, first, second }): Json<ResyncRequest>,
) -> Response {
    let mut world = world.lock().unwrap();
    if let Some(refusal) = posted(&mut world, &headers) {
        return refusal;
    }
    if let Some(answer) = world.answers.get(&request_id.to_string()).copied() {
        return deliver(&mut world, &answer);
    }
    let Some(member) = world.members.get_mut(&id) else { return refuse(StatusCode::CONFLICT, "wrong_state") };
    let is_pair = first.parse::<u32>().is_ok_and(|one| second.parse() == Ok(one + 1)) && first == member.code;
    let answer = if is_pair {
        (member.wrong, member.clock_off) = (0, None);
        Answer { verdict: Verdict::Accepted, wrong_left: None, clock_off_s: None }
    } else {
        member.wrong += 1;
        Answer { verdict: Verdict::Wrong, wrong_left: Some(LIMIT - member.wrong), clock_off_s: None }
    };
    world.answers.insert(request_id.to_string(), answer);
    deliver(&mut world, &answer)
}
