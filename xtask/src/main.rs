//! Owns the tasks of this checkout: what a person, the README and CI call, nothing else.
//! Refuses to know how the product works inside.
//! Invariant: exit code 0 means that everything which was asked for was done.

mod bench;
mod cargo;
mod check;
mod checkout;
mod doctor;
mod fuzz;
mod icons;
mod licences;
mod mails;
mod needs;
mod packages;
mod platforms;
mod processes;
mod run;
mod summary;
mod test;

use std::process::ExitCode;

use checkout::Checkout;

const USAGE: &str = "\
cargo xtask run [--headless]      centre, portal and app on this machine; without a display, the whole path by itself
cargo xtask test [part…]          everything, or some of: format lints units app vectors model centre postgres
                                  faults vault screens site journeys (faults --schedules N: other than 2,000)
cargo xtask platforms [windows] [android] [ios] [macos]   what can be proved of them here: compiled, parsed, run in wine
cargo xtask fuzz [target…] [--seconds N]   every parser of untrusted bytes, 60 s each
cargo xtask check                 for daily work: formatting, lints, unit tests, types of ui
cargo xtask bench [part] [--json FILE]   times, rates and sizes, medians of several rounds; parts: centre app enrol portal
cargo xtask licences              writes what the app says of whose work is in it (ui/licences.js)
cargo xtask icons                 the icon set of all platforms, from icons/icon.svg
cargo xtask doctor                what this machine has and lacks, why it is needed and how to get it";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["run", rest @ ..] => Checkout::find().and_then(|here| run::run(&here, rest)),
        ["test", rest @ ..] => Checkout::find().and_then(|here| test::test(&here, rest)),
        ["check"] => Checkout::find().and_then(|here| check::check(&here)),
        ["platforms", rest @ ..] => Checkout::find().and_then(|here| platforms::platforms(&here, rest)),
        ["fuzz", rest @ ..] => Checkout::find().and_then(|here| fuzz::fuzz(&here, rest)),
        ["bench", rest @ ..] => Checkout::find().and_then(|here| bench::bench(&here, rest)),
        ["licences"] => Checkout::find().and_then(|here| licences::write(&here)),
        ["icons"] => Checkout::find().and_then(|here| icons::icons(&here)),
        ["doctor"] => doctor::doctor(),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("There is no such task. What there is:\n{USAGE}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\n{why}");
            ExitCode::FAILURE
        }
    }
}
