//! Owns the proof that the app as members get it lets nobody in: no driver, no inspector, no plain HTTP, no reader of memory.
//! Refuses to know how the doors are shut.
//! Invariant: each test first shows that the same door of the `qa` build is open, so that it looks at the right door.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::keyboard::Keyboard;
use harness::line::holds;
use harness::process::{Process, free_port, until};
use harness::programs;
use tokio::net::TcpStream;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn the_app_as_members_get_it_refuses_automation() {
    let stage = Stage::set(None).await;
    let opening = stage.opening(&stage.centre.url);
    let qa = opening.try_open(&programs::qa("warifu"), Duration::from_secs(60)).await;
    qa.expect("the build for tests lets itself be driven").close().await;
    let plain = opening.try_open(&programs::plain("warifu"), Duration::from_secs(20)).await;
    assert!(plain.is_err(), "the app as members get it was driven");
}

#[test]
fn the_app_as_members_get_it_has_none_of_the_tests_switches() {
    let knows = |app: &Path| holds(&std::fs::read(app).expect("a program can be read"), b"WARIFU_QA_");
    assert!(knows(&programs::qa("warifu")), "the build for tests has them");
    assert!(!knows(&programs::plain("warifu")), "members' app has a switch of the tests");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_as_members_get_it_opens_no_inspector() {
    let stage = Stage::set(None).await;
    assert!(
        is_inspected(&stage, "qa", &programs::qa("warifu")).await,
        "the build for tests can be inspected"
    );
    assert!(!is_inspected(&stage, "plain", &programs::plain("warifu")).await, "members' app was inspected");
}

/// Whether somebody can connect to the inspector that the environment asks for, within ten seconds of a living app.
async fn is_inspected(stage: &Stage, name: &str, app: &Path) -> bool {
    let port = free_port();
    let mut command = stage.session.command(app);
    command
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("WEBKIT_INSPECTOR_SERVER", format!("127.0.0.1:{port}"))
        .env("XDG_DATA_HOME", stage.folder.path().join(name));
    let mut running = Process::start(name, &mut command, stage.folder.path());
    for _ in 0..100 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!running.has_ended(), "{name} did not stay open:\n{}", running.log_tail());
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_as_members_get_it_never_speaks_plain_http() {
    let stage = Stage::set(None).await;
    assert!(
        knocks(&stage, "qa", &programs::qa("warifu")).await,
        "the build for tests asks where it is told to"
    );
    assert!(!knocks(&stage, "plain", &programs::plain("warifu")).await, "members' app spoke plain HTTP");
}

/// Whether the app, filled in by keyboard alone, connects to the plain HTTP address that its environment names.
async fn knocks(stage: &Stage, name: &str, app: &Path) -> bool {
    let door = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    door.set_nonblocking(true).expect("a listener can be asked without waiting");
    let address = door.local_addr().expect("a bound listener has an address");
    let mut command = stage.session.command(app);
    command
        .env("WARIFU_QA_CENTRE_URL", format!("http://{address}"))
        .env("XDG_DATA_HOME", stage.folder.path().join(format!("{name}-http")));
    let mut running = Process::start(&format!("{name}-http"), &mut command, stage.folder.path());
    let keyboard = Keyboard::of(&stage.session).await;
    // After the button for the language: サービスID, ユーザID, 利用開始パスワード and its button, the agreement, 送信.
    keyboard.tab();
    for number in ["10112235", "123456789012", "1949"] {
        keyboard.tab();
        keyboard.digits(number);
    }
    keyboard.tab();
    keyboard.tab();
    keyboard.press();
    keyboard.tab();
    keyboard.press();
    for _ in 0..100 {
        if door.accept().is_ok() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!running.has_ended(), "{name} did not stay open:\n{}", running.log_tail());
    false
}

/// A user who is nobody else's, for programs of a test that root runs: root may read everything.
const NOBODY: u32 = 65_534;

#[tokio::test(flavor = "multi_thread")]
async fn the_app_as_members_get_it_shows_its_memory_to_no_program_of_its_user_and_leaves_no_core() {
    let stage = Stage::set(None).await;
    let (maps, _) = seen_by_its_user(&stage, "qa", &programs::qa("warifu")).await;
    assert!(maps, "a build for tests can be asked to show its memory");
    let (maps, core) = seen_by_its_user(&stage, "plain", &programs::plain("warifu")).await;
    assert!(!maps, "a program of the same user could read the memory of members' app");
    assert_eq!(core, "0 0", "members' app could leave a core");
}

/// Whether a program of the same user can see where the memory of the running app lies, without which it cannot read it;
/// and the limits on a core.
async fn seen_by_its_user(stage: &Stage, name: &str, app: &Path) -> (bool, String) {
    let is_root = nix::unistd::geteuid().is_root();
    let own = |command: &mut Command| {
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
    };
    let home = stage.folder.path().join(format!("{name}-nobody"));
    std::fs::create_dir(&home).expect("the test's folder can be written");
    let copy = home.join("warifu");
    std::fs::copy(app, &copy).expect("the test's folder can be written");
    for (path, mode) in [(stage.folder.path(), 0o755), (&home, 0o777), (&copy, 0o755)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
            .expect("the test owns its folder");
    }
    let mut command = stage.session.command(&copy);
    command.env("WARIFU_QA_OPEN_MEMORY", "1").env_remove("DBUS_SESSION_BUS_ADDRESS");
    for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
        command.env(variable, &home);
    }
    own(&mut command);
    let mut running = Process::start(&format!("{name}-nobody"), &mut command, stage.folder.path());
    let lock = home.join("example.warifu.app/vault/lock");
    until("the app's folder", Duration::from_secs(60), async || lock.exists().then_some(())).await;
    assert!(!running.has_ended(), "{name} did not stay open:\n{}", running.log_tail());

    let file = |what: &str| format!("/proc/{}/{what}", running.id());
    let mut look = Command::new("cat");
    look.arg(file("maps")).stdin(Stdio::null()).stderr(Stdio::null());
    own(&mut look);
    let maps = look.output().expect("cat can be started");
    let limits = std::fs::read_to_string(file("limits")).expect("limits can be read by anyone");
    let core =
        limits.lines().find_map(|line| line.strip_prefix("Max core file size")).expect("a limit on cores");
    let core: Vec<&str> = core.split_whitespace().take(2).collect();
    (maps.status.success() && !maps.stdout.is_empty(), core.join(" "))
}
