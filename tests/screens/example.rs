//! Owns the proof that the worked example of the documentation works as it stands there.
//! Refuses to know Python.
//! Invariant: what is run is the text of the documentation.

use std::path::Path;
use std::process::Stdio;

use harness::programs;
use harness::session::Session;

use crate::studio::checkout;

#[tokio::test]
async fn the_worked_example_in_python_drives_the_app() {
    let text = std::fs::read_to_string(checkout("docs/testing.md")).expect("the documentation is there");
    let (_, example) = text.split_once("```python\n").expect("the documentation has an example in Python");
    let (example, _) = example.split_once("```").expect("the example has an end");
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let file = folder.path().join("example.py");
    std::fs::write(&file, example).expect("the test's folder can be written");
    let session = Session::open(folder.path()).await;
    let mut python = session.command(Path::new("/usr/bin/python3"));
    python.arg(file).env("WARIFU_APP", programs::qa("warifu")).current_dir(folder.path());
    let ran = python.stdout(Stdio::piped()).stderr(Stdio::piped()).output().expect("python3 starts");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("the form says what is missing"), "{said}");
}
