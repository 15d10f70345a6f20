//! Owns what the staff's log says and who may read it.
//! Refuses to know the real centre.
//! Invariant: every look and every deed stands in it, with who, when and about whom.

use crate::support::staff::{APPROVER, AUDITOR, CLERK, first_sign_in, request};
use crate::support::{MEMBER, Portal, activate};
use warifu_core::wire::bank::TokenState;

#[tokio::test]
async fn every_look_and_every_deed_stands_in_the_log_and_only_auditors_read_it() {
    let portal = Portal::start_with(|config| config.staff.second_approval = true).await;
    activate(&portal, &mut portal.signed_in().await).await;
    portal.centre.set_token(MEMBER, Some(TokenState::Suspended));
    let mut clerk = first_sign_in(&portal, CLERK).await;
    let mut approver = first_sign_in(&portal, APPROVER).await;
    clerk.get("/staff/member?id=m-0001").await.is(200);
    request(&mut clerk, MEMBER).await.redirects_to("/staff/member?id=m-0001&requested");
    approver.get("/staff/requests").await.is(200);
    approver.submit("/staff/requests/approve", &[]).await.redirects_to("/staff/member?id=m-0001&reinstated");
    for mut no_auditor in [clerk, approver] {
        no_auditor.get("/staff").await.is(200).does_not_say("操作の記録</a>");
        no_auditor.get("/staff/log").await.is(403).says("あなたの役割では");
    }
    let mut auditor = first_sign_in(&portal, AUDITOR).await;
    auditor.get("/staff").await.is(200).says("操作の記録</a>");
    let log = auditor.get("/staff/log").await;
    log.is(200);
    for deed in [
        "職員の登録",
        "自分のトークンの発行",
        "自分のトークンの利用開始",
        "ログイン",
        "トークンの照会",
        "停止解除の申請",
        "停止解除の承認",
        "<td>停止解除</td>",
        "staff01の申請",
        "理由：番号の打ち間違い",
    ] {
        log.says(deed);
    }
    log.does_not_say("2580");
    auditor.get("/staff/log?before=1").await.is(200).says("記録はありません");
    auditor.get("/staff/log?before=x").await.is(200).says("停止解除の申請");
    for _ in 0..101 {
        auditor.get("/staff/member?id=m-0002").await.is(200);
    }
    let newest = auditor.get("/staff/log").await;
    assert_eq!(newest.is(200).body.matches("data-testid=\"line\"").count(), 100);
    let (_, rest) = newest.body.split_once("href=\"/staff/log?before=").unwrap();
    let older = format!("/staff/log?before={}", rest.split('"').next().unwrap());
    auditor.get(&older).await.is(200).says("停止解除の申請").says("data-testid=\"newest\"");
}
