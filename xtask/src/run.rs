//! Owns trying the product on this machine: centre, portal and app side by side.
//! Refuses to know how the member's path goes; without a display it asks the journey to walk it.
//! Invariant: when it ends, nothing that it started runs any more.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::cargo::{self, Flavour};
use crate::checkout::Checkout;
use crate::mails::Mails;
use crate::packages::{self, For};
use crate::processes::{self, Running};
use crate::test;

/// Fixed, so that what was initialised yesterday still finds its centre today.
const CENTRE: &str = "127.0.0.1:17480";
const PORTAL: &str = "127.0.0.1:17481";
const READY: Duration = Duration::from_secs(60);

/// Starts everything for a person, or walks the whole path where there is no display.
pub(crate) fn run(here: &Checkout, words: &[&str]) -> Result<(), String> {
    match words {
        [] if has_display() => before_a_person(here),
        [] => {
            println!("There is no display here: the whole path is walked on a virtual one.");
            by_itself(here)
        }
        ["--headless"] => by_itself(here),
        _ => Err("cargo xtask run [--headless]".to_owned()),
    }
}

fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

fn by_itself(here: &Checkout) -> Result<(), String> {
    packages::ensure(&[For::Build, For::Window, For::Journey])?;
    println!("Building the centre, the portal, the app and the journey …");
    let made = cargo::build(here, Flavour::Qa, &["--bins", "--test", "journeys"])?;
    let programs = cargo::keep_programs(here, Flavour::Qa, &made)?;
    let journeys = made
        .iter()
        .find(|made| made.is_test && made.name == "journeys")
        .ok_or("cargo did not make the journey")?;
    let pictures = here.shown("run")?;
    let mut walk = test::command(journeys);
    walk.args(["--exact", "whole_path::the_whole_path", "--nocapture"])
        .env("WARIFU_BIN_DIR", &programs)
        .env("WARIFU_PICTURES", &pictures);
    let walked = test::run_program("the whole path", &mut walk, Duration::from_secs(600))?;
    if walked.passed != 1 || walked.failed != 0 {
        return Err(format!(
            "The path was not walked to its end. What was seen lies in {}",
            pictures.display()
        ));
    }
    println!("The whole path was walked. Its screens: {}", pictures.display());
    for picture in pictures_in(&pictures) {
        println!("  {picture}");
    }
    Ok(())
}

fn pictures_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = folder
        .read_dir()
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".png"))
        .collect();
    names.sort();
    names
}

fn before_a_person(here: &Checkout) -> Result<(), String> {
    packages::ensure(&[For::Build, For::Window])?;
    println!("Building the centre, the portal and the app …");
    let made = cargo::build(here, Flavour::Qa, &["--bins"])?;
    let programs = cargo::keep_programs(here, Flavour::Qa, &made)?;
    for address in [CENTRE, PORTAL] {
        TcpListener::bind(address).map_err(|why| {
            format!("{address} cannot be used ({why}). Is another `cargo xtask run` still open?")
        })?;
    }
    let stop = processes::stop_request()?;
    let state = here.shown("run")?.join("state");
    let (centre_folder, portal_folder) = (state.join("centre"), state.join("portal"));
    let program = |name: &str| Command::new(programs.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)));

    let mut centre = program("warifu-server");
    centre.args(["serve", "--demo", "--listen", CENTRE, "--folder"]).arg(&centre_folder);
    let mut centre = Running::start("the centre", &mut centre)?;
    let centre_url = centre.ready("warifu-server listening on ", READY)?;

    let mut portal = program("warifu-portal");
    portal
        .args(["serve", "--demo", "--listen", PORTAL, "--centre", &centre_url, "--folder"])
        .arg(&portal_folder)
        .arg("--centre-key-file")
        .arg(centre_folder.join("demo/bank-10112235.key"));
    let mut portal = Running::start("the portal", &mut portal)?;
    let portal_url = portal.ready("warifu-portal listening on ", READY)?;

    let mut mails = Mails::watch(&[&centre_folder.join("mail"), &portal_folder.join("mail")]);
    let mut app = program("warifu");
    app.env("WARIFU_QA_CENTRE_URL", &centre_url).env("XDG_DATA_HOME", state.join("app"));
    let app = Running::start("the app", &mut app)?;

    println!(
        "\n\
         インターネットバンキング  {portal_url}\n\
         トークンセンター          {centre_url}\n\
         ログインID demo0001 · ログインパスワード senpoku-2026 · 確認用パスワード kakunin2026\n\
         サービスID 10112235 (仙北信用組合)\n\
         The app is the window 割符. Mails are shown here. Ctrl-C stops everything.\n"
    );
    // Dropped in reverse order of starting: the app, the portal, the centre.
    let mut running = vec![centre, portal, app];
    while !stop.load(Ordering::Relaxed) {
        for mail in mails.arrived() {
            println!("{mail}");
        }
        if let Some(ended) = running.iter_mut().position(Running::has_ended) {
            println!("{} has ended.", running[ended].name());
            break;
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    println!("Stopping …");
    while let Some(program) = running.pop() {
        drop(program);
    }
    println!("Everything has stopped. What was entered is kept in {}", state.display());
    Ok(())
}
