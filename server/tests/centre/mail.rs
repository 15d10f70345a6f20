//! Owns the proof that mails are written, sent, and outlive a mail server that is down.
//! Refuses to know SMTP beyond what a receiver has to say.
//! Invariant: each mail arrives once.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::stage::Stage;

impl Stage {
    /// The names of the mail files, once there are `count` of them.
    pub(crate) async fn mails_after(&self, count: usize) -> Vec<String> {
        let began = Instant::now();
        loop {
            let files = std::fs::read_dir(self.centre().join("mail")).unwrap();
            let names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
            let names: Vec<_> = names.into_iter().filter(|name| name.ends_with(".eml")).collect();
            if names.len() >= count {
                return names;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{count} mails awaited, found {names:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn mail_state(&self, member: &str, wanted: &str) {
        let began = Instant::now();
        loop {
            let state = self.status(member).await["mail"]["state"].clone();
            if state == wanted {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{state} instead of {wanted}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Takes mails; refuses receivers that hold `refused` for good.
async fn receive(listener: TcpListener, received: Arc<Mutex<Vec<String>>>) {
    loop {
        let (connection, _) = listener.accept().await.unwrap();
        let received = received.clone();
        tokio::spawn(async move {
            let (read, mut write) = connection.into_split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 test\r\n").await.unwrap();
            let mut mail: Option<String> = None;
            while let Ok(Some(line)) = lines.next_line().await {
                let answer: &[u8] = match &mut mail {
                    Some(text) if line == "." => {
                        received.lock().unwrap().push(std::mem::take(text));
                        mail = None;
                        b"250 taken\r\n"
                    }
                    Some(text) => {
                        text.push_str(&line);
                        text.push('\n');
                        continue;
                    }
                    None if line.starts_with("DATA") => {
                        mail = Some(String::new());
                        b"354 go on\r\n"
                    }
                    None if line.starts_with("RCPT") && line.contains("refused") => b"550 no such person\r\n",
                    None if line.starts_with("QUIT") => b"221 bye\r\n",
                    None => b"250 test\r\n",
                };
                if write.write_all(answer).await.is_err() {
                    return;
                }
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_outlive_a_mail_server_that_is_down_and_arrive_once_when_it_is_back() {
    let address = {
        let reserved = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        reserved.local_addr().unwrap()
    };
    let stage = Stage::set_with(|config| config.smtp = Some(format!("smtp://{address}"))).await;
    stage.issue("m-1").await;
    stage.issue("m-2").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    stage.mail_state("m-1", "queued").await;

    let received = Arc::new(Mutex::new(Vec::new()));
    let listener = TcpListener::bind(address).await.unwrap();
    let receiver = tokio::spawn(receive(listener, received.clone()));
    stage.pass(60_000);
    stage.mail_state("m-1", "sent").await;
    stage.mail_state("m-2", "sent").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let received = received.lock().unwrap().clone();
    assert_eq!(received.len(), 2);
    assert!(received[0].contains("multipart/alternative") && received[0].contains("Message-ID: <"));
    receiver.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_the_mail_server_refuses_for_good_is_told_to_the_institution() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let received = Arc::new(Mutex::new(Vec::new()));
    let receiver = tokio::spawn(receive(listener, received));
    let stage = Stage::set_with(|config| config.smtp = Some(format!("smtp://{address}"))).await;
    stage.issue("refused").await;
    stage.mail_state("refused", "failed").await;
    receiver.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_gets_a_mail_for_every_step_and_none_holds_a_user_id_or_a_password() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let user_id = stage.status("m-1").await["issue"]["user_id"].as_str().unwrap().to_owned();
    for _ in 0..5 {
        stage.verify("m-1", &phone.wrong_code(stage.step())).await;
    }
    stage.ask("m-1", "reinstate", json!({ "staff": "s-7", "reason": "窓口で確認" })).await.good();
    stage.ask("m-1", "revoke", json!({ "code": phone.code(stage.step()) })).await.good();
    let mut names = stage.mails_after(6).await;
    names.sort();
    let kinds: Vec<_> = names.iter().map(|name| name.splitn(3, '-').nth(2).unwrap()).collect();
    assert_eq!(
        kinds,
        ["issued.eml", "enrolled.eml", "activated.eml", "suspended.eml", "reinstated.eml", "revoked.eml"]
    );
    for name in names {
        let mail = std::fs::read_to_string(stage.centre().join("mail").join(&name)).unwrap();
        assert!(!mail.contains(&user_id) && !mail.contains("1357"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exhausted_issue_is_mailed_once_its_last_guess_can_no_longer_win() {
    let stage = Stage::set().await;
    let user_id = stage.issue("m-1").await;
    for _ in 0..5 {
        assert!(stage.agree(&user_id, "2468").await.is_err());
    }
    stage.pass(300_000);
    let names = stage.mails_after(2).await;
    assert!(names.iter().any(|name| name.ends_with("exhausted.eml")), "{names:?}");
}
