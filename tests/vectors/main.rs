//! Owns the comparison of codes with the standard and with another implementation, `oathtool`.
//! Refuses to know tokens, screens and programs: only a key, a moment and eight digits.
//! Invariant: both ways to a code (the centre's and the device's) are compared, each time.

mod oathtool;

use rand::{Rng as _, RngCore as _, SeedableRng as _, rngs::StdRng};
use serde::Deserialize;
use warifu_core::encoding::hmac_sha256;
use warifu_core::otp::{self, Code, PERIOD, Step};
use warifu_core::secret::Secret;
use warifu_core::time::UnixMillis;
use warifu_core::token::TotpKey;

/// The first second that no longer fits in 31 bits, and the first that no longer fits in 32.
const Y2038: u64 = 1 << 31;
const Y2106: u64 = 1 << 32;
const Y2200: u64 = 7_258_118_400;

/// The code as the centre computes it, after the device's way was found to agree.
fn code(key: &[u8; 32], step: Step) -> String {
    let centre = otp::code(&TotpKey::new(Secret::new(*key)), step);
    let device = Code::from_mac(&hmac_sha256(key, &[&step.message()]));
    assert!(centre.same_as(&device), "the two halves differ at step {}", step.0);
    centre.expose().to_owned()
}

fn code_at(key: &[u8; 32], millis: u64) -> String {
    code(key, Step::at(UnixMillis(i64::try_from(millis).expect("a moment before the year 292 million"))))
}

#[test]
fn the_sha256_rows_of_rfc_6238_appendix_b_come_out() {
    #[derive(Deserialize)]
    struct Row {
        time: u64,
        step: u64,
        code: String,
    }
    #[derive(Deserialize)]
    struct Rows {
        key_hex: String,
        rows: Vec<Row>,
    }
    let file: Rows = serde_json::from_str(include_str!("rfc6238.json")).expect("the vectors are JSON");
    let key = hex::decode(file.key_hex).expect("hex").try_into().expect("the key has 32 bytes");
    assert_eq!(file.rows.len(), 6);
    for row in file.rows {
        assert_eq!(row.step, row.time / 30);
        assert_eq!(code(&key, Step(row.step)), row.code, "time {}", row.time);
    }
}

#[test]
fn a_hundred_thousand_random_keys_and_times_agree_with_oathtool() {
    const KEYS: u64 = 250;
    const STEPS: u64 = 400;
    let mut rng = StdRng::seed_from_u64(0x5741_5249_4655);
    let mut compared = 0;
    for number in 0..KEYS {
        let mut key = [0; 32];
        rng.fill_bytes(&mut key);
        // A run of consecutive steps: around 2038, around 2106, at the beginning of time, or anywhere until 2200.
        let first = match number % 10 {
            0 => Y2038 / PERIOD - rng.gen_range(1..STEPS),
            1 => Y2106 / PERIOD - rng.gen_range(1..STEPS),
            2 if number == 2 => 0,
            _ => rng.gen_range(1..Y2200 / PERIOD),
        };
        let judged = oathtool::codes(&key, first * PERIOD + rng.gen_range(0..PERIOD), STEPS);
        for (step, judged) in (first..).zip(judged) {
            // The first and the last millisecond of the step are as likely as all others together.
            let within = match rng.gen_range(0..4) {
                0 => 0,
                1 => PERIOD * 1_000 - 1,
                _ => rng.gen_range(0..PERIOD * 1_000),
            };
            let moment = step * PERIOD * 1_000 + within;
            assert_eq!(code_at(&key, moment), judged, "key {} at {moment} ms", hex::encode(key));
            compared += 1;
        }
    }
    assert_eq!(compared, KEYS * STEPS);
}

#[test]
fn the_second_before_and_the_second_of_a_step_agree_with_oathtool() {
    let mut rng = StdRng::seed_from_u64(60);
    for round in 0..100 {
        let mut key = [0; 32];
        rng.fill_bytes(&mut key);
        let edge = match round {
            0 => PERIOD,
            1..10 => (Y2038 / PERIOD + round) * PERIOD,
            10..20 => (Y2106 / PERIOD + round) * PERIOD,
            _ => rng.gen_range(1..Y2200 / PERIOD) * PERIOD,
        };
        for second in [edge - 1, edge] {
            assert_eq!(code_at(&key, second * 1_000), oathtool::codes(&key, second, 1)[0], "second {second}");
        }
    }
    for second in [Y2038 - 1, Y2038, Y2106 - 1, Y2106] {
        assert_eq!(code_at(&[7; 32], second * 1_000), oathtool::codes(&[7; 32], second, 1)[0], "{second}");
    }
}
