//! Owns level *HardwareComputed*: the app without its window over real TPMs, which are programs here.
//! Refuses to know which objects the TPM holds for the app.
//! Invariant: every TPM belongs to one test.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use harness::line::Line;
use harness::programs;
use harness::tpm::Tpm;
use warifu_core::wire::bank::Verdict;
use warifu_core::wire::device::{START_PATH, VaultLevel};

use crate::phones::{Machine, Seen, Stage};
use crate::record;
use crate::seeds::{Seeds, found_in};

pub(crate) const MEMBER: &str = "m-0001";
/// `nobody`, who may do nothing.
const NOBODY: u32 = 65_534;

/// A machine with a TPM, and a token in it.
pub(crate) async fn enrolled(stage: &Stage) -> (Tpm, Machine) {
    let tpm = Tpm::make(stage.folder.path(), "tpm").await;
    let machine = stage.machine("machine", Some(tpm.tcti()));
    let seen = stage.enrol(&machine, MEMBER).await;
    assert_eq!((seen.screen.as_str(), seen.level), ("done", Some(VaultLevel::HardwareComputed)), "{seen:?}");
    (tpm, machine)
}

fn assert_shows_no_code(seen: &Seen, trouble: &str) {
    assert_eq!((seen.code.as_deref(), seen.trouble.as_deref()), (None, Some(trouble)), "{seen:?}");
}

#[tokio::test]
async fn a_token_made_in_a_tpm_is_accepted_and_shows_the_same_codes_after_a_restart() {
    let stage = Stage::set();
    let (_tpm, machine) = enrolled(&stage).await;
    assert_eq!(machine.look().without_hardware, None);
    assert_eq!(stage.centre.status(MEMBER).await["token"]["vault"], "hardware_computed");
    let (step, seen) = stage.look_twice(&machine);
    let expected = Seeds::of(stage.centre.folder()).code(step);
    for seen in seen {
        assert_eq!(seen.code.as_deref(), Some(expected.as_str()));
    }
    assert_eq!(stage.activate(MEMBER, &machine).await, Verdict::Accepted);
}

#[tokio::test]
async fn nothing_that_is_stored_holds_a_key_of_a_token_made_in_a_tpm() {
    let stage = Stage::set();
    let (_tpm, machine) = enrolled(&stage).await;
    let mut all = record::opened(&machine);
    for folder in ["app", "keyring"] {
        for file in std::fs::read_dir(machine.folder.join(folder)).expect("the machine has a token") {
            all.extend(std::fs::read(file.expect("the folder can be listed").path()).unwrap_or_default());
        }
    }
    assert_eq!(found_in(&all, &Seeds::of(stage.centre.folder()).forms()), [""; 0]);
}

/// What the test above refuses to find, it would find.
#[tokio::test]
async fn at_level_sealed_the_opened_record_holds_the_keys() {
    let stage = Stage::set();
    let machine = stage.machine("machine", None);
    let seen = stage.enrol(&machine, MEMBER).await;
    assert_eq!(seen.level, Some(VaultLevel::Sealed));
    assert_eq!(seen.without_hardware.as_deref(), Some("missing"));
    let found = found_in(&record::opened(&machine), &Seeds::of(stage.centre.folder()).forms());
    assert_eq!(found, ["k_totp", "k_totp", "k_txn", "k_txn", "k_dev", "k_dev"]);
}

#[tokio::test]
async fn a_copy_of_everything_is_useless_with_another_tpm_and_a_new_token_works_there() {
    let stage = Stage::set();
    let (_tpm, machine) = enrolled(&stage).await;
    let other = Tpm::make(stage.folder.path(), "other-tpm").await;
    let copy = machine.copied_to("copy", Some(other.tcti()));
    assert_shows_no_code(&copy.look(), "foreign-device");
    assert!(machine.look().code.is_some(), "the original goes on");

    assert_eq!(copy.remove().screen, "setup");
    let seen = stage.enrol(&copy, MEMBER).await;
    assert_eq!((seen.screen.as_str(), seen.level), ("done", Some(VaultLevel::HardwareComputed)), "{seen:?}");
    assert!(seen.code.is_some());
}

#[tokio::test]
async fn without_permission_on_the_node_the_app_seals_and_says_so() {
    let stage = Stage::set();
    std::fs::set_permissions(stage.folder.path(), std::fs::Permissions::from_mode(0o755))
        .expect("the test owns its folder");
    let node = stage.folder.path().join("tpmrm0");
    std::fs::write(&node, []).expect("the test's folder can be written");
    let mut machine = stage.machine("machine", Some(format!("device:{}", node.display())));
    set_mode(&node, 0o600);
    // Root may open everything: there the app runs as someone else.
    if nix::unistd::geteuid().is_root() {
        let copy = stage.folder.path().join("phone");
        std::fs::copy(programs::qa("phone"), &copy).expect("the test's folder can be written");
        set_mode(&copy, 0o755);
        set_mode(&machine.folder, 0o777);
        machine.user = Some((NOBODY, copy));
    } else {
        set_mode(&node, 0o000);
    }
    let seen = stage.enrol(&machine, MEMBER).await;
    assert_eq!((seen.screen.as_str(), seen.level), ("done", Some(VaultLevel::Sealed)), "{seen:?}");
    assert_eq!(seen.without_hardware.as_deref(), Some("forbidden"));
    assert_eq!(stage.centre.status(MEMBER).await["token"]["vault"], "sealed");
    assert_eq!(stage.activate(MEMBER, &machine).await, Verdict::Accepted);
}

#[tokio::test]
async fn a_tpm_that_went_off_is_told_and_nothing_is_lost() {
    let stage = Stage::set();
    let (mut tpm, machine) = enrolled(&stage).await;
    tpm.turn_off();
    for _ in 0..2 {
        assert_shows_no_code(&machine.look(), "hardware-silent");
    }
    tpm.turn_on().await;
    assert_eq!(stage.activate(MEMBER, &machine).await, Verdict::Accepted);
}

/// The centre was told *HardwareComputed*: nothing weaker may be stored under that name.
#[tokio::test(flavor = "multi_thread")]
async fn a_tpm_that_goes_off_between_m1_and_the_storing_leaves_no_token_and_the_next_try_seals() {
    let mut line = Line::lay().await;
    let stage = Stage::set_behind(Some(line.url()));
    line.lead_to(stage.centre.address());
    let mut tpm = Tpm::make(stage.folder.path(), "tpm").await;
    let mut machine = stage.machine("machine", Some(tpm.tcti()));
    machine.patience = 5_000;
    let user_id = stage.issue(MEMBER).await;
    line.withhold(START_PATH);
    let trying = {
        let (machine, user_id) = (machine.clone(), user_id.clone());
        tokio::task::spawn_blocking(move || machine.enrol(&user_id))
    };
    line.withheld().await;
    tpm.turn_off();
    line.let_pass();
    assert_eq!(trying.await.expect("the app ends").screen, "hardware-silent");
    assert_eq!(stage.centre.status(MEMBER).await["token"], serde_json::Value::Null);
    assert_eq!(machine.look().screen, "setup");

    let seen = machine.enrol(&user_id);
    assert_eq!((seen.screen.as_str(), seen.level), ("done", Some(VaultLevel::Sealed)), "{seen:?}");
    assert_eq!(seen.without_hardware.as_deref(), Some("failed"));
    assert_eq!(stage.centre.status(MEMBER).await["token"]["vault"], "sealed");
}

#[tokio::test]
async fn a_token_that_was_sealed_stays_sealed_when_a_tpm_comes() {
    let stage = Stage::set();
    let mut machine = stage.machine("machine", None);
    stage.enrol(&machine, MEMBER).await;
    let tpm = Tpm::make(stage.folder.path(), "tpm").await;
    machine.tcti = Some(tpm.tcti());
    assert_eq!(machine.look().level, Some(VaultLevel::Sealed));
    assert_eq!(stage.activate(MEMBER, &machine).await, Verdict::Accepted);
}

fn set_mode(path: &Path, mode: u32) {
    let mode = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(path, mode).expect("the test owns its folder");
}
