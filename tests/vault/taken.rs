//! Owns someone who took everything, the TPM and its tools too, and wants the keys out of it.
//! Refuses to ask the app.
//! Invariant: what a tool cannot do with the app's keys, it does with a key of its own that allows it.

use std::path::PathBuf;

use harness::tpm::Tpm;

use crate::phones::Stage;
use crate::record;
use crate::seeds::Seeds;
use crate::tpm::enrolled;

/// The parent's template, as the app has it.
const PARENT: &str = "-C o -g sha256 -G ecc256:aes128cfb \
    -a fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt -c parent";

/// Whoever sits before the machine.
struct Thief {
    tpm: Tpm,
    folder: PathBuf,
}

impl Thief {
    fn try_to(&self, name: &str, arguments: &str) -> Result<Vec<u8>, String> {
        let done = self.tpm.tool(&self.folder, name, &arguments.split_whitespace().collect::<Vec<_>>());
        // Without a resource manager there is room for three objects.
        self.tpm.tool(&self.folder, "tpm2_flushcontext", &["-t"]);
        if done.status.success() {
            Ok(done.stdout)
        } else {
            Err(format!("{name}: {}", String::from_utf8_lossy(&done.stderr)))
        }
    }

    fn can(&self, name: &str, arguments: &str) -> Vec<u8> {
        self.try_to(name, arguments).unwrap_or_else(|why| panic!("{why}"))
    }

    fn cannot(&self, name: &str, arguments: &str, why: &str) {
        let said = self.try_to(name, arguments).expect_err("the key does not allow it");
        assert!(said.contains(why), "{said}");
    }

    fn keep(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.join(name), bytes).expect("the test's folder can be written");
    }

    /// Tries to duplicate a loaded key, under a policy that says that this is wished.
    fn duplicate(&self, key: &str) -> Result<Vec<u8>, String> {
        self.can("tpm2_startauthsession", "--policy-session -S session");
        self.can("tpm2_policycommandcode", "-S session TPM2_CC_Duplicate");
        let done = self.try_to(
            "tpm2_duplicate",
            &format!("-C null -c {key} -G null -p session:session -r out.priv -s out.seed"),
        );
        self.can("tpm2_flushcontext", "session");
        done
    }
}

#[tokio::test]
async fn neither_unsealing_nor_duplicating_brings_a_key_out_of_the_tpm() {
    let stage = Stage::set();
    let (tpm, machine) = enrolled(&stage).await;
    let folder = stage.folder.path().join("taken");
    std::fs::create_dir(&folder).expect("the test's folder can be written");
    let thief = Thief { tpm, folder };
    thief.keep("step", &[0; 8]);
    thief.can("tpm2_createprimary", PARENT);

    let seeds = Seeds::of(stage.centre.folder());
    let taken = record::keys_in_a_tpm(&record::opened(&machine));
    for (at, [private, public]) in taken.iter().enumerate() {
        thief.keep("key.priv", private);
        thief.keep("key.pub", public);
        thief.can("tpm2_load", "-C parent -u key.pub -r key.priv -c key");
        // It is the key: it computes.
        let mac = thief.can("tpm2_hmac", "-c key --hex step");
        assert_eq!(String::from_utf8_lossy(&mac), hex::encode(seeds.mac_of(at, &[0; 8])));
        thief.cannot("tpm2_unseal", "-c key", "inconsistent attributes");
        let said = thief.duplicate("key").expect_err("the key is fixed to its TPM");
        assert!(said.contains("Esys_Duplicate"), "{said}");
    }

    // What was made to come out comes out.
    thief.can("tpm2_create", "-C parent -i step -u s.pub -r s.priv");
    thief.can("tpm2_load", "-C parent -u s.pub -r s.priv -c sealed");
    assert_eq!(thief.can("tpm2_unseal", "-c sealed"), [0; 8]);
    thief.can("tpm2_startauthsession", "-S trial");
    thief.can("tpm2_policycommandcode", "-S trial -L policy TPM2_CC_Duplicate");
    thief.can("tpm2_flushcontext", "trial");
    let free = "-C parent -G hmac -u f.pub -r f.priv -L policy -a sensitivedataorigin|userwithauth|sign";
    thief.can("tpm2_create", free);
    thief.can("tpm2_load", "-C parent -u f.pub -r f.priv -c free");
    thief.duplicate("free").unwrap_or_else(|why| panic!("{why}"));
}
