//! Owns the process's environment: what other programs may not reach in through, and how WebKit draws.
//! Refuses to know tokens and screens.
//! Invariant: when [`settle`] returns `Ok`, no variable hands the window to another program (but for the feature `qa`).
//!
//! How the window is drawn is set in place, before the program makes a thread (decision 0033). To shut a door, the
//! program starts itself once more without it: on Unix by `exec`, which keeps the process number; elsewhere as a child
//! whose end it waits for. No library of this process has read the open door then. The second start finds nothing to
//! change.

use std::env;
use std::ffi::OsString;
use std::process::Command;

const AUTOMATION: &str = "TAURI_WEBVIEW_AUTOMATION";

/// Through these another program could drive the window and read codes from it. WebKitGTK, Tauri and WebView2 honour
/// them in release builds too.
const DOORS: &[&str] = &[
    AUTOMATION,
    "WEBKIT_INSPECTOR_SERVER",
    "WEBKIT_INSPECTOR_HTTP_SERVER",
    "WEBVIEW2_ADDITIONAL_BROWSER_ARGUMENTS",
    "WEBVIEW2_PIPE_FOR_SCRIPT_DEBUGGER",
];

/// The window shows text and one ring: without the GPU path it starts in two thirds of the time and takes 60 MiB less,
/// without compiled scripts another few, and no page of its memory is ever written and run.
/// Where a person set one of these, all stays as they set it. A window that is driven by a test draws as WebKit would by
/// itself: without the GPU path a screenshot of a page that does not change never comes.
const DRAWING: &[(&str, &str)] = if cfg!(target_os = "linux") {
    &[
        ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
        ("GDK_GL", "disable"),
        ("JSC_useJIT", "0"),
        ("WEBKIT_WEB_RENDER_DEVICE_FILE", "/dev/null"),
    ]
} else {
    &[]
};

/// Why the app does not start.
#[derive(Debug, thiserror::Error)]
pub enum NotSettled {
    /// A door stands open and could not be shut.
    #[error("it was started for automation, and could not be started again without")]
    Open,
}

/// What has to change before the window may open.
#[derive(Debug, PartialEq, Eq)]
struct Changes {
    shut: Vec<&'static str>,
    set: Vec<(&'static str, &'static str)>,
}

impl Changes {
    fn needed(look: impl Fn(&str) -> Option<OsString>, automation_allowed: bool) -> Self {
        let shut = |door: &&&str| !automation_allowed && look(door).is_some();
        let is_driven = automation_allowed && look(AUTOMATION).is_some();
        let is_chosen = DRAWING.iter().any(|(name, _)| look(name).is_some());
        Self {
            shut: DOORS.iter().filter(shut).copied().collect(),
            set: if is_driven || is_chosen { Vec::new() } else { DRAWING.to_vec() },
        }
    }

    fn is_nothing(&self) -> bool {
        self.shut.is_empty() && self.set.is_empty()
    }

    /// Sets them in this very process, when that is all there is to do; whether it did.
    #[cfg(target_os = "linux")]
    fn set_here(&self) -> bool {
        // WebKit's allocator comes with a thread of its own, which reads no variable; any other one might.
        let is_early = std::fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() <= 2);
        self.shut.is_empty()
            && is_early
            && self.set.iter().all(|(name, value)| glib::setenv(name, value, true).is_ok())
    }

    #[cfg(not(target_os = "linux"))]
    fn set_here(&self) -> bool {
        false
    }
}

/// Makes the environment what it has to be and forbids dumps of the process's memory. Returns in the process that
/// goes on.
///
/// # Errors
/// [`NotSettled`]; the window must not open then.
pub fn settle() -> Result<(), NotSettled> {
    let changes = Changes::needed(|name| env::var_os(name), cfg!(feature = "qa"));
    if !changes.is_nothing() && !changes.set_here() {
        start_again(&changes);
        if !changes.shut.is_empty() {
            return Err(NotSettled::Open);
        }
    }
    forbid_dumps();
    Ok(())
}

/// Starts the program once more because another one of it was just ending; not twice in a row. Returns only when it did
/// not work.
pub fn start_once_more() {
    const AGAIN: &str = "WARIFU_STARTED_AGAIN";
    if env::var_os(AGAIN).is_none() {
        std::thread::sleep(std::time::Duration::from_secs(1));
        start_again(&Changes { shut: Vec::new(), set: vec![(AGAIN, "1")] });
    }
}

/// Returns only when it did not work.
fn start_again(changes: &Changes) {
    let Ok(program) = env::current_exe() else { return };
    let mut command = Command::new(program);
    command.args(env::args_os().skip(1)).envs(changes.set.iter().copied());
    for door in &changes.shut {
        command.env_remove(door);
    }
    replace(command);
}

#[cfg(unix)]
fn replace(mut command: Command) {
    use std::os::unix::process::CommandExt as _;
    let why = command.exec();
    eprintln!("warifu: could not start again: {why}");
}

#[cfg(not(unix))]
fn replace(mut command: Command) {
    if let Ok(end) = command.status() {
        std::process::exit(end.code().unwrap_or(1));
    }
}

/// While a code is computed its key lies in memory for a moment: no core file, and no debugger of the same user.
pub(crate) fn forbid_dumps() {
    // A test looks into the memory to see what is not there.
    if cfg!(feature = "qa") && std::env::var_os("WARIFU_QA_OPEN_MEMORY").is_some() {
        return;
    }
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        if setrlimit(Resource::Core, none).is_err() {
            eprintln!("warifu: core dumps could not be switched off");
        }
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable).is_err() {
        eprintln!("warifu: memory dumps could not be switched off");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(set: &[&str], automation_allowed: bool) -> Changes {
        Changes::needed(|name| set.contains(&name).then(|| OsString::from("x")), automation_allowed)
    }

    #[test]
    fn a_release_shuts_every_door_that_stands_open() {
        for door in DOORS {
            assert_eq!(needed(&[door], false).shut, [*door]);
        }
        assert!(needed(&[], false).shut.is_empty());
    }

    #[test]
    fn a_qa_build_leaves_them_open() {
        assert!(needed(DOORS, true).is_nothing());
    }

    #[test]
    fn what_a_person_set_about_drawing_stays() {
        let names: Vec<&str> = DRAWING.iter().map(|(name, _)| *name).collect();
        assert!(needed(&names, false).is_nothing());
        for name in names {
            assert!(needed(&[name], false).is_nothing(), "they belong together: {name}");
        }
        assert_eq!(needed(&[], false).set, DRAWING);
    }
}
