//! Owns the choice of a language: what a browser asks for, what the switch keeps, where it goes back to.
//! Refuses to know the words of a page, and what is typed there: `english` and `switched` do.
//! Invariant: without any wish a page is in Japanese, and nothing but the look of a page is ever switched.

use crate::support::browser::Browser;
use crate::support::staff::{CLERK, first_sign_in};
use crate::support::{CONFIRMATION, LOGIN_ID, LOGIN_PASSWORD, Portal, issue};

/// Where the switch of the last page leads.
fn switch(browser: &Browser) -> String {
    browser.switch().0
}

#[tokio::test]
async fn the_browsers_wish_decides_and_without_one_the_page_is_japanese() {
    let portal = Portal::start().await;
    let mut browser = portal.browser();
    for (wish, language) in [
        (None, "ja"),
        (Some("ja,en;q=0.9"), "ja"),
        (Some("fr,de;q=0.5"), "ja"),
        (Some("en-GB,en;q=0.9,ja;q=0.5"), "en"),
        (Some("fr,en;q=0.1"), "en"),
    ] {
        browser.languages = wish;
        for path in ["/sign-in", "/download", "/lost-phone", "/nowhere"] {
            browser.get(path).await.says(&format!("<html lang=\"{language}\">"));
        }
    }
}

#[tokio::test]
async fn the_switch_holds_over_pages_and_sign_in_and_goes_back_to_the_same_page() {
    let portal = Portal::start().await;
    let mut browser = portal.browser();
    browser.get("/sign-in?left").await.is(200).says("lang=\"en\" hreflang=\"en\"").says(">English</a>");
    let to_english = switch(&browser);
    let answer = browser.get(&to_english).await;
    let cookie = answer.redirects_to("/sign-in?left").headers["set-cookie"].to_str().unwrap();
    for part in ["warifu-language=en", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(part), "{cookie}");
    }
    browser.get("/sign-in?left").await.is(200).says("You have signed out.").says(">日本語</a>");
    browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
    browser.get("/").await.is(200).says("<html lang=\"en\">").says("Top page");
    browser.languages = Some("ja");
    browser.get("/otp").await.is(200).says("<html lang=\"en\">");
    let to_japanese = switch(&browser);
    browser.get(&to_japanese).await.redirects_to("/otp");
    browser.languages = Some("en");
    browser.get("/otp").await.is(200).says("<html lang=\"ja\">").says("申請内容選択");
}

#[tokio::test]
async fn the_switch_goes_nowhere_else_and_knows_no_other_language() {
    let portal = Portal::start().await;
    let mut browser = portal.browser();
    for place in [
        "https://evil.example/",
        "//evil.example",
        "/%5Cevil.example",
        "%5C%5Cevil.example",
        "evil.example",
        "/%09/evil.example",
        "/otp%0d%0aSet-Cookie:x=y",
        "javascript:alert(1)",
        "/language?in=ja",
        "",
    ] {
        browser.get(&format!("/language?in=en&to={place}")).await.redirects_to("/");
    }
    browser.get("/language?to=%2Fotp%2Fissue").await.redirects_to("/otp/issue");
    for tag in ["fr", "", "EN", "%ff"] {
        let answer = browser.get(&format!("/language?to=%2F&in={tag}")).await;
        assert!(!answer.redirects_to("/").headers.contains_key("set-cookie"), "{tag}");
    }
    browser.cookies.insert("warifu-language".to_owned(), "<script>".to_owned());
    browser.get("/sign-in").await.is(200).says("<html lang=\"ja\">").does_not_say("<script>");
    browser.get("//evil.example").await.is(404).says("to=%2F\"");
}

#[tokio::test]
async fn after_a_form_the_switch_leads_to_a_page_that_can_be_opened() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    browser.get("/otp/issue").await.is(200);
    browser
        .submit(
            "/otp/issue",
            &[("mail", ""), ("mail_again", ""), ("start_password", ""), ("start_password_again", "")],
        )
        .await
        .is(422);
    let address = switch(&browser);
    browser.clone().get(&address).await.redirects_to("/otp/issue");

    browser.get("/transfer").await.is(200);
    let transfer = [
        ("account", "2"),
        ("bank", "9999"),
        ("branch", "001"),
        ("account_type", "ordinary"),
        ("number", "1000002"),
        ("payee", "センボク ハナコ"),
        ("amount", "1000"),
    ];
    let answer = browser.submit("/transfer", &transfer).await;
    let place = answer.headers["location"].to_str().unwrap().to_owned();
    browser.get(&place).await.is(200);
    browser.submit("/transfer/password", &[("confirmation_password", "wrong1234")]).await.is(422);
    let address = switch(&browser);
    browser.get(&address).await.redirects_to(&place);
    browser.get(&place).await.is(200).says("<html lang=\"en\">");
    browser
        .submit("/transfer/password", &[("confirmation_password", CONFIRMATION)])
        .await
        .redirects_to(&place.replace("confirm", "done"));

    issue(&portal, &mut browser).await;
    browser.get("/otp").await.is(200);
    portal.centre.set_away(true);
    browser.submit("/otp/resend", &[]).await.is(503).says("<html lang=\"en\">");
    let address = switch(&browser);
    browser.get(&address).await.redirects_to("/otp");
}

#[tokio::test]
async fn the_staffs_pages_have_the_same_switch_and_after_a_form_it_leads_back_to_whom_it_was_about() {
    let portal = Portal::start().await;
    crate::support::activate(&portal, &mut portal.signed_in().await).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    for path in
        ["/staff", "/staff/member?id=m-0001", "/staff/figures?ago=1", "/staff/audit", "/staff/nowhere"]
    {
        clerk.get(path).await.says("<html lang=\"ja\">").says(">English</a>");
        let address = switch(&clerk);
        clerk.clone().get(&address).await.redirects_to(path);
    }
    for path in ["/staff/suspend?id=m-0001", "/staff/release?id=m-0001"] {
        clerk.get(path).await.is(200);
        let action = path.split('?').next().unwrap();
        let nothing = [("identified_other", ""), ("reason", "")];
        let nothing = if action.ends_with("suspend") { &nothing[1..] } else { &nothing[..] };
        clerk.submit(action, nothing).await.is(422);
        let address = switch(&clerk);
        clerk.clone().get(&address).await.redirects_to(path);
    }
    let address = switch(&clerk);
    clerk.get(&address).await;
    clerk.get("/staff").await.says("<html lang=\"en\">").says("Find a member</a>").says("(clerk)");
}
