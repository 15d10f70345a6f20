//! Owns the way to this machine's TPM, and why there is none.
//! Refuses to speak to it.
//! Invariant: the library is asked only for a device that this user can open: it prints what it cannot.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use tss_esapi::TctiNameConf;

use super::level::WithoutHardware;

/// Behind the kernel's resource manager, which cleans up after a program that died.
#[cfg(not(feature = "qa"))]
const NODE: &str = "device:/dev/tpmrm0";

/// The TPM of this machine.
#[cfg(not(feature = "qa"))]
pub(super) fn way_in() -> Result<TctiNameConf, WithoutHardware> {
    reached(NODE)
}

/// The TPM that a test names; never this machine's own by itself.
#[cfg(feature = "qa")]
pub(super) fn way_in() -> Result<TctiNameConf, WithoutHardware> {
    let named = std::env::var("WARIFU_QA_TPM_TCTI").map_err(|_| WithoutHardware::Missing)?;
    reached(&named)
}

fn reached(name: &str) -> Result<TctiNameConf, WithoutHardware> {
    if let Some(node) = name.strip_prefix("device:") {
        opens(Path::new(node))?;
    }
    name.parse().map_err(|_| WithoutHardware::Missing)
}

fn opens(node: &Path) -> Result<(), WithoutHardware> {
    match File::options().read(true).write(true).open(node) {
        Ok(_) => Ok(()),
        Err(why) => Err(match why.kind() {
            ErrorKind::NotFound => WithoutHardware::Missing,
            ErrorKind::PermissionDenied => WithoutHardware::Forbidden,
            ErrorKind::ResourceBusy => WithoutHardware::Busy,
            _ => WithoutHardware::Failed,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_the_node_has_no_tpm() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(opens(&folder.path().join("tpmrm0")), Err(WithoutHardware::Missing));
        assert_eq!(opens(folder.path()), Err(WithoutHardware::Failed));
        assert!(reached("device:/no/such/node").is_err());
    }
}
