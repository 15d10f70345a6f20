//! Owns the proof of what crosses the line of an initialisation, and what a false centre gets out of it.
//! Refuses to know TLS: inside it, the line is already as safe as it has to be.
//! Invariant: the whole initialisation is a real one, and the device computes a code that the centre accepts.

use std::sync::Arc;

use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL, HEXLOWER, HEXUPPER};
use harness::centre::{Centre, SERVICE_ID, Wishes, request_id};
use harness::clock::Clock;
use harness::device::{self, Ended, Typed};
use harness::false_centre::FalseCentre;
use harness::line::{Line, holds};
use serde_json::json;
use warifu_core::enrol::device::Refused;
use warifu_core::wire::bank::{Answer, Issued, Verdict};
use warifu_core::wire::device::{CARD_PATH, FINISH_PATH, START_PATH};

use crate::member::{START_PASSWORD, Stage};

/// Every text in which some bytes could stand, wherever in a longer encoding they begin.
fn writings(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all = vec![
        ("raw".to_owned(), bytes.to_vec()),
        ("hex".to_owned(), HEXLOWER.encode(bytes).into_bytes()),
        ("HEX".to_owned(), HEXUPPER.encode(bytes).into_bytes()),
    ];
    for (name, encoding, group, letters) in
        [("base32", &BASE32_NOPAD, 5, 8), ("base64", &BASE64, 3, 4), ("base64url", &BASE64URL, 3, 4)]
    {
        for before in 0..group {
            // Only whole groups are the same whatever stands around the bytes.
            let skipped = (group - before) % group;
            let whole = (bytes.len() - skipped) / group * group;
            let text = encoding.encode(&bytes[skipped..skipped + whole]);
            assert_eq!(text.len(), whole / group * letters);
            all.push((format!("{name}+{before}"), text.clone().into_bytes()));
            if name == "base32" {
                all.push((format!("{name}+{before}, small"), text.to_lowercase().into_bytes()));
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn no_derived_key_crosses_the_line_of_an_initialisation() {
    let mut line = Line::lay().await;
    let stage = Stage::set(&Wishes { public_url: Some(line.url()), ..Wishes::default() });
    line.lead_to(stage.centre.address());
    let issued = stage.issue("m-1").await;
    let device = stage.enrol_over(&line.url(), issued.user_id.as_str()).await;

    for path in [CARD_PATH, START_PATH, FINISH_PATH, r#""sealed""#] {
        assert!(line.carried(path.as_bytes()), "{path} was not recorded");
    }
    let keys = &device.agreed.keys;
    let secrets: [(&str, &[u8]); 5] = [
        ("k_totp", keys.totp.expose()),
        ("k_txn", keys.txn.expose()),
        ("k_dev", keys.device.expose()),
        ("k_m4", device.agreed.m4_key.expose()),
        ("the start password", START_PASSWORD.as_bytes()),
    ];
    let recorded = line.recorded();
    assert!(recorded.iter().map(Vec::len).sum::<usize>() > 1_500, "an initialisation has more bytes");
    for (name, secret) in secrets {
        let texts =
            if secret.len() == 32 { writings(secret) } else { vec![("raw".to_owned(), secret.to_vec())] };
        for (how, text) in texts {
            assert!(!recorded.iter().any(|way| holds(way, &text)), "{name} crossed the line as {how}");
        }
    }

    // The search finds what is there: the public storage of the same run.
    let ke3 = device.agreed.resume.ke3.0;
    assert!(writings(&ke3).iter().any(|(_, text)| recorded.iter().any(|way| holds(way, text))));
    stage.clock.leave_at_least(20);
    let question = json!({ "request_id": request_id(), "code": device.code(stage.clock.step()) });
    let answer: Answer = stage.centre.ask("m-1", "activate", &question).await.expect();
    assert_eq!(answer.verdict, Verdict::Accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_derived_key_lies_in_clear_in_the_centres_folder() {
    let stage = Stage::set(&Wishes::default());
    let device = stage.active("m-1").await;
    let mut searched = 0;
    let mut folders = vec![stage.centre.folder().to_owned()];
    while let Some(folder) = folders.pop() {
        for path in
            folder.read_dir().expect("the centre's folder").map(|entry| entry.expect("an entry").path())
        {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).expect("the test owns the centre's files");
            searched += bytes.len();
            let keys = &device.agreed.keys;
            for key in [keys.totp.expose(), keys.txn.expose(), keys.device.expose()] {
                for (how, text) in writings(key) {
                    assert!(!holds(&bytes, &text), "{} holds a key as {how}", path.display());
                }
            }
        }
    }
    assert!(searched > 10_000, "a database has more bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_centre_that_knows_the_start_password_gets_nothing_after_m2() {
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let clock = Arc::new(Clock::new(folder.path()));
    let trap = FalseCentre::lie_in_wait().await;
    let url = trap.url();
    let wishes = Wishes { public_url: Some(url.clone()), ..Wishes::default() };
    let centre = Centre::start(folder.path(), &clock, &wishes);
    let wish = json!({
        "request_id": request_id(), "mail": "taro@data-bank.co.jp", "start_password": START_PASSWORD,
    });
    let issued: Issued = centre.ask("m-1", "issue", &wish).await.expect();
    let user_id = issued.user_id.as_str();
    let trap = trap.work(&centre.url, user_id, START_PASSWORD, &clock);

    let typed = Typed { service_id: SERVICE_ID, user_id, start_password: START_PASSWORD };
    let ended = device::enrol(&url, &typed, clock.now()).await.err();
    assert_eq!(ended, Some(Ended::Device(Refused::Centre)), "the password was right, the centre was not");
    assert_eq!(trap.heard(), [format!("GET {CARD_PATH}{SERVICE_ID}"), format!("POST {START_PATH}")]);

    let device = device::enrol_with(
        &centre.url,
        &device::card(&centre.url, SERVICE_ID, clock.now()).await,
        &typed,
        clock.now(),
        &mut device::rng(),
    )
    .await;
    assert!(device.is_ok(), "the real centre still initialises the device");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_start_passwords_exhaust_an_issue_and_the_right_one_then_ends_alike() {
    let stage = Stage::set(&Wishes::default());
    let issued = stage.issue("m-1").await;
    let user_id = issued.user_id.as_str();
    let wrong = Typed { service_id: SERVICE_ID, user_id, start_password: "2468" };
    let right = Typed { start_password: START_PASSWORD, ..wrong };
    for left in (0..5).rev() {
        let ended = device::enrol(&stage.centre.url, &wrong, stage.clock.now()).await.err();
        assert_eq!(ended, Some(Ended::Device(Refused::Password)));
        let status = stage.centre.status("m-1").await;
        assert_eq!(status["issue"]["attempts_left"], left);
    }
    let ended = device::enrol(&stage.centre.url, &right, stage.clock.now()).await.err();
    assert_eq!(ended, Some(Ended::Device(Refused::Password)));
    let status = stage.centre.status("m-1").await;
    assert_eq!((&status["issue"]["state"], &status["registration"]), (&json!("exhausted"), &json!("none")));
}
