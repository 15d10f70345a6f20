//! Owns the proof that the worked example of the documentation works as it stands there.
//! Refuses to know Python.
//! Invariant: what is run is the text of the documentation.

use std::path::Path;
use std::time::Duration;

use harness::process::Process;
use harness::session::Session;
use harness::window::TRIES;

use crate::opening::unlucky_app;
use crate::studio::checkout;

/// The example gives up by itself long before.
const LONG: Duration = Duration::from_secs(300);
/// What its HTTP client says of an answer that did not come.
const NO_ANSWER: &str = "Read timed out";

#[tokio::test]
async fn the_worked_example_in_python_drives_the_app_and_does_not_wait_for_ever() {
    let text = std::fs::read_to_string(checkout("docs/testing.md")).expect("the documentation is there");
    let (_, example) = text.split_once("```python\n").expect("the documentation has an example in Python");
    let (example, _) = example.split_once("```").expect("the example has an end");
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let file = folder.path().join("example.py");
    std::fs::write(&file, example).expect("the test's folder can be written");
    let session = Session::open(folder.path()).await;
    let app = unlucky_app(folder.path());

    // The first try finds the meeting place taken, and ends with that word; luck may be as bad once more.
    let mut tried = 0;
    let said = loop {
        tried += 1;
        let mut python = session.command(Path::new("/usr/bin/python3"));
        python.arg(&file).env("WARIFU_APP", &app).current_dir(folder.path());
        let name = format!("example-{tried}");
        let mut python = Process::start(&name, &mut python, folder.path());
        let ended = python.finish(LONG);
        let Some((is_well, said)) = ended else { panic!("it waits for ever\n{}", python.log_tail()) };
        if is_well {
            break said;
        }
        let is_unlucky = python.log().contains(NO_ANSWER);
        assert!(is_unlucky && tried < TRIES, "{said}\n{}", python.log_tail());
    };
    assert!(tried > 1, "the first try was not unlucky");
    assert!(said.contains("the form says what is missing"), "{said}");
}
