//! Owns level *HardwareComputed*: the app without its window over real TPMs, which are programs here.
//! Refuses to know which objects the TPM holds for the app.
//! Invariant: every TPM belongs to one test.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use harness::programs;
use harness::tpm::Tpm;
use warifu_core::wire::bank::Verdict;
use warifu_core::wire::device::VaultLevel;

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
async fn neither_unsealing_nor_duplicating_brings_a_key_out_of_the_tpm() {
    let stage = Stage::set();
    let (tpm, machine) = enrolled(&stage).await;
    let folder = stage.folder.path().join("taken");
    std::fs::create_dir(&folder).expect("the test's folder can be written");
    let [private, public] = record::first_key_in_a_tpm(&record::opened(&machine));
    for (name, bytes) in
        [("key.priv", &private), ("key.pub", &public), ("step", &0_u64.to_be_bytes().to_vec())]
    {
        std::fs::write(folder.join(name), bytes).expect("the test's folder can be written");
    }
    let tool = |name: &str, arguments: &str| {
        let done = tpm.tool(&folder, name, &arguments.split(' ').collect::<Vec<_>>());
        // Without a resource manager there is room for three objects.
        tpm.tool(&folder, "tpm2_flushcontext", &["-t"]);
        done
    };
    let works = |name: &str, arguments: &str| {
        let done = tool(name, arguments);
        assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
        done.stdout
    };
    let refused = |name: &str, arguments: &str, why: &str| {
        let done = tool(name, arguments);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success() && said.contains(why), "{name}: {said}");
    };
    let storage = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt";
    works("tpm2_createprimary", &format!("-C o -g sha256 -G ecc256:aes128cfb -a {storage} -c parent"));
    works("tpm2_load", "-C parent -u key.pub -r key.priv -c key");

    // It is the key: it computes.
    let mac = works("tpm2_hmac", "-c key --hex step");
    let seeds = Seeds::of(stage.centre.folder());
    assert_eq!(String::from_utf8_lossy(&mac), hex::encode(seeds.mac(&[0; 8])));

    refused("tpm2_unseal", "-c key", "inconsistent attributes");
    works("tpm2_createprimary", "-C o -g sha256 -G ecc -c newparent");
    refused("tpm2_duplicate", "-C newparent -c key -G null -p session:none -r d.priv -s d.seed", "");
    refused("tpm2_duplicate", "-C null -c key -G null -r d.priv -s d.seed", "");
    // The tools can unseal: what was made to be unsealed comes out.
    works("tpm2_create", "-C parent -i step -u s.pub -r s.priv");
    works("tpm2_load", "-C parent -u s.pub -r s.priv -c sealed");
    assert_eq!(works("tpm2_unseal", "-c sealed"), [0; 8]);
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
