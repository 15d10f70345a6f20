//! Owns the proof that whatever is typed into any field stays text: on the pages, in mails, in logs.
//! Refuses to know what the fields are for.
//! Invariant: what is stored is looked for wherever it is shown later; what is secret is in no log.

use harness::device::Device;
use harness::portal::{CONFIRMATION_PASSWORD, LOGIN_PASSWORD};
use harness::visitor::escaped;

use crate::prober::{LONG_START_PASSWORD, MARKUP, Prober};
use crate::stage::{MAIL, STAFF_PASSWORD, Stage};

/// As [`MARKUP`], for fields of fifty characters.
const SHORT: &str = "\"><script>alert(2)</script>";
/// How a page shows either as text.
const AS_TEXT: &str = "&#60;script&#62;alert(1)";
const SHORT_AS_TEXT: &str = "&#60;script&#62;alert(2)";
/// No code: it is told so and charged to nobody.
const NO_CODE: &str = "1234567";

#[tokio::test(flavor = "multi_thread")]
async fn markup_and_line_breaks_in_any_field_come_back_as_text_and_reach_no_mails_head() {
    let stage = Stage::set_for_two().await;
    let mut member = Prober::new(&stage);
    println!("── the member's fields, to 利用開始");
    let (mailed, phone) = applied(&stage, &mut member).await;
    println!("── the member's fields with a token in use");
    in_use(&stage, &mut member, &phone).await;

    println!("── the staff's fields");
    let mut clerk = Prober::new(&stage);
    let wrong = [("staff_id", MARKUP), ("staff_password", MARKUP)];
    clerk.attack("/staff/sign-in", "/staff/sign-in", &wrong).await;
    clerk.go_to_the_desk(&stage, "staff01").await;
    asked_for(&mut clerk).await;
    println!("── where it is shown later");
    let mut approver = Prober::new(&stage);
    approver.go_to_the_desk(&stage, "staff02").await;
    agreed(&mut approver).await;
    let mut auditor = Prober::new(&stage);
    auditor.go_to_the_desk(&stage, "staff03").await;
    for path in ["/staff/log", "/staff/audit"] {
        let body = auditor.get(path).await.body;
        assert!(body.contains(AS_TEXT) && body.contains(SHORT_AS_TEXT), "{path} shows both as text:\n{body}");
    }
    let mut again = Prober::new(&stage);
    again.sign_in_with(&stage, &phone).await;
    for path in ["/", "/otp", "/otp/history", "/details", "/transfer", "/limit", "/sessions"] {
        assert_eq!(again.get(path).await.status, 200);
    }
    println!("── accounts");
    let mut administrator = Prober::new(&stage);
    administrator.go_to_the_desk(&stage, "staff04").await;
    let password = account(&stage, &mut administrator).await;
    assert!(stage.mail.mails().iter().all(|mail| !mail.to.contains("evil.example")));
    for mail in stage.mail.mails() {
        assert!(!mail.html.contains("<script>") && !mail.text.contains("<script>"), "{}", mail.html);
    }

    println!("── nothing secret in the logs");
    let known =
        [LOGIN_PASSWORD, CONFIRMATION_PASSWORD, STAFF_PASSWORD, LONG_START_PASSWORD, stage.centre.key()];
    let typed = [&*mailed, &*password, NO_CODE, "evil.example", "onerror", "/staff?"];
    let remembered = [&member, &again, &clerk, &approver, &auditor, &administrator];
    let remembered = remembered.iter().flat_map(|one| one.secrets.iter().map(String::as_str));
    let secrets: Vec<&str> = known.into_iter().chain(typed).chain(remembered).collect();
    assert!(secrets.len() > 60, "keys and codes were remembered");
    for (log, holds) in
        [(stage.portal.log(), "/staff/accounts/add"), (stage.centre.log(), "/bank/v1/members/")]
    {
        assert!(log.contains(holds), "{log}");
        for secret in &secrets {
            assert!(!log.contains(secret), "{secret} stands in a log:\n{log}");
        }
    }
}

/// Every form up to 利用開始; gives the メール通知パスワード and the phone.
async fn applied(stage: &Stage, member: &mut Prober) -> (String, Device) {
    let wrong = [("login_id", MARKUP), ("login_password", MARKUP)];
    member.attack("/sign-in", "/sign-in", &wrong).await;
    for path in
        ["/sign-in?ended=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/%3Cscript%3Ealert(1)%3C/script%3E"]
    {
        member.get(path).await;
    }
    assert_eq!(member.sign_in().await, "/");
    let broken = format!("{MAIL}\r\nBcc: thief@evil.example");
    let page = "/otp/issue";
    for mail in [MARKUP, &broken, "a@b.example,thief@evil.example", "<thief@evil.example>"] {
        let starts = [("start_password", MARKUP), ("start_password_again", MARKUP)];
        member.attack(page, page, &[&[("mail", mail), ("mail_again", mail)][..], &starts].concat()).await;
    }
    let mailed = member.apply(stage).await;
    let page = "/otp/issue/confirm";
    let wrong = [("mailed_password", "WRONG"), ("confirmation_password", "!")];
    member.attack(page, page, &wrong).await;
    member.attack(page, "/otp/issue/mail", &[]).await;
    member.attack(page, "/otp/issue/stop", &[]).await;
    // Spoilt, the form was a new press of 再送.
    let mailed_again = stage.mail.wait_for(MAIL, "メール通知パスワード", 1).await.password();
    member.secrets.insert(mailed_again.clone());
    member.confirm(&mailed_again).await;
    member.attack("/otp/issue/done", "/otp/resend", &[]).await;
    let addresses = [("mail", "x@"), ("mail_again", "y@"), ("confirmation_password", "!")];
    member.attack("/otp/readdress", "/otp/readdress", &addresses).await;
    let phone = member.enrol(stage, "/otp").await;
    member.attack("/otp/activate", "/otp/activate", &[("code", NO_CODE)]).await;
    let codes = [("first_code", NO_CODE), ("second_code", NO_CODE)];
    member.attack("/otp/resync", "/otp/resync", &codes).await;
    member.activate(stage, &phone).await;
    (mailed, phone)
}

/// Every form that a token in use opens.
async fn in_use(stage: &Stage, member: &mut Prober, phone: &Device) {
    let transfer = |amount| {
        [
            ("account", "2"),
            ("bank", "9999"),
            ("branch", "001"),
            ("account_type", "ordinary"),
            ("number", "1000002"),
            ("payee", "センボクハナコ"),
            ("amount", amount),
        ]
    };
    member.attack("/transfer", "/transfer", &transfer("0")).await;
    let place = member.go_on("/transfer", "/transfer", &transfer("1000")).await;
    assert!(place.starts_with("/transfer/confirm?id="), "{place}");
    member.attack(&place, "/transfer/code", &[("code", NO_CODE)]).await;
    member.attack(&place, "/transfer/stop", &[]).await;
    for path in ["/transfer/confirm", "/transfer/sign", "/transfer/done"] {
        member.get(&format!("{path}?id={}", escaped(MARKUP))).await;
    }
    member.attack("/limit", "/limit", &[("amount", "1"), ("code", NO_CODE)]).await;
    let code = member.code(stage, phone);
    member.go_on("/limit", "/limit", &[("amount", "900000"), ("code", &code)]).await;
    member.attack("/limit", "/limit/take-back", &[]).await;
    let broken = format!("{MAIL}\nBcc: thief@evil.example");
    for mail in ["x@", &broken] {
        let details = [("mail", mail), ("mail_again", mail), ("code", NO_CODE)];
        member.attack("/details", "/details", &details).await;
    }
    let release = [("confirmation_password", "!"), ("code", NO_CODE)];
    member.attack("/otp/revoke", "/otp/revoke", &release).await;
    member.go_on("/otp", "/sign-out", &[]).await;
    assert_eq!(member.sign_in().await, "/sign-in/code");
    member.attack("/sign-in/code", "/sign-in/code", &[("code", NO_CODE)]).await;
}

/// 強制停止, 停止解除 and the release of a lost phone, with markup for reasons.
async fn asked_for(clerk: &mut Prober) {
    let search = clerk.get(&format!("/staff?q={}", escaped(MARKUP))).await;
    assert!(search.status == 200 && search.body.contains(AS_TEXT), "{}", search.body);
    clerk.get(&format!("/staff/member?id={}", escaped(MARKUP))).await;
    let path = |what: &str| format!("/staff/{what}?id=m-0001");
    // With markup for its reason, the form is as good as any.
    clerk.attack(&path("suspend"), "/staff/suspend", &[("reason", "")]).await;
    for what in ["reinstate", "release"] {
        let action = format!("/staff/{what}");
        let nothing = [("identified_other", ""), ("reason", "")];
        clerk.attack(&path(what), &action, &nothing).await;
        let grounds = [("identified", "other"), ("identified_other", SHORT), ("reason", MARKUP)];
        clerk.go_on(&path(what), &action, &grounds).await;
    }
    clerk.get("/staff/member?id=m-0001").await;
}

/// The approver reads both, and agrees to both.
async fn agreed(approver: &mut Prober) {
    let body = approver.get("/staff/requests").await.body;
    assert_eq!((body.matches(AS_TEXT).count(), body.matches(SHORT_AS_TEXT).count()), (2, 2), "{body}");
    for place in ["/staff/requests", "/staff/releases"] {
        for deed in ["approve", "decline"] {
            approver.attack("/staff/requests", &format!("{place}/{deed}"), &[]).await;
        }
        let place = approver.go_on("/staff/requests", &format!("{place}/approve"), &[]).await;
        approver.get(&place).await;
    }
}

/// An account with a name of markup; gives the password that its owner is mailed.
async fn account(stage: &Stage, administrator: &mut Prober) -> String {
    let page = "/staff/accounts/add";
    let mail = "x@bank.example\r\nBcc: thief@evil.example";
    for mail in [MARKUP, mail] {
        let fields =
            [("new_id", "x"), ("name", "a\r\nBcc: thief@evil.example"), ("mail", mail), ("role", "")];
        administrator.attack(page, page, &fields).await;
    }
    let stored = [("new_id", "staff50"), ("name", MARKUP), ("mail", "x@bank.example"), ("role", "clerk")];
    administrator.go_on(page, page, &stored).await;
    for path in ["/staff/accounts", "/staff?q=staff50", "/staff/member?id=staff.staff50"] {
        assert!(administrator.get(path).await.body.contains(AS_TEXT), "{path} shows it as text");
    }
    for deed in ["role", "permit", "disable"] {
        let role = if deed == "role" { &[("role", "x")][..] } else { &[] };
        administrator.attack("/staff/accounts", &format!("/staff/accounts/{deed}"), role).await;
    }
    let invited = stage.mail.wait_for("x@bank.example", "職員用の画面", 0).await;
    let line = invited.text.lines().find(|line| line.contains("パスワード　")).expect("a password");
    line.split('　').next_back().expect("a line has words").trim().to_owned()
}
