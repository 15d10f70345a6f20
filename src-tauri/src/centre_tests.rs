//! Owns the proof that the line is private, reads no more than it must, and knows what a refusal means.
//! Refuses to know a real centre: the journeys talk to one.
//! Invariant: a test's listener is a port of its own on this machine.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use warifu_core::wire::bytes::Bytes;

use super::*;

fn said(status: u16, body: &str) -> Refusal {
    refusal(StatusCode::from_u16(status).unwrap(), body.as_bytes(), None)
}

fn body(code: &str) -> String {
    format!(r#"{{"code":"{code}","message":"m","request":"r"}}"#)
}

#[test]
fn a_refused_initialisation_a_full_line_and_an_unknown_service_are_told_apart() {
    assert_eq!(said(403, &body(ENROL_REFUSED)), Refusal::EnrolRefused);
    assert_eq!(said(403, &body(VAULT_TOO_WEAK)), Refusal::VaultTooWeak);
    assert_eq!(said(429, &body("too_many")), Refusal::RateLimited);
    assert_eq!(said(404, &body("service_not_found")), Refusal::ServiceUnknown);
}

#[test]
fn a_refusal_of_an_m3_that_is_not_the_one_that_was_sent_is_a_passing_trouble() {
    let of = |about: &str| format!(r#"{{"code":"{ENROL_REFUSED}","message":"m","request":"r"{about}}}"#);
    let mine = Bytes([7; 32]);
    let named = of(&format!(r#","about":{}"#, serde_json::to_string(&mine).unwrap()));
    let said = |text: &str, asked| refusal(StatusCode::FORBIDDEN, text.as_bytes(), asked);
    assert_eq!(said(&named, Some(mine.0)), Refusal::EnrolRefused);
    assert_eq!(said(&named, Some([8; 32])), Refusal::CentreBusy);
    assert_eq!(said(&of(""), Some(mine.0)), Refusal::CentreBusy);
}

#[test]
fn anything_unknown_is_taken_for_a_passing_trouble() {
    for (status, text) in [(404, ""), (404, "<html>"), (500, &*body("internal")), (302, ""), (418, "{}")] {
        assert_eq!(said(status, text), Refusal::CentreBusy, "{status} {text}");
    }
}

#[test]
fn plain_http_leaves_this_machine_in_no_build() {
    let private = |url: &str| is_private(&Url::parse(url).unwrap());
    assert!(private("https://centre.example/x"));
    for clear in
        ["http://centre.example/", "http://192.168.0.1/", "http://127.0.0.1.example/", "ftp://127.0.0.1/"]
    {
        assert!(!private(clear), "{clear}");
    }
    assert_eq!(private("http://127.0.0.1:1/"), cfg!(feature = "qa"));
    assert_eq!(private("http://[::1]:1/"), cfg!(feature = "qa"));
}

#[test]
fn the_compiled_in_centre_is_reached_over_https() {
    assert!(compiled_in::URL.starts_with("https://"));
    assert_eq!(ROOTS.is_empty(), !cfg!(feature = "qa"), "only the demo's root is known so far");
}

/// Answers every question with the same bytes, and counts them.
fn listener(answer: &'static [u8], repeat: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            let mut stream = stream.unwrap();
            for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                if line.is_ok_and(|line| line.is_empty()) {
                    break;
                }
            }
            for _ in 0..repeat {
                if stream.write_all(answer).is_err() {
                    break;
                }
            }
        }
    });
    (url, asked)
}

fn code<T>(answer: Result<T, Refused>) -> Option<Refusal> {
    answer.err().map(|why| why.code)
}

fn centre(instead: Option<String>) -> Centre {
    Centre { instead, ..Centre::compiled_in() }
}

#[cfg(not(feature = "qa"))]
#[tokio::test]
async fn a_release_sends_nothing_in_clear_not_even_to_this_machine() {
    let (url, asked) = listener(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", 1);
    let service = ServiceId::parse("10112235").unwrap();
    assert_eq!(code(centre(Some(url)).card(&service).await), Some(Refusal::Offline));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[cfg(feature = "qa")]
#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let (url, _) = listener(b"HTTP/1.1 200 OK\r\n\r\n                                        ", 1_000_000);
    let service = ServiceId::parse("10112235").unwrap();
    assert_eq!(code(centre(Some(url)).card(&service).await), Some(Refusal::CentreBusy));
}

#[cfg(feature = "qa")]
#[tokio::test]
async fn a_redirect_is_not_followed_and_a_busy_centre_is_asked_three_times() {
    let (url, asked) =
        listener(b"HTTP/1.1 307 T\r\nlocation: https://elsewhere.example/\r\ncontent-length: 0\r\n\r\n", 1);
    let service = ServiceId::parse("10112235").unwrap();
    assert_eq!(code(centre(Some(url)).card(&service).await), Some(Refusal::CentreBusy));
    assert_eq!(asked.load(Ordering::SeqCst), PAUSES.len() + 1);
}

#[cfg(feature = "qa")]
#[tokio::test]
async fn a_refusal_is_not_asked_again() {
    let (url, asked) = listener(
        b"HTTP/1.1 404 N\r\n\r\n{\"code\":\"service_not_found\",\"message\":\"m\",\"request\":\"r\"}",
        1,
    );
    let service = ServiceId::parse("10112235").unwrap();
    assert_eq!(code(centre(Some(url)).card(&service).await), Some(Refusal::ServiceUnknown));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
