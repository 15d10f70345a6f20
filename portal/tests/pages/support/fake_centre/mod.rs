//! Owns a bank API in memory: what a test may do to it, and what it remembers.
//! Refuses to know time and real codes: a test asks it which code is right.
//! Invariant: it answers the same request ID with the same answer, as the real one does. It proves the portal only.

mod answers;
mod member;
mod oversight;
mod reinstate;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use warifu_core::ids::RequestId;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::{
    Answer, AttemptOutcome, AttemptStatus, IssueState, Issued, MailState, MailStatus, TokenState,
    TransactionRequest,
};

pub(crate) const KEY: &str = "the-demo-institutions-key";
const LIMIT: u8 = 5;
const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

#[derive(Clone)]
pub(crate) struct FakeCentre {
    pub(crate) url: String,
    world: Arc<Mutex<World>>,
}

#[derive(Default)]
struct World {
    members: HashMap<String, Member>,
    answers: HashMap<String, Answer>,
    issues: HashMap<String, Issued>,
    issued: u32,
    codes: u32,
    is_away: bool,
    lost: u32,
    wait: Option<(u16, Option<u32>)>,
    mailed: HashSet<String>,
    posts: u32,
    reinstated: Vec<(RequestId, String, String, String)>,
    signings: Vec<Signing>,
    ended: Vec<(RequestId, &'static str, String, String, String)>,
    is_broken: bool,
}

/// A transaction that waits for its code.
struct Signing {
    request: TransactionRequest,
    code: String,
    is_late: bool,
    is_done: bool,
}

#[derive(Default, Clone)]
struct Member {
    issue: Option<(String, IssueState, String)>,
    attempts: Vec<AttemptStatus>,
    mail: Option<MailStatus>,
    token: Option<TokenState>,
    wrong: u8,
    code: String,
    used: Vec<String>,
    clock_off: Option<i64>,
}

impl FakeCentre {
    pub(crate) async fn start() -> Self {
        let world = Arc::new(Mutex::new(World::default()));
        let router = answers::router(Arc::clone(&world));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, world }
    }

    /// The app was initialised with the open issue.
    pub(crate) fn initialise(&self, member: &str) {
        let mut world = self.world.lock().unwrap();
        let member = world.members.get_mut(member).unwrap();
        member.issue.as_mut().unwrap().1 = IssueState::Used;
        member.attempts.insert(0, AttemptStatus { at: NOW, outcome: AttemptOutcome::Enrolled });
        member.attempts.truncate(5);
        (member.token, member.wrong) = (Some(TokenState::Issued), 0);
    }

    /// A fresh right code, as the app would show it in its next minute.
    pub(crate) fn code(&self, member: &str) -> String {
        let mut world = self.world.lock().unwrap();
        world.codes += 1;
        let code = format!("{:08}", 10_000_000 + world.codes);
        world.members.entry(member.to_owned()).or_default().code.clone_from(&code);
        code
    }

    pub(crate) fn set_token(&self, member: &str, state: Option<TokenState>) {
        self.world.lock().unwrap().members.entry(member.to_owned()).or_default().token = state;
    }

    pub(crate) fn set_issue(&self, member: &str, state: IssueState) {
        self.world.lock().unwrap().members.get_mut(member).unwrap().issue.as_mut().unwrap().1 = state;
    }

    /// An app tried the member's newest issue.
    pub(crate) fn attempt(&self, member: &str, outcome: AttemptOutcome) {
        let mut world = self.world.lock().unwrap();
        let attempts = &mut world.members.get_mut(member).unwrap().attempts;
        attempts.insert(0, AttemptStatus { at: NOW, outcome });
        attempts.truncate(5);
    }

    /// What became of the newest mail, and where it went.
    pub(crate) fn set_mail(&self, member: &str, to: &str, state: MailState) {
        let mail = MailStatus { to: to.to_owned().try_into().unwrap(), state, at: NOW };
        self.world.lock().unwrap().members.get_mut(member).unwrap().mail = Some(mail);
    }

    /// Whatever could change something is refused with this status and `Retry-After`.
    pub(crate) fn set_wait(&self, wait: Option<(u16, Option<u32>)>) {
        self.world.lock().unwrap().wait = wait;
    }

    /// How often a mail was sent again or to another address.
    pub(crate) fn mailed(&self) -> usize {
        self.world.lock().unwrap().mailed.len()
    }

    pub(crate) fn set_away(&self, is_away: bool) {
        self.world.lock().unwrap().is_away = is_away;
    }

    /// The next questions are dealt with, but their answers are lost.
    pub(crate) fn lose_answers(&self, how_many: u32) {
        self.world.lock().unwrap().lost = how_many;
    }

    /// What was reinstated: member, staff, reason.
    pub(crate) fn reinstated(&self) -> Vec<(String, String, String)> {
        let world = self.world.lock().unwrap();
        world.reinstated.iter().map(|(_, id, staff, why)| (id.clone(), staff.clone(), why.clone())).collect()
    }

    /// What was suspended or released on request: which of both, member, who asked, reason.
    pub(crate) fn ended(&self) -> Vec<(&'static str, String, String, String)> {
        let world = self.world.lock().unwrap();
        let ended = world.ended.iter();
        ended.map(|(_, what, id, by, why)| (*what, id.clone(), by.clone(), why.clone())).collect()
    }

    /// The audit log is not as it was written any more.
    pub(crate) fn break_audit(&self) {
        self.world.lock().unwrap().is_broken = true;
    }

    /// How many issues were made, and how many questions could have changed something.
    pub(crate) fn counts(&self) -> (u32, u32) {
        let world = self.world.lock().unwrap();
        (world.issued, world.posts)
    }
}
