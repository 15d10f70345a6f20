//! Owns the proof of 取引認証: both halves agree, and on nothing but what was shown.
//! Refuses to know the programs that carry codes and pictures.
//! Invariant: the vectors were computed by other means than this code.

use super::*;
use crate::secret::Secret;

/// Computed by `tests/vectors/check_sign.py`.
const QR: &str = "warifu://sign?q=AAAACDEwMTEyMjM1AAAACHRyYW5zZmVyAAAABDAwMDEAAAADMDAyAAAACG9yZGluYXJ5AAAABzEyMzQ1NjcAAAAY44K744Oz44Od44Kv44CA44OP44OK44KzAAAAA0pQWQAAAAgAAAAAAAJJ8AAAAAgDAwMDAwMDA5t7gvnCBCSEELWa0XG5snQ";
const BY_QR: &str = "20161289";
const BY_KEYPAD: &str = "39760452";
const NOW: UnixMillis = UnixMillis(1_700_000_000_000);
const NONCE: Nonce = [3; 8];

fn key() -> TxnKey {
    TxnKey::new(Secret::new([9; 32]))
}

fn service() -> ServiceId {
    "10112235".parse().unwrap()
}

fn transfer() -> Transfer {
    Transfer {
        kind: TransactionKind::Transfer,
        bank: "0001".parse().unwrap(),
        branch: "002".parse().unwrap(),
        account_type: AccountType::Ordinary,
        account: "1234567".parse().unwrap(),
        payee_kana: "センポク　ハナコ".to_owned().try_into().unwrap(),
        amount: 150_000.try_into().unwrap(),
    }
}

fn challenges() -> [Challenge; 2] {
    let transfer = transfer();
    let typed = Challenge::typed(&service(), transfer.kind, &transfer.account, transfer.amount);
    [Challenge::of(&service(), &transfer, &NONCE), typed]
}

fn mac(message: &[u8]) -> [u8; 32] {
    hmac_sha256(key().expose(), &[message])
}

fn device_code(challenge: &Challenge, step: Step) -> Code {
    let message = challenge.message(step);
    assert!(Purpose::Txn.allows(&message));
    Code::from_mac(&mac(&message))
}

fn judged(code: &Code, drift: Drift) -> Option<(Challenge, Step)> {
    evaluate(&key(), drift, &challenges(), code, NOW)
}

#[test]
fn codes_and_qr_text_are_those_that_another_program_computed() {
    let [by_qr, by_keypad] = challenges();
    assert_eq!(device_code(&by_qr, Step::at(NOW)).expose(), BY_QR);
    assert_eq!(device_code(&by_keypad, Step::at(NOW)).expose(), BY_KEYPAD);
    assert_eq!(Qr::write(&key(), &service(), &transfer(), &NONCE), QR);
}

#[test]
fn a_code_is_found_by_either_way_within_the_window_and_nowhere_else() {
    let (now, none) = (Step::at(NOW), Drift::default());
    for challenge in challenges() {
        for offset in [-1, 0, 1] {
            let step = now.offset(offset);
            assert_eq!(judged(&device_code(&challenge, step), none), Some((challenge, step)));
        }
        assert_eq!(judged(&device_code(&challenge, now.offset(2)), none), None);
        let ahead = Drift { steps: 3, ..none };
        assert!(judged(&device_code(&challenge, now.offset(4)), ahead).is_some());
    }
}

#[test]
fn a_code_for_any_other_field_says_no() {
    let other = |change: fn(&mut Transfer)| {
        let mut transfer = transfer();
        change(&mut transfer);
        Challenge::of(&service(), &transfer, &NONCE)
    };
    for (what, challenge) in [
        ("bank", other(|t| t.bank = "0002".parse().unwrap())),
        ("branch", other(|t| t.branch = "003".parse().unwrap())),
        ("account type", other(|t| t.account_type = AccountType::Savings)),
        ("account", other(|t| t.account = "1234568".parse().unwrap())),
        ("payee", other(|t| t.payee_kana = "センポク　タロウ".to_owned().try_into().unwrap())),
        ("amount", other(|t| t.amount = 150_001.try_into().unwrap())),
        ("nonce", Challenge::of(&service(), &transfer(), &[4; 8])),
        ("institution", Challenge::of(&"10112236".parse().unwrap(), &transfer(), &NONCE)),
    ] {
        assert_eq!(judged(&device_code(&challenge, Step::at(NOW)), Drift::default()), None, "{what}");
    }
}

#[test]
fn a_qr_code_comes_back_as_it_was_written_and_its_tag_fits() {
    let qr = Qr::parse(QR).unwrap();
    assert_eq!((&qr.service_id, &qr.transfer), (&service(), &transfer()));
    assert!(Purpose::Txn.allows(&qr.tag_message()));
    assert!(qr.is_genuine(&mac(&qr.tag_message())));
    assert_eq!(qr.challenge(), challenges()[0]);
}

#[test]
fn a_qr_code_that_another_key_made_or_that_was_changed_is_not_genuine() {
    let forged = Qr::write(&TxnKey::new(Secret::new([8; 32])), &service(), &transfer(), &NONCE);
    let forged = Qr::parse(&forged).unwrap();
    assert!(!forged.is_genuine(&mac(&forged.tag_message())));
    let mut changed = Qr::parse(QR).unwrap();
    changed.transfer.amount = 150_001.try_into().unwrap();
    assert!(!changed.is_genuine(&mac(&changed.tag_message())));
}

#[test]
fn any_other_text_is_not_a_qr_code_of_a_transfer() {
    for bad in [
        "",
        "warifu://sign",
        "warifu://sign?q=",
        "warifu://setup?service_id=10112235&user_id=999800000001",
        &QR[..QR.len() - 4],
        &QR.replace("?q=", "?Q="),
        &format!("{QR}&x=1"),
        &format!("{QR}AAAA"),
        &format!(" {QR}"),
        &format!("warifu://sign?q={}", "A".repeat(600)),
        &format!("warifu://sign?q=_____{}", "A".repeat(100)),
    ] {
        assert_eq!(Qr::parse(bad), Err(NotAQr), "{bad}");
    }
}
