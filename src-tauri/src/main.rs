//! Owns the order in which the app starts: first its surroundings, then the window.
//! Refuses to know tokens, screens and the centre.
//! Invariant: nothing of the window toolkit runs before the environment is settled.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Err(why) = warifu_app::surroundings::settle() {
        eprintln!("warifu: {why}");
        return ExitCode::FAILURE;
    }
    match warifu_app::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("warifu: {why}");
            ExitCode::FAILURE
        }
    }
}
