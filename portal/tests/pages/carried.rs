//! Owns the proof of what goes over real sockets: `serve` itself, and mails through a mail server.
//! Refuses to know pages beyond the one that a mail's fate shows on.
//! Invariant: what is started here is stopped here, and the portal stops when it is told to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::browser::Browser;
use crate::support::staff::{CLERK, first_sign_in};
use crate::support::{MAIL, MEMBER, Portal, apply};
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::TokenState;
use warifu_portal::store::Store;

#[tokio::test]
async fn the_portal_answers_on_its_listener_and_stops_when_told() {
    let portal = Portal::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move { stopped.await.unwrap_or_default() };
    let serving = tokio::spawn(warifu_portal::serve(listener, portal.app.clone(), shutdown));

    for path in ["health/live", "health/ready", "sign-in"] {
        let answer = reqwest::get(format!("http://{address}/{path}")).await.unwrap();
        assert!(answer.status().is_success(), "{path}");
    }
    stop.send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), serving).await;
    ended.expect("it stops within its farewell").unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_mail_server_takes_the_mail_over() {
    let server = MailServer::start("250 fine").await;
    let url = server.url.clone();
    let portal = Portal::start_with(|config| config.mail.smtp = Some(url)).await;
    let mut browser = portal.signed_in().await;
    apply(&mut browser, "2580").await;
    portal.app.carry_mails().await.unwrap();
    let heard = server.heard();
    assert!(
        heard.contains(&format!("RCPT TO:<{MAIL}>")) && heard.contains("MAIL FROM:<senpoku@bank.example>")
    );
    assert!(heard.contains("multipart/alternative") && heard.contains("text/html"));
    browser.get("/otp/issue/confirm").await.is(200).does_not_say("メールを送れませんでした");
}

#[tokio::test]
async fn an_address_that_the_mail_server_refuses_is_shown_and_tried_no_more() {
    let server = MailServer::start("550 no such mailbox").await;
    let url = server.url.clone();
    let portal = Portal::start_with(|config| config.mail.smtp = Some(url)).await;
    let mut browser = portal.signed_in().await;
    apply(&mut browser, "2580").await;
    portal.app.carry_mails().await.unwrap();
    portal.pass(1);
    portal.app.carry_mails().await.unwrap();
    assert_eq!(server.heard().matches("RCPT TO").count(), 1);
    browser.get("/otp/issue/confirm").await.is(200).says("メールを送れませんでした");
}

#[tokio::test]
async fn a_registered_address_that_refuses_mails_is_shown_with_what_to_do() {
    let server = MailServer::start("550 no such mailbox").await;
    let url = server.url.clone();
    let portal = Portal::start_with(|config| config.mail.smtp = Some(url)).await;
    let mut browser = portal.signed_in().await;
    activate_by_hand(&portal, &mut browser).await;
    browser.get("/limit").await.is(200);
    let code = portal.centre.code(MEMBER);
    browser.submit("/limit", &[("amount", "500000"), ("code", &code)]).await.redirects_to("/limit?asked");
    browser.get("/details").await.is(200).does_not_say("メールを送れませんでした");
    portal.app.carry_mails().await.unwrap();
    browser.get("/details").await.is(200).says("メールを送れませんでした").says("下で変更してください");
    let mut clerk = first_sign_in(&portal, CLERK).await;
    let page = clerk.get("/staff/member?id=m-0001").await;
    assert_eq!(page.is(200).shows("registered-mail"), "taro@home.example");
    assert!(page.shows("registered-mail-state").starts_with("taro@home.exampleへのメールを送れませんでした"));
    page.says("電話で確かめ");
    clerk.get("/staff/release?id=m-0001").await.is(200).says("taro@home.exampleへのメールは届いていません");
}

#[tokio::test]
async fn a_mail_that_comes_back_later_is_shown_to_member_and_staff_with_its_time_and_a_way_on() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    activate_by_hand(&portal, &mut browser).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    let staffs = "/staff/member?id=m-0001";
    clerk.get(staffs).await.is(200).does_not_say("registered-mail-state");
    let store = Store::open(portal.database().parent().unwrap()).unwrap();
    let at = UnixMillis(1_795_000_000_000);
    warifu_portal::bounces::note(&store, "Taro@home.example", at).await.unwrap();
    let told = "メールを送れませんでした（2026/11/18 20:06、日本時間）";
    browser.get("/details").await.is(200).says(told).says("下で変更してください");
    clerk.get(staffs).await.is(200).says(told).says("電話で確かめ");
    // Another address begins anew.
    let code = portal.centre.code(MEMBER);
    let new = "new@home.example";
    let typed = [("mail", new), ("mail_again", new), ("code", &*code)];
    browser.submit("/details", &typed).await.redirects_to("/details?changed");
    browser.get("/details").await.is(200).does_not_say("メールを送れませんでした");
    clerk.get(staffs).await.is(200).does_not_say("registered-mail-state");
}

/// A token in use, without a mail that would have to arrive.
async fn activate_by_hand(portal: &Portal, browser: &mut Browser) {
    portal.centre.code(MEMBER);
    portal.centre.set_token(MEMBER, Some(TokenState::Active));
    browser.get("/otp").await.is(200);
}

/// Just enough of RFC 5321 to take one mail, with a fixed answer to RCPT.
struct MailServer {
    url: String,
    heard: Arc<Mutex<String>>,
}

impl MailServer {
    async fn start(rcpt: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(String::new()));
        let ear = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, rcpt, Arc::clone(&ear)));
            }
        });
        Self { url, heard }
    }

    fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }
}

async fn talk(stream: TcpStream, rcpt: &str, ear: Arc<Mutex<String>>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut is_body = false;
    write.write_all(b"220 ready\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        ear.lock().unwrap().push_str(&format!("{line}\n"));
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "." if is_body => {
                is_body = false;
                "250 taken"
            }
            _ if is_body => continue,
            "DATA" => {
                is_body = true;
                "354 go on"
            }
            "RCPT" => rcpt,
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}
