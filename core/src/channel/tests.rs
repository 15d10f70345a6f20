//! Owns the proof of the device channel's MACs.
//! Refuses to know the programs that carry the messages.
//! Invariant: whatever is changed in a question or a reply is noticed, and the vector holds.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::secret::Secret;
use crate::wire::channel::{STATUS_PATH, STOP_PATH};

fn key() -> DeviceKey {
    DeviceKey::new(Secret::new([7; 32]))
}

fn mac(message: &[u8]) -> Mac {
    hmac_sha256(key().expose(), &[message])
}

fn question() -> Question {
    let mut rng = StdRng::seed_from_u64(1);
    Question::new(STATUS_PATH, TokenId::from_bytes([1; 16]), 5, b"{}".to_vec(), &mut rng)
}

fn asked() -> Asked {
    let question = question();
    question.asked(mac(&question.message()))
}

#[test]
fn a_genuine_question_gets_a_reply_that_its_device_takes() {
    let (question, asked) = (question(), asked());
    assert!(is_genuine(&key(), STATUS_PATH, &asked));
    let answered = answer(&key(), STATUS_PATH, &asked, b"{\"a\":1}".to_vec());
    let body = question.open(&answered, &mac(&question.reply_message(&answered)));
    assert_eq!(body, Ok(&b"{\"a\":1}"[..]));
}

#[test]
fn a_question_with_anything_changed_is_not_genuine() {
    let fine = asked();
    let changed = |change: fn(&mut Asked)| {
        let mut asked = fine.clone();
        change(&mut asked);
        asked
    };
    for (what, asked) in [
        ("the token", changed(|asked| asked.token_id = TokenId::from_bytes([2; 16]))),
        ("the number", changed(|asked| asked.n += 1)),
        ("the nonce", changed(|asked| asked.nonce.0[15] ^= 1)),
        ("the body", changed(|asked| asked.body.0.push(b' '))),
        ("the MAC", changed(|asked| asked.mac.0[0] ^= 0x80)),
    ] {
        assert!(!is_genuine(&key(), STATUS_PATH, &asked), "{what}");
    }
    assert!(!is_genuine(&key(), STOP_PATH, &fine), "the path");
    assert!(!is_genuine(&DeviceKey::new(Secret::new([8; 32])), STATUS_PATH, &fine), "the key");
}

#[test]
fn a_reply_to_another_question_or_with_another_body_is_not_taken() {
    let question = question();
    let taken =
        |answered: &Answered| question.open(answered, &mac(&question.reply_message(answered))).is_ok();
    let fine = answer(&key(), STATUS_PATH, &asked(), b"{}".to_vec());
    assert!(taken(&fine));
    let other = Asked { nonce: Bytes([9; 16]), ..asked() };
    assert!(!taken(&answer(&key(), STATUS_PATH, &other, b"{}".to_vec())));
    assert!(!taken(&answer(&key(), STOP_PATH, &asked(), b"{}".to_vec())));
    assert!(!taken(&Answered { body: Blob(b"{} ".to_vec()), ..fine.clone() }));
    assert!(!taken(&Answered { mac: asked().mac, ..fine }), "a question is not its own reply");
}

#[test]
fn the_purpose_of_the_device_key_takes_both_messages() {
    let (question, answered) = (question(), answer(&key(), STATUS_PATH, &asked(), Vec::new()));
    assert!(Purpose::Device.allows(&question.message()));
    assert!(Purpose::Device.allows(&question.reply_message(&answered)));
    assert!(!Purpose::Totp.allows(&question.message()) && !Purpose::Txn.allows(&question.message()));
}

#[test]
fn the_vector_of_the_formats_page_holds() {
    let vector = Question { nonce: [2; 16], ..question() };
    let asked = vector.asked(mac(&vector.message()));
    let page = include_str!("../../../docs/formats.md");
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let reply = answer(&key(), STATUS_PATH, &asked, b"{}".to_vec());
    for (what, bytes) in [("question", asked.mac.0), ("reply", reply.mac.0)] {
        assert!(page.contains(&hex(&bytes)), "{what}: {}", hex(&bytes));
    }
}
