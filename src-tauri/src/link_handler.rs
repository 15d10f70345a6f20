//! Owns that the system opens `warifu:` links with this app: on Linux and Windows by what the app writes for its user.
//! Refuses to know what a link brings. On Apple's systems the package's `Info.plist` says it, on Android its manifest.
//! Invariant: nothing is asked and nothing depends on it; what a person set for these links is not changed twice.

/// Tells the system. What it refuses, it refuses: the IDs can be typed and pasted.
pub(crate) fn register() {
    #[cfg(target_os = "linux")]
    std::thread::spawn(linux::register);
    #[cfg(target_os = "windows")]
    std::thread::spawn(windows::register);
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};
    use std::{env, fs, io};

    const NAME: &str = "example.warifu.app.desktop";

    pub(super) fn register() {
        let Some(folder) = applications() else { return };
        let Ok(program) = env::current_exe() else { return };
        // A program that was moved is named anew; the person's own choice among programs stays.
        if !matches!(write(&folder, &entry(&program)), Ok(true)) {
            return;
        }
        for (program, words) in [
            ("update-desktop-database", vec![folder.as_os_str().to_owned()]),
            ("xdg-mime", vec!["default".into(), NAME.into(), "x-scheme-handler/warifu".into()]),
        ] {
            let mut command = Command::new(program);
            command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let _ = command.status();
        }
    }

    fn applications() -> Option<PathBuf> {
        let data = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let data = data.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".local/share")))?;
        Some(data.join("applications"))
    }

    /// Tells whether it was not there before.
    fn write(folder: &Path, entry: &str) -> io::Result<bool> {
        let file = folder.join(NAME);
        if fs::read_to_string(&file).is_ok_and(|there| there == entry) {
            return Ok(false);
        }
        fs::create_dir_all(folder)?;
        fs::write(file, entry)?;
        Ok(true)
    }

    fn entry(program: &Path) -> String {
        format!(
            "[Desktop Entry]\nType=Application\nName=ワンタイムパスワード\nName[en]=One-time password\n\
             Exec={} %u\nTerminal=false\nCategories=Finance;\nStartupNotify=true\n\
             MimeType=x-scheme-handler/warifu;\n",
            quoted(&program.display().to_string())
        )
    }

    /// As the Desktop Entry Specification quotes an argument: the string's own escapes come on top.
    fn quoted(path: &str) -> String {
        let mut quoted = String::from("\"");
        for c in path.chars() {
            match c {
                '"' | '`' | '$' => quoted.extend(['\\', '\\', c]),
                '\\' => quoted.push_str("\\\\\\\\"),
                '%' => quoted.push_str("%%"),
                other => quoted.push(other),
            }
        }
        quoted.push('"');
        quoted
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_entry_names_the_program_and_is_written_once() {
            let folder = tempfile::tempdir().unwrap();
            let said = entry(Path::new("/opt/a b/warifu"));
            assert!(said.contains("\nExec=\"/opt/a b/warifu\" %u\n"));
            assert!(said.contains("\nMimeType=x-scheme-handler/warifu;\n"));
            assert!(write(&folder.path().join("applications"), &said).unwrap());
            assert!(!write(&folder.path().join("applications"), &said).unwrap());
        }

        #[test]
        fn a_path_cannot_say_more_than_a_path() {
            assert_eq!(quoted(r#"/a"$b%c\d"#), r#""/a\\"\\$b%%c\\\\d""#);
        }
    }
}

#[cfg(target_os = "windows")]
mod windows {
    use windows_registry::CURRENT_USER;

    pub(super) fn register() {
        // What the registry refuses, it refuses.
        let _ = try_to();
    }

    fn try_to() -> windows_registry::Result<()> {
        let Ok(program) = std::env::current_exe() else { return Ok(()) };
        let scheme = CURRENT_USER.create(r"Software\Classes\warifu")?;
        scheme.set_string("", "URL:Warifu")?;
        scheme.set_string("URL Protocol", "")?;
        let command = CURRENT_USER.create(r"Software\Classes\warifu\shell\open\command")?;
        command.set_string("", format!("\"{}\" \"%1\"", program.display()))
    }
}
