//! Owns a visitor over plain HTTP whose every answer is judged, and who goes a member's or the staff's way without a browser.
//! Refuses to know what is proved with it.
//! Invariant: no answer is a failure of ours or gives markup back; what must stay secret on the way is remembered.

use std::collections::BTreeSet;

use harness::device::{self, Device, Typed};
use harness::phone::digits;
use harness::portal::{CONFIRMATION_PASSWORD, LOGIN_PASSWORD};
use harness::visitor::{Got, Visitor, filled};

use crate::stage::{LOGIN_ID, MAIL, STAFF_PASSWORD, Stage};

pub(crate) const MARKUP: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'";
/// A 利用開始パスワード that stands nowhere by chance, as four digits might in a moment or a number.
pub(crate) const LONG_START_PASSWORD: &str = "27182845";

pub(crate) struct Prober {
    pub(crate) visitor: Visitor,
    /// Keys of forms, codes and passwords that were given or typed.
    pub(crate) secrets: BTreeSet<String>,
}

impl Prober {
    pub(crate) fn new(stage: &Stage) -> Self {
        Self { visitor: Visitor::new(&stage.portal.url), secrets: BTreeSet::new() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Got {
        let got = self.visitor.get(path).await;
        self.judged(path, got)
    }

    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Got {
        let got = self.visitor.post(path, fields).await;
        self.judged(path, got)
    }

    /// Sends the form of a page with its hidden fields, and expects to be led on.
    pub(crate) async fn go_on(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> String {
        let hidden = self.get(page).await.hidden(action);
        let got = self.send(action, &filled(&hidden, fields)).await;
        assert_eq!(got.status, 303, "{action}: {}", got.body);
        got.place().to_owned()
    }

    /// Puts markup into one field of a form after the other, hidden or not; the others are sent as they are given.
    pub(crate) async fn attack(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) {
        let hidden = self.get(page).await.hidden(action);
        let all = filled(&hidden, fields);
        assert!(all.len() > 1 && all[0].0 == "csrf", "{action}: {all:?}");
        for (spoilt, _) in &all[1..] {
            let value = |(name, value)| (name, if name == *spoilt { MARKUP } else { value });
            let got = self.send(action, &all.iter().copied().map(value).collect::<Vec<_>>()).await;
            let is_told = [303, 400, 422].contains(&got.status);
            assert!(is_told, "{action}, {spoilt}: {} {}", got.status, got.body);
        }
    }

    fn judged(&mut self, path: &str, got: Got) -> Got {
        assert!(got.status < 500, "{path} gave {}: {}", got.status, got.body);
        for markup in ["<script>alert", "<img src=x"] {
            assert!(!got.body.contains(markup), "{path} gives markup back:\n{}", got.body);
        }
        for cookie in got.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().expect("a cookie is text");
            for flag in ["HttpOnly", "SameSite=", "Path=/"] {
                assert!(cookie.contains(flag), "{path}: {cookie}");
            }
        }
        if got.body.contains("name=\"csrf\"") {
            self.secrets.insert(got.key());
        }
        self.secrets.extend(self.visitor.cookies.values().filter(|value| !value.is_empty()).cloned());
        got
    }

    /// A fresh code, remembered.
    pub(crate) fn code(&mut self, stage: &Stage, phone: &Device) -> String {
        let code = stage.code(phone);
        self.secrets.insert(code.clone());
        code
    }

    /// The passwords; gives where they lead.
    pub(crate) async fn sign_in(&mut self) -> String {
        let fields = [("login_id", LOGIN_ID), ("login_password", LOGIN_PASSWORD)];
        self.go_on("/sign-in", "/sign-in", &fields).await
    }

    /// The passwords and a code.
    pub(crate) async fn sign_in_with(&mut self, stage: &Stage, phone: &Device) {
        assert_eq!(self.sign_in().await, "/sign-in/code");
        let code = self.code(stage, phone);
        assert_eq!(self.go_on("/sign-in/code", "/sign-in/code", &[("code", &code)]).await, "/");
    }

    /// BOT001; gives the メール通知パスワード.
    pub(crate) async fn apply(&mut self, stage: &Stage) -> String {
        let before = stage.mail.about(MAIL, "メール通知パスワード").len();
        let fields = [
            ("mail", MAIL),
            ("mail_again", MAIL),
            ("start_password", LONG_START_PASSWORD),
            ("start_password_again", LONG_START_PASSWORD),
        ];
        assert_eq!(self.go_on("/otp/issue", "/otp/issue", &fields).await, "/otp/issue/confirm");
        let password = stage.mail.wait_for(MAIL, "メール通知パスワード", before).await.password();
        self.secrets.insert(password.clone());
        password
    }

    /// 入力内容確認.
    pub(crate) async fn confirm(&mut self, mailed_password: &str) {
        let fields = [("mailed_password", mailed_password), ("confirmation_password", CONFIRMATION_PASSWORD)];
        let page = "/otp/issue/confirm";
        assert_eq!(self.go_on(page, page, &fields).await, "/otp/issue/done");
    }

    /// The app's 初期設定 with the IDs that a page shows.
    pub(crate) async fn enrol(&mut self, stage: &Stage, page: &str) -> Device {
        let body = self.get(page).await.body;
        let shown = |name: &str| {
            let rest = body.split(&format!("data-testid=\"{name}\">")).nth(1);
            digits(rest.and_then(|rest| rest.split("</dd>").next()).expect("the page shows both IDs"))
        };
        let (service_id, user_id) = (shown("service-id"), shown("user-id"));
        let typed = Typed { service_id: &service_id, user_id: &user_id, start_password: LONG_START_PASSWORD };
        device::enrol(&stage.centre.url, &typed, stage.clock.now()).await.expect("the password is right")
    }

    pub(crate) async fn activate(&mut self, stage: &Stage, phone: &Device) {
        let code = self.code(stage, phone);
        let page = "/otp/activate";
        assert_eq!(self.go_on(page, page, &[("code", &code)]).await, "/otp/activate/done");
    }

    /// The first sign-in of a member of staff, to their desk.
    pub(crate) async fn go_to_the_desk(&mut self, stage: &Stage, id: &str) {
        let fields = [("staff_id", id), ("staff_password", STAFF_PASSWORD)];
        assert_eq!(self.go_on("/staff/sign-in", "/staff/sign-in", &fields).await, "/staff/token");
        let fields = [("start_password", LONG_START_PASSWORD), ("start_password_again", LONG_START_PASSWORD)];
        self.go_on("/staff/token", "/staff/token/issue", &fields).await;
        let own = self.enrol(stage, "/staff/token").await;
        let code = self.code(stage, &own);
        let place = self.go_on("/staff/token", "/staff/token/activate", &[("code", &code)]).await;
        assert!(place.starts_with("/staff?"), "{place}");
    }
}
