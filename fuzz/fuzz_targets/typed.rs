//! Owns the fuzzing of what people type, paste, scan or click: numbers, codes, passwords, links, addresses.
//! Refuses to know screens.
//! Invariant: what is accepted is written again to the same, and never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warifu_core::ids::{MemberId, ServiceId, UserId};
use warifu_core::otp::Code;
use warifu_core::setup_link::SetupLink;
use warifu_core::sign::{Payee, Qr};
use warifu_core::start_password::StartPassword;
use warifu_core::wire::bank::MailAddress;

fuzz_target!(|text: &str| {
    if let Ok(id) = UserId::parse(text) {
        assert_eq!(id.as_str().len(), UserId::DIGITS);
    }
    let _ = ServiceId::parse(text);
    let _ = MemberId::try_from(text.to_owned());
    if let Ok(code) = Code::parse(text) {
        assert!(code.expose().bytes().all(|b| b.is_ascii_digit()));
    }
    let _ = StartPassword::choose(text);
    if let Ok(link) = SetupLink::parse(text) {
        assert_eq!(SetupLink::parse(&link.to_string()), Ok(link));
    }
    if let Ok(qr) = Qr::parse(text) {
        assert!(qr.tag_message().len() < text.len());
    }
    if let Ok(payee) = Payee::try_from(text.to_owned()) {
        assert!(!payee.as_str().contains(['\r', '\n', '\u{202e}']));
    }
    if let Ok(address) = MailAddress::try_from(text.to_owned()) {
        assert!(!address.as_str().contains(['\r', '\n', ',', ' ', '<']));
    }
});
