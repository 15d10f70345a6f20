//! Owns the probing of the bank API by generated requests: schemathesis, from the API's own description.
//! Refuses to know the API; what its description promises is what is asked.
//! Invariant: no request makes the centre fail, and every answer is one that the description knows.

use std::process::Command;

use harness::centre::{Centre, Wishes};
use harness::clock::Clock;

#[tokio::test(flavor = "multi_thread")]
async fn generated_requests_get_only_answers_that_the_bank_api_describes() {
    let tool = std::env::var_os("WARIFU_SCHEMATHESIS")
        .expect("WARIFU_SCHEMATHESIS names schemathesis; `cargo xtask test site` brings it");
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let clock = Clock::new(folder.path());
    let centre = Centre::start(folder.path(), &clock, &Wishes::default());
    let mut command = Command::new(tool);
    command
        .args(["run", &format!("{}/bank/v1/openapi.json", centre.url)])
        .args(["--url", &centre.url, "--header", &format!("Authorization: Bearer {}", centre.key())])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        ])
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", "25", "--seed", "20261124"])
        .args(["--generation-database", "none", "--request-timeout", "60", "--suppress-health-check", "all"])
        .current_dir(folder.path());
    let run = command.output().expect("schemathesis starts");
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    println!("{said}");
    assert!(run.status.success(), "schemathesis found something:\n{said}");
    assert!(
        said.contains("/bank/v1/members/{member_id}/issue") || said.contains("generated"),
        "nothing was asked"
    );
}
