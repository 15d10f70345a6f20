//! Owns the list of what this machine has and lacks.
//! Refuses to know how anything is installed.
//! Invariant: it changes nothing.

use crate::packages;

/// Prints the list; an error when something is missing.
pub(crate) fn doctor() -> Result<(), String> {
    let mut missing = 0;
    for need in packages::all() {
        if need.is_present() {
            println!("  here     {}: {}", need.what, need.why);
        } else {
            missing += 1;
            println!("  MISSING  {}: {}\n           get it: {}", need.what, need.why, need.how());
        }
    }
    match missing {
        0 => {
            println!("Nothing is missing.");
            Ok(())
        }
        1 => Err("One thing is missing.".to_owned()),
        _ => Err(format!(
            "{missing} things are missing. `cargo xtask run` and `cargo xtask test` install what they need where apt is."
        )),
    }
}
