//! Owns the machine's identity: a stable text that differs from one machine to the next.
//! Refuses to know what is bound to it.
//! Invariant: it is the machine's own or an error; an identity that could not be read just now is never made up.

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the machine's identity could not be read")]
pub(crate) struct NoIdentity;

/// The identity of this machine.
pub(crate) fn identity() -> Result<String, NoIdentity> {
    if cfg!(test) {
        return Ok("the machine of the tests".to_owned());
    }
    #[cfg(feature = "qa")]
    if let Ok(chosen) = std::env::var("WARIFU_QA_MACHINE_ID") {
        return Ok(chosen);
    }
    native().and_then(|text| checked(&text))
}

/// systemd's machine-id(5), or D-Bus' where there is no systemd.
#[cfg(target_os = "linux")]
fn native() -> Result<String, NoIdentity> {
    let files = ["/etc/machine-id", "/var/lib/dbus/machine-id"];
    files.iter().find_map(|file| std::fs::read_to_string(file).ok()).ok_or(NoIdentity)
}

/// Windows' MachineGuid, drawn when the system was installed.
#[cfg(target_os = "windows")]
fn native() -> Result<String, NoIdentity> {
    windows_registry::LOCAL_MACHINE
        .open("SOFTWARE\\Microsoft\\Cryptography")
        .and_then(|key| key.get_string("MachineGuid"))
        .map_err(|_| NoIdentity)
}

/// The platform's UUID as the I/O registry has it.
#[cfg(target_os = "macos")]
fn native() -> Result<String, NoIdentity> {
    let registry = std::process::Command::new("/usr/sbin/ioreg")
        .args(["-rd1", "-c", "IOPlatformExpertDevice"])
        .output()
        .map_err(|_| NoIdentity)?;
    platform_uuid(&String::from_utf8_lossy(&registry.stdout)).ok_or(NoIdentity)
}

/// On a phone the store itself never leaves the device, and no stable identity is given to apps.
#[cfg(any(target_os = "android", target_os = "ios"))]
fn native() -> Result<String, NoIdentity> {
    Ok("this-device-only".to_owned())
}

#[cfg(any(target_os = "macos", test))]
fn platform_uuid(registry: &str) -> Option<String> {
    let line = registry.lines().find(|line| line.contains("\"IOPlatformUUID\""))?;
    line.rsplit('"').nth(1).map(str::to_owned)
}

/// An image that has not been started yet says `uninitialized`: many machines would share that.
fn checked(text: &str) -> Result<String, NoIdentity> {
    let text = text.trim();
    let fits = (8..=128).contains(&text.len()) && text != "uninitialized";
    if fits { Ok(text.to_ascii_lowercase()) } else { Err(NoIdentity) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_or_unfinished_identity_is_none() {
        for bad in ["", "\n", "uninitialized\n", "short", &"x".repeat(129)] {
            assert_eq!(checked(bad), Err(NoIdentity), "{bad:?}");
        }
    }

    #[test]
    fn the_same_machine_gives_the_same_text() {
        assert_eq!(checked("0123456789ABCDEF\n"), checked("0123456789abcdef"));
    }

    #[test]
    fn the_platform_uuid_is_found_in_what_macos_prints() {
        let printed = "    | {\n  \"IOPlatformSerialNumber\" = \"C02\"\n  \"IOPlatformUUID\" = \"AB-12\"\n }";
        assert_eq!(platform_uuid(printed).as_deref(), Some("AB-12"));
        assert_eq!(platform_uuid("nothing"), None);
    }
}
