//! Owns a member's way to a token, without pages: issue, initialise, activate.
//! Refuses to know what is then proved with it.
//! Invariant: each step has to succeed before the next.

use harness::centre::{Centre, SERVICE_ID, Wishes, request_id};
use harness::clock::Clock;
use harness::device::{self, Device, Typed};
use serde_json::json;
use tempfile::TempDir;
use warifu_core::wire::bank::{Answer, Issued, Verdict};

pub(crate) const START_PASSWORD: &str = "19490713";

/// A centre with its clock, in a folder that goes with them.
pub(crate) struct Stage {
    pub(crate) centre: Centre,
    pub(crate) clock: Clock,
    _folder: TempDir,
}

impl Stage {
    pub(crate) fn set(wishes: &Wishes) -> Self {
        let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
        let clock = Clock::new(folder.path());
        let centre = Centre::start(folder.path(), &clock, wishes);
        Self { centre, clock, _folder: folder }
    }

    pub(crate) async fn issue(&self, member: &str) -> Issued {
        let wish = json!({
            "request_id": request_id(),
            "mail": "taro@data-bank.co.jp",
            "start_password": START_PASSWORD,
        });
        self.centre.ask(member, "issue", &wish).await.expect()
    }

    pub(crate) async fn enrol_over(&self, url: &str, user_id: &str) -> Device {
        let typed = Typed { service_id: SERVICE_ID, user_id, start_password: START_PASSWORD };
        match device::enrol(url, &typed, self.clock.now()).await {
            Ok(device) => device,
            Err(why) => panic!("the initialisation ended: {why:?}"),
        }
    }

    /// A token in state 利用中, and the clock in a step whose code is fresh.
    pub(crate) async fn active(&self, member: &str) -> Device {
        let issued = self.issue(member).await;
        let device = self.enrol_over(&self.centre.url, issued.user_id.as_str()).await;
        self.clock.leave_at_least(20);
        let question = json!({ "request_id": request_id(), "code": device.code(self.clock.step()) });
        let answer: Answer = self.centre.ask(member, "activate", &question).await.expect();
        assert_eq!(answer.verdict, Verdict::Accepted);
        self.clock.next_step();
        device
    }

    pub(crate) async fn verify(&self, member: &str, code: &str) -> harness::centre::Reply {
        let question = json!({ "request_id": request_id(), "purpose": "sign_in", "code": code });
        self.centre.ask(member, "verify", &question).await
    }
}
