//! Owns the proof that the app's folder is private and whole after any interruption.
//! Refuses to know what the files mean.
//! Invariant: every test has a folder of its own.

use rand::rngs::OsRng;

use super::*;

fn folder() -> (tempfile::TempDir, Folder) {
    let parent = tempfile::tempdir().unwrap();
    let folder = Folder::open(&parent.path().join("vault")).unwrap();
    (parent, folder)
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_the_folder_and_every_file_in_it() {
    let (_parent, folder) = folder();
    folder.install_half_or_new(&mut OsRng).unwrap();
    folder.write_index(&Index::default()).unwrap();
    assert_eq!(mode(&folder.path), 0o700);
    let files: Vec<_> = fs::read_dir(&folder.path).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{file:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_could_read_is_closed_when_it_is_opened() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = tempfile::tempdir().unwrap();
    fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let _folder = Folder::open(parent.path()).unwrap();
    assert_eq!(mode(parent.path()), 0o700);
}

#[test]
fn the_install_half_is_drawn_once_and_again_after_it_was_forgotten() {
    let (_parent, folder) = folder();
    assert!(folder.install_half().unwrap().is_none());
    let first = folder.install_half_or_new(&mut OsRng).unwrap();
    assert_eq!(folder.install_half_or_new(&mut OsRng).unwrap().expose(), first.expose());
    folder.forget_install_half().unwrap();
    folder.forget_install_half().unwrap();
    assert_ne!(folder.install_half_or_new(&mut OsRng).unwrap().expose(), first.expose());
}

#[test]
fn a_write_that_was_cut_off_leaves_the_old_file() {
    let (_parent, folder) = folder();
    let index = Index { last_slot: 7, ..Index::default() };
    folder.write_index(&index).unwrap();
    fs::write(folder.path.join("slots.json.new"), b"{\"last_sl").unwrap();
    assert_eq!(folder.index().unwrap(), index);
    folder.write_index(&Index { last_slot: 8, ..index }).unwrap();
    assert_eq!(folder.index().unwrap().last_slot, 8);
}

#[test]
fn a_file_that_this_app_did_not_write_is_damaged_and_not_taken_for_empty() {
    let (_parent, folder) = folder();
    fs::write(folder.path.join(SLOTS), b"").unwrap();
    assert!(matches!(folder.index(), Err(FolderError::Damaged(SLOTS))));
    fs::write(folder.path.join(INSTALL_HALF), [0; 31]).unwrap();
    assert!(matches!(folder.install_half(), Err(FolderError::Damaged(INSTALL_HALF))));
}

#[test]
fn a_second_window_is_told_that_the_folder_is_in_use() {
    let (_parent, folder) = folder();
    assert!(matches!(Folder::open(&folder.path), Err(FolderError::InUse)));
    let path = folder.path.clone();
    drop(folder);
    assert!(Folder::open(&path).is_ok());
}

#[test]
fn a_machine_tag_knows_its_machine_and_does_not_name_it() {
    let tag = MachineTag::generate("machine one", &mut OsRng);
    assert!(tag.is_of("machine one"));
    assert!(!tag.is_of("machine two"));
    assert_ne!(tag, MachineTag::generate("machine one", &mut OsRng));
    assert!(!serde_json::to_string(&tag).unwrap().contains("machine one"));
}
