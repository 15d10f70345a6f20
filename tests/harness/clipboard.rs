//! Owns another program's hand on a session's clipboard: xclip.
//! Refuses to know who put there what is there.
//! Invariant: it looks as any program may, over the display alone.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use crate::process::Process;
use crate::session::Session;

/// The text that is there, or the form of it that `target` names. xclip itself waits for ever for whoever put it there.
pub fn read(session: &Session, target: Option<&str>) -> Option<String> {
    let mut xclip = session.command(Path::new("timeout"));
    xclip
        .args(["10", "xclip"])
        .args(["-selection", "clipboard", "-out"])
        .args(target.map(|target| ["-target", target]).into_iter().flatten());
    let answer = xclip.output().unwrap_or_else(|why| {
        panic!("xclip could not be started ({why}); `cargo xtask doctor` says how to get it")
    });
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    (answer.status.success() && !text.is_empty()).then_some(text)
}

/// Puts a text there. It is there until another program puts something there, or this one ends.
pub fn put(session: &Session, text: &str) -> Process {
    let mut xclip = session.command(Path::new("xclip"));
    xclip.args(["-selection", "clipboard", "-in", "-quiet"]).stdin(Stdio::piped());
    let mut process = Process::start("xclip", &mut xclip, session.folder());
    process.input().write_all(text.as_bytes()).expect("xclip reads to the end");
    process
}
