//! Owns the figures of the institution's pages: the bytes of each, and the time to its first answer.
//! Refuses to judge pages by anything else.
//! Invariant: the portal asks a real centre on the same machine; a page over its limit is said at the end.

use std::time::Instant;

use harness::centre::{Centre, Wishes, request_id};
use harness::clock::Clock;
use harness::device::{self, Device, Typed};
use harness::portal::{LOGIN_PASSWORD, Portal};
use harness::visitor::Visitor;
use serde_json::json;
use warifu_core::wire::bank::Issued;

use crate::{Figure, ROUNDS, figure, folder, load};

/// Without pictures, bytes.
const LARGEST: f64 = 30_000.0;
/// To the first answer, ms.
const SLOWEST: f64 = 20.0;
const START_PASSWORD: &str = "1949";
const MEMBER: [&str; 9] =
    ["/", "/otp", "/otp/revoke", "/otp/history", "/transfer", "/limit", "/details", "/sessions", "/download"];
const STAFF: [&str; 9] = [
    "/staff",
    "/staff?q=demo",
    "/staff/member?id=m-0001",
    "/staff/suspend?id=m-0001",
    "/staff/requests",
    "/staff/expiring",
    "/staff/figures",
    "/staff/accounts",
    "/staff/accounts/add",
];

pub(crate) async fn figures() -> Vec<(&'static str, Figure)> {
    let folder = folder();
    let clock = Clock::new(folder.path());
    let centre = Centre::start(folder.path(), &clock, &Wishes::default());
    let portal = Portal::start(folder.path(), &clock, &centre, None);
    let mut figures = Vec::new();
    for path in ["/sign-in", "/staff/sign-in", "/nothing"] {
        measure(&mut Visitor::new(&portal.url), path, &mut figures).await;
    }

    // With a token in use the pages have most to say.
    let mut member = Visitor::new(&portal.url);
    let password = [("login_id", "demo0001"), ("login_password", LOGIN_PASSWORD)];
    assert_eq!(member.fill("/sign-in", &password).await.status, 303, "the member signs in");
    measure(&mut member, "/otp/issue", &mut figures).await;
    let wish =
        json!({ "request_id": request_id(), "mail": "taro@data.example", "start_password": START_PASSWORD });
    let issued: Issued = centre.ask("m-0001", "issue", &wish).await.expect();
    measure(&mut member, "/otp/activate", &mut figures).await;
    let phone = enrol(&centre, &clock, &issued.user_id.to_string()).await;
    let form = member.get("/otp/activate").await.value("form");
    let code = [("form", &*form), ("code", &phone.code(clock.step()))];
    assert_eq!(member.fill("/otp/activate", &code).await.place(), "/otp/activate/done");
    for path in MEMBER {
        measure(&mut member, path, &mut figures).await;
    }

    let mut staff = Visitor::new(&portal.url);
    let password = [("staff_id", "staff04"), ("staff_password", "senpoku-shokuin-2026")];
    assert_eq!(staff.fill("/staff/sign-in", &password).await.place(), "/staff/token");
    let page = staff.get("/staff/token").await;
    let (key, form) = (page.key(), page.value("form"));
    let twice = [("start_password", START_PASSWORD), ("start_password_again", START_PASSWORD)];
    let fields = [&[("csrf", &*key), ("form", &*form)][..], &twice].concat();
    assert_eq!(staff.post("/staff/token/issue", &fields).await.place(), "/staff/token");
    let page = staff.get("/staff/token").await;
    let user_id = centre.status("staff.staff04").await["issue"]["user_id"].as_str().map(str::to_owned);
    let own = enrol(&centre, &clock, &user_id.expect("an issue has a user ID")).await;
    let (key, form, code) = (page.key(), page.value("form"), own.code(clock.step()));
    let fields = [("csrf", &*key), ("form", &*form), ("code", &*code)];
    assert_eq!(staff.post("/staff/token/activate", &fields).await.place(), "/staff?welcome");
    for path in STAFF {
        measure(&mut staff, path, &mut figures).await;
    }

    let over = figures
        .iter()
        .filter(|(_, figure)| figure.median > if figure.unit == "bytes" { LARGEST } else { SLOWEST });
    let over: Vec<&str> = over.map(|(_, figure)| figure.what).collect();
    println!("portal: {} over the limits of {LARGEST} bytes and {SLOWEST} ms {over:?}", over.len());
    figures
}

async fn enrol(centre: &Centre, clock: &Clock, user_id: &str) -> Device {
    let typed = Typed { service_id: harness::centre::SERVICE_ID, user_id, start_password: START_PASSWORD };
    device::enrol(&centre.url, &typed, clock.now()).await.expect("the password is right")
}

/// Not counting the first time, which fills caches.
async fn measure(visitor: &mut Visitor, path: &'static str, figures: &mut Vec<(&'static str, Figure)>) {
    let before = load();
    let first = visitor.get(path).await;
    let status = if path == "/nothing" { 404 } else { 200 };
    assert_eq!(first.status, status, "{path} leads to {:?}", first.place());
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let got = visitor.get(path).await;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        assert_eq!(got.status, first.status, "{path}");
    }
    let bytes = vec![first.body.len() as f64; ROUNDS];
    let kept = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let size = figure(kept(format!("portal, {path}, size")), "bytes", before, bytes);
    let time = figure(kept(format!("portal, {path}, whole answer over loopback")), "ms", before, times);
    figures.push((kept(format!("portal {path} bytes")), size));
    figures.push((kept(format!("portal {path} ms")), time));
}
