//! Owns the proof that an initialisation loses nothing: messages broken in every way, either side killed anywhere.
//! Refuses to know how the two sides repair what was broken.
//! Invariant: both sides are the product's own code: the centre as it runs, the app without its window.

mod agreement;
mod http;
mod killed;
mod line;
mod race;
mod sameness;
mod schedule;
mod schedules;

/// Limits that no test of this part meets.
fn generous() -> Vec<(&'static str, String)> {
    [
        "WARIFU_SERVER_ENROL_STARTS_PER_HOUR",
        "WARIFU_SERVER_ADDRESS_STARTS_PER_HOUR",
        "WARIFU_SERVER_INSTITUTION_STARTS_PER_HOUR",
    ]
    .map(|limit| (limit, "1000000".to_owned()))
    .to_vec()
}
