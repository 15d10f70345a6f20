//! Owns the proof that a changed audit log is noticed, by the program that an auditor runs.
//! Refuses to know how hashes are computed.
//! Invariant: each tampering names the first broken row.

use std::process::Command;

use super::stage::Stage;

fn audit(stage: &Stage, words: &[&str]) -> (bool, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_warifu-server"))
        .arg("audit")
        .args(words)
        .arg("--folder")
        .arg(stage.centre())
        .output()
        .unwrap();
    (run.status.success(), String::from_utf8(run.stdout).unwrap())
}

fn verify(stage: &Stage) -> (bool, String) {
    audit(stage, &["verify"])
}

async fn log() -> Stage {
    let mut stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    for _ in 0..6 {
        stage.verify("m-1", &phone.wrong_code(stage.step())).await;
    }
    stage.stop().await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_log_is_whole_and_holds_no_code() {
    let stage = log().await;
    let (ok, said) = verify(&stage);
    assert!(ok && said.contains("1 chains"), "{said}");
    let db = rusqlite::Connection::open(stage.centre().join("warifu.db")).unwrap();
    let mut rows = db.prepare("SELECT action || ' ' || outcome FROM audit ORDER BY seq").unwrap();
    let told: Vec<String> = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(
        told,
        [
            "issue open",
            "enrol_start charged",
            "enrol_finish issued",
            "activate accepted",
            "verify wrong",
            "verify wrong",
            "verify wrong",
            "verify wrong",
            "verify suspended",
            "verify suspended",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn any_audit_row_that_is_edited_deleted_or_reordered_is_named() {
    let stage = log().await;
    let file = stage.centre().join("warifu.db");
    let whole = std::fs::read(&file).unwrap();
    for (tampering, row) in [
        ("UPDATE audit SET outcome = 'accepted' WHERE seq = 6", 6),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1", 1),
        ("UPDATE audit SET detail = 'x', hash = zeroblob(32) WHERE seq = 4", 4),
        ("DELETE FROM audit WHERE seq = 5", 5),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq >= 9", 9),
        ("UPDATE audit SET seq = -seq WHERE seq IN (2, 3); UPDATE audit SET seq = 5 + seq WHERE seq < 0", 2),
        ("DELETE FROM audit_head", 1),
    ] {
        let db = rusqlite::Connection::open(&file).unwrap();
        db.execute_batch(tampering).unwrap();
        drop(db);
        let (ok, said) = verify(&stage);
        assert!(!ok && said.contains(&format!("row {row}:")), "{tampering}: {said}");
        std::fs::write(&file, &whole).unwrap();
        for rest in ["warifu.db-wal", "warifu.db-shm"] {
            drop(std::fs::remove_file(stage.centre().join(rest)));
        }
    }
    assert!(verify(&stage).0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_was_cut_off_and_written_whole_again_disagrees_with_its_checkpoint() {
    let stage = log().await;
    let (_, lines) = audit(&stage, &["checkpoint"]);
    assert_eq!(lines.lines().count(), 1, "{lines}");
    let file = stage.centre().join("checkpoints");
    let against = |text: &str| {
        std::fs::write(&file, text).unwrap();
        audit(&stage, &["verify", "--checkpoints", file.to_str().unwrap()])
    };
    let (ok, said) = against(&lines);
    assert!(ok && said.contains("1 checkpoints agree"), "{said}");
    let (ok, said) = against(&lines.replacen(" 10 ", " 9 ", 1));
    assert!(!ok && said.contains("line 1 was not signed"), "{said}");
    let db = rusqlite::Connection::open(stage.centre().join("warifu.db")).unwrap();
    db.execute_batch(
        "DELETE FROM audit WHERE seq > 8;
        UPDATE audit_head SET seq = 8, hash = (SELECT hash FROM audit WHERE seq = 8);",
    )
    .unwrap();
    drop(db);
    let (ok, said) = verify(&stage);
    assert!(ok, "without its checkpoint nothing is amiss: {said}");
    let (ok, said) = against(&lines);
    assert!(!ok && said.contains("row 10: it is not the row"), "{said}");
}
