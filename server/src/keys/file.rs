//! Owns how a key file is made and read.
//! Refuses to know which key it is.
//! Invariant: a key file is whole or absent, is on the disk before it is used, and only its owner may read it.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use warifu_core::secret::Secret;
use zeroize::Zeroizing;

use super::KeyError;

fn failed(file: &Path) -> impl Fn(std::io::Error) -> KeyError + '_ {
    |why| KeyError::File { file: file.to_owned(), why }
}

/// The file's bytes, or nothing when it is not there. A file that others may read is refused.
pub(super) fn read(file: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
    let mut opened = match File::open(file) {
        Ok(opened) => opened,
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(failed(file)(why)),
    };
    refuse_exposed(file, &opened)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(256));
    opened.read_to_end(&mut bytes).map_err(failed(file))?;
    Ok(Some(bytes))
}

#[cfg(unix)]
fn refuse_exposed(file: &Path, opened: &File) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = opened.metadata().map_err(failed(file))?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyError::Exposed { file: file.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: &File) -> Result<(), KeyError> {
    Ok(())
}

/// Makes a file that is not there yet; its folder too, for the owner alone.
pub(super) fn write(file: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    // A name alone lies in the folder that the program was started in.
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut maker = fs::DirBuilder::new();
    maker.recursive(true);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        maker.mode(0o700);
        options.mode(0o600);
    }
    maker.create(folder).map_err(failed(folder))?;
    let whole = file.with_extension("new");
    // Left over from a start that was cut short: it was never used.
    match fs::remove_file(&whole) {
        Err(why) if why.kind() != ErrorKind::NotFound => return Err(failed(&whole)(why)),
        _ => {}
    }
    let mut opened = options.open(&whole).map_err(failed(&whole))?;
    opened.write_all(bytes).and_then(|()| opened.sync_all()).map_err(failed(&whole))?;
    // A link, not a rename: a file that another start made meanwhile is never replaced.
    let linked = fs::hard_link(&whole, file).map_err(failed(file));
    fs::remove_file(&whole).map_err(failed(&whole))?;
    linked?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
}

/// Removes a key file; one that is gone stays gone.
pub(super) fn remove(file: &Path) -> Result<(), KeyError> {
    match fs::remove_file(file) {
        Err(why) if why.kind() != ErrorKind::NotFound => Err(failed(file)(why)),
        _ => Ok(()),
    }
}

/// A key of 32 bytes, in hex.
pub(crate) fn read_key(file: &Path) -> Result<Option<Secret<32>>, KeyError> {
    let Some(text) = read(file)? else { return Ok(None) };
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim_ascii(), key.as_mut_slice())
        .map_err(|_| KeyError::NotAKey(file.to_owned()))?;
    Ok(Secret::from_slice(key.as_slice()))
}

/// Makes a file that [`read_key`] reads.
pub(crate) fn write_key(file: &Path, key: &Secret<32>) -> Result<(), KeyError> {
    let mut text = Zeroizing::new(hex::encode(key.expose()));
    text.push('\n');
    write(file, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_that_is_there_is_never_replaced_and_the_other_key_does_not_stay() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("root.key");
        write_key(&file, &Secret::new([1; 32])).unwrap();
        assert!(write_key(&file, &Secret::new([2; 32])).is_err());
        assert_eq!(read_key(&file).unwrap().unwrap().expose(), &[1; 32]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
