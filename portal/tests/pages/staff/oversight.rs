//! Owns what staff see of all members together: ends to come, today's figures, the centre's audit log.
//! Refuses to know the real centre.
//! Invariant: auditors alone read the audit log; no page and no answer holds a code, a key or a start password.

use crate::support::staff::{AUDITOR, CLERK, first_sign_in, later_sign_in, member};
use crate::support::{LOGIN_PASSWORD, MEMBER, Portal, activate};

#[tokio::test]
async fn tokens_that_end_soon_are_listed_with_their_owners_and_the_days_that_are_left() {
    let portal = Portal::start().await;
    activate(&portal, &mut portal.signed_in().await).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    let page = clerk.get("/staff/expiring").await;
    page.is(200).says("仙北 太郎").says("あと30日").says("角館 桜子").says("after=m-0001%2F1");
    clerk.get("/staff/expiring?after=m-0001%2F1").await.is(200).says("data-testid=\"first\"");
    portal.centre.set_away(true);
    clerk.get("/staff/expiring").await.is(503).says("ただいま手続きができません");
}

#[tokio::test]
async fn todays_figures_are_drawn_and_stand_in_a_table_as_well() {
    let portal = Portal::start().await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    let page = clerk.get("/staff/figures").await;
    assert_eq!((page.is(200).shows("accepted"), page.shows("wrong")), ("2760".to_owned(), "72".to_owned()));
    page.says("<svg").says("role=\"img\"").says("<th scope=\"row\">23時</th>").says("<td>230</td>");
    clerk.get("/staff/figures?ago=1").await.is(200).says("2026/11/17").says("data-testid=\"day-after\"");
    for odd in ["-1", "99", "x", "%ff"] {
        clerk.get(&format!("/staff/figures?ago={odd}")).await.is(200);
    }
}

#[tokio::test]
async fn the_audit_log_is_read_and_checked_by_auditors_alone_and_a_break_is_told() {
    let portal = Portal::start().await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    clerk.get("/staff/audit").await.is(403);
    clerk.get("/staff/audit?check").await.is(403);
    let mut auditor = first_sign_in(&portal, AUDITOR).await;
    let page = auditor.get("/staff/audit").await;
    page.is(200).says("staff:staff01").says("before=12").does_not_say("data-testid=\"newest\"");
    auditor.get("/staff/audit?check").await.is(200).says("12件を検証し、異常はありませんでした");
    portal.centre.break_audit();
    auditor.get("/staff/audit?check").await.is(200).says("7番が、書かれたときのままではありません");
    auditor.get("/staff/log").await.is(200).says("監査ログの閲覧").says("に異常");
}

#[tokio::test]
async fn no_page_of_the_staff_shows_a_code_a_key_or_a_password() {
    let portal = Portal::start().await;
    activate(&portal, &mut portal.signed_in().await).await;
    let mut secrets = vec![
        "2580".to_owned(),
        LOGIN_PASSWORD.to_owned(),
        crate::support::CONFIRMATION.to_owned(),
        crate::support::staff::PASSWORD.to_owned(),
        crate::support::fake_centre::KEY.to_owned(),
    ];
    for id in [CLERK, "staff02", AUDITOR, "staff04"] {
        first_sign_in(&portal, id).await;
        let mut browser = later_sign_in(&portal, id).await;
        secrets.push(portal.centre.code(&member(id)));
        secrets.push(portal.centre.code(MEMBER));
        for path in [
            "/staff",
            "/staff?q=demo",
            "/staff/member?id=m-0001",
            "/staff/member?id=staff.staff01",
            "/staff/suspend?id=m-0001",
            "/staff/release?id=m-0001",
            "/staff/requests",
            "/staff/expiring",
            "/staff/figures",
            "/staff/accounts",
            "/staff/accounts/add",
            "/staff/log",
            "/staff/audit",
            "/staff/audit?check",
        ] {
            let answer = browser.get(path).await;
            assert!([200, 403].contains(&answer.status.as_u16()), "{path} gave {}", answer.status);
            for secret in secrets.iter().chain(browser.cookies.values()) {
                answer.does_not_say(secret);
            }
            answer.does_not_say("$argon2");
        }
    }
}
