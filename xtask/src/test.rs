//! Owns the proof of the whole: which parts there are, what each needs, and that none is skipped in silence.
//! Refuses to know what a test looks at.
//! Invariant: a part that was asked for passed, failed or is listed as not run with the reason.

use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::cargo::{self, Flavour, Made};
use crate::check;
use crate::checkout::Checkout;
use crate::licences;
use crate::packages::{self, For};
use crate::processes::{self, Running};
use crate::summary::{Summary, Tally};

const PARTS: [&str; 13] = [
    "format", "lints", "units", "app", "vectors", "model", "centre", "postgres", "faults", "vault",
    "screens", "site", "journeys",
];
/// A test program that runs longer than this hangs.
const HANGS: Duration = Duration::from_secs(900);
/// What a schedule of `faults` may take at most on a busy machine; most of it is Argon2.
const SCHEDULE_MS: u64 = 900;
/// How many there are unless another number is asked for.
const SCHEDULES: u64 = 2_000;

/// Runs all parts, or the named ones; `--schedules N` is for `faults`.
pub(crate) fn test(here: &Checkout, words: &[&str]) -> Result<(), String> {
    let (words, schedules) = schedules(words)?;
    if let Some(unknown) = words.iter().find(|word| !PARTS.contains(word)) {
        return Err(format!("There is no part {unknown}. The parts: {}", PARTS.join(" ")));
    }
    let wants = |part: &str| words.is_empty() || words.contains(&part);
    packages::ensure(&needs(wants))?;
    let mut summary = Summary::default();
    if wants("format") {
        summary.step("format", || check::format(here));
    }
    if wants("lints") {
        for (name, flavour) in [("lints", Flavour::Plain), ("lints, with qa", Flavour::Qa)] {
            summary.step(name, || check::lints(here, flavour));
        }
        check::types(here, &mut summary);
        summary.step("licences", || licences::check(here));
    }
    if wants("units") {
        summary.tests("units", || units(here));
    }
    if wants("vectors") {
        summary.step("vectors, by Python", || check::vectors(here));
    }
    built_parts(here, &mut summary, schedules, wants);
    summary.tell()
}

/// The parts, and how many schedules of faults.
fn schedules<'a>(words: &[&'a str]) -> Result<(Vec<&'a str>, u64), String> {
    let Some(at) = words.iter().position(|word| *word == "--schedules") else {
        return Ok((words.to_vec(), SCHEDULES));
    };
    let number = words.get(at + 1).and_then(|number| number.parse().ok());
    let number = number.ok_or("--schedules needs a number: cargo xtask test faults --schedules 10000")?;
    Ok(([&words[..at], &words[at + 2..]].concat(), number))
}

fn needs(wants: impl Fn(&str) -> bool) -> Vec<For> {
    let mut purposes = Vec::new();
    for (part, needed) in [
        ("format", &[For::Lints][..]),
        ("lints", &[For::Lints, For::Build]),
        ("units", &[For::Build]),
        ("app", &[For::Build]),
        ("vectors", &[For::Vectors]),
        ("centre", &[For::Build]),
        ("postgres", &[For::Build, For::Postgres]),
        ("faults", &[For::Build]),
        ("vault", &[For::Build, For::Window, For::Journey, For::Vault]),
        ("screens", &[For::Build, For::Window, For::Journey, For::Screens]),
        ("site", &[For::Build, For::Journey, For::Site]),
        ("journeys", &[For::Build, For::Window, For::Journey]),
    ] {
        if wants(part) {
            purposes.extend_from_slice(needed);
        }
    }
    purposes
}

/// Plain `cargo test`, as anyone would call it.
fn units(here: &Checkout) -> (Tally, Option<String>) {
    let mut command = cargo::cargo(here);
    command.arg("test");
    judged("cargo test", run_program("cargo test", &mut command, HANGS))
}

/// The parts that need the workspace built in the flavour `qa`, and the one that needs the app without it.
fn built_parts(here: &Checkout, summary: &mut Summary, schedules: u64, wants: impl Fn(&str) -> bool) {
    let mut targets = Vec::new();
    for (part, needed) in [
        ("app", &["--tests"][..]),
        ("vectors", &["--test", "vectors"]),
        ("model", &["--test", "model"]),
        ("centre", &["--bin", "warifu-server", "--test", "centre"]),
        // Among all tests are the centre's own, one of which is told on PostgreSQL.
        ("postgres", &["--bin", "warifu-server", "--tests"]),
        ("faults", &["--bin", "warifu-server", "--example", "phone", "--test", "faults"]),
        ("vault", &["--bins", "--example", "phone", "--test", "vault"]),
        ("screens", &["--bins", "--example", "phone", "--test", "screens"]),
        ("site", &["--bin", "warifu-server", "--bin", "warifu-portal", "--test", "site"]),
        ("journeys", &["--bins", "--test", "journeys"]),
    ] {
        if wants(part) {
            add(&mut targets, needed);
        }
    }
    if targets.is_empty() {
        return;
    }
    if wants("journeys") || wants("app") {
        let mut plain = Vec::new();
        let built = summary.step("build as members get it", || {
            // Test targets as in the flavour `qa`: so both resolve their dependencies alike and share them.
            let tests: &[&str] =
                if wants("app") { &["--bins", "--tests"] } else { &["--bins", "--test", "journeys"] };
            plain = cargo::build(here, Flavour::Plain, tests)?;
            cargo::keep_programs(here, Flavour::Plain, &plain).map(drop)
        });
        if !built {
            return summary.not_run("all that needs the programs", "the build failed");
        }
        let app = here.root().join("src-tauri");
        for program in plain.iter().filter(|made| wants("app") && made.is_test && made.package == app) {
            let name = format!("app as members get it: {}", program.name);
            run_part(here, summary, schedules, &name, program, &[]);
        }
    }
    let mut made = Vec::new();
    let built = summary.step("build with qa", || {
        made = cargo::build(here, Flavour::Qa, &targets)?;
        cargo::keep_programs(here, Flavour::Qa, &made).map(drop)
    });
    if !built {
        return summary.not_run("all that needs the programs", "the build failed");
    }
    made.sort_by(|one, other| one.executable.cmp(&other.executable));
    made.dedup_by(|one, other| one.executable == other.executable);
    let own = centres_own(here, &made);
    for part in PARTS {
        for program in made.iter().filter(|made| made.is_test && part_of(here, made) == part && wants(part)) {
            let name = match part {
                "app" => format!("app: {} ({})", program.name, folder(program)),
                _ => part.to_owned(),
            };
            run_part(here, summary, schedules, &name, program, &own);
        }
    }
}

/// Adds what a part needs built; cargo takes `--bins` and `--tests` once only.
fn add(targets: &mut Vec<&'static str>, needed: &[&'static str]) {
    for word in needed {
        if !(matches!(*word, "--bins" | "--tests") && targets.contains(word)) {
            targets.push(word);
        }
    }
}

/// The centre's own tests that are told on PostgreSQL as well, by the variable that names them.
fn centres_own<'a>(here: &Checkout, made: &'a [Made]) -> Vec<(&'static str, &'a Made)> {
    let server = here.root().join("server");
    let own = [("WARIFU_STORE_TESTS", "warifu_server"), ("WARIFU_CENTRE_TESTS", "centre")];
    let tests = made.iter().filter(|made| made.is_test && made.package == server);
    tests
        .flat_map(|made| own.iter().filter(|(_, name)| made.name == *name).map(move |(var, _)| (*var, made)))
        .collect()
}

fn run_part(
    here: &Checkout,
    summary: &mut Summary,
    schedules: u64,
    name: &str,
    program: &Made,
    own: &[(&str, &Made)],
) {
    let within = match name {
        "faults" => HANGS + Duration::from_millis(schedules.saturating_mul(SCHEDULE_MS)),
        // Some 9,000 pages are drawn and judged.
        "screens" => 2 * HANGS,
        // Some hundred pages are drawn in six ways each, and a thousand requests made up.
        "site" => 2 * HANGS,
        // Some fifty ways through real windows and browsers; centres that are killed and networks that are cut.
        "journeys" | "postgres" => 2 * HANGS,
        _ => HANGS,
    };
    let is_cut_left_out = name == "postgres" && !packages::is_root();
    if is_cut_left_out {
        summary.not_run("postgres: the network cut", "only root may lay a network of its own");
    }
    summary.tests(name, || {
        let mut command = command(program);
        if is_cut_left_out {
            command.args(["--skip", "cut::"]);
        }
        if name == "site" {
            match check::schemathesis(here) {
                Ok(file) => command.env("WARIFU_SCHEMATHESIS", file),
                Err(why) => return (Tally::default(), Some(why)),
            };
        }
        if matches!(name, "screens" | "site") {
            match check::axe(here) {
                Ok(file) => command.env("WARIFU_AXE", file),
                Err(why) => return (Tally::default(), Some(why)),
            };
        }
        command
            .env("WARIFU_BIN_DIR", here.built().join("qa"))
            .env("WARIFU_PLAIN_BIN_DIR", here.built().join("plain"))
            .env("WARIFU_PICTURES", here.root().join("target/journey"))
            .env("WARIFU_SCREENS", here.root().join("target/screens"))
            .env("WARIFU_PAGES", here.root().join("target/pages"))
            .env("WARIFU_FAULT_SCHEDULES", schedules.to_string());
        for (variable, made) in own {
            command.env(variable, &made.executable);
        }
        if matches!(name, "faults" | "postgres") {
            // Their figures are of use when they pass, too.
            command.arg("--nocapture");
        }
        judged(name, run_program(name, &mut command, within))
    });
}

/// Which part a test program belongs to: those of `tests/` by their name, all others to `app`.
fn part_of(here: &Checkout, made: &Made) -> &'static str {
    let is_proof = made.package == here.root().join("tests");
    PARTS.into_iter().find(|part| is_proof && *part == made.name).unwrap_or("app")
}

fn folder(made: &Made) -> String {
    made.package.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A test program, started as cargo would start it.
pub(crate) fn command(made: &Made) -> Command {
    let mut command = Command::new(&made.executable);
    command.current_dir(&made.package).env("CARGO_MANIFEST_DIR", &made.package);
    command
}

/// Runs a program that prints the closing lines of test programs; shows its output and counts.
pub(crate) fn run_program(name: &str, command: &mut Command, within: Duration) -> Result<Tally, String> {
    let stop = processes::stop_request()?;
    let mut tally = Tally::default();
    let ended = Running::start(name, command)?.finish(within, &stop, |line| {
        println!("{line}");
        tally.read(line);
    })?;
    match ended {
        Some(true) => Ok(tally),
        Some(false) if tally.failed > 0 => Ok(tally),
        Some(false) => Err(format!("{name} ended with an error.")),
        None if stop.load(Ordering::Relaxed) => {
            eprintln!("Stopped.");
            std::process::exit(130)
        }
        None => {
            let long: Vec<&str> = tally.long.iter().map(String::as_str).collect();
            let which = if long.is_empty() { "no test said that it takes long" } else { &long.join(", ") };
            Err(format!("{name} was ended after {} s: it hangs ({which}).", within.as_secs()))
        }
    }
}

fn judged(name: &str, ran: Result<Tally, String>) -> (Tally, Option<String>) {
    match ran {
        Ok(tally) if tally.failed > 0 => {
            let why = format!("{} tests of {name} failed.", tally.failed);
            (tally, Some(why))
        }
        Ok(tally) => (tally, None),
        Err(why) => (Tally::default(), Some(why)),
    }
}
