//! Owns a real mail server on this machine (aiosmtpd), whom it refuses, and reading what it was given.
//! Refuses to know who writes and why.
//! Invariant: what is read went over SMTP and was stored whole.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{Process, free_port, until};

/// A mail server that keeps everything.
pub struct MailServer {
    folder: PathBuf,
    port: u16,
    /// `None` while it is stopped.
    server: Option<Process>,
}

/// A mail as its reader sees it.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The address that it went to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// Its sender, with the name.
    pub from: String,
    /// Its other form.
    pub html: String,
}

impl Mail {
    /// The メール通知パスワード that it tells.
    pub fn password(&self) -> String {
        let is_password =
            |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let line = self.text.lines().find(|line| line.trim().starts_with("メール通知パスワード"));
        let line = line.unwrap_or_else(|| panic!("the mail names no password:\n{}", self.text));
        let words = line.split(|c: char| c.is_whitespace());
        words.into_iter().find(is_password).expect("the mailed password has 8 characters").to_owned()
    }

    /// Every address that a reader, or a program that reads along, could follow.
    pub fn links(&self) -> BTreeSet<String> {
        let ends = |c: char| c.is_whitespace() || "\"'<>()".contains(c);
        let places = [&self.text, &self.html].into_iter().flat_map(|body| {
            body.match_indices("http").map(|(at, _)| body[at..].split(ends).next().unwrap_or_default())
        });
        places.filter(|place| place.contains("://")).map(|place| place.replace("&amp;", "&")).collect()
    }
}

impl MailServer {
    /// Starts it; its mails lie in `<folder>/mail`.
    pub async fn start(folder: &Path) -> Self {
        let mut this = Self { folder: folder.join("mail"), port: free_port(), server: None };
        this.resume().await;
        this
    }

    /// Ends it; nothing answers at its address until it is started again.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.kill();
        }
    }

    /// Starts it again, at the same address and over the same mails.
    pub async fn resume(&mut self) {
        let mut command = Command::new("/usr/bin/python3");
        command
            .args(["-m", "aiosmtpd", "--nosetuid", "--listen", &format!("127.0.0.1:{}", self.port)])
            .args(["--class", "mail_server.Refusing"])
            .arg(&self.folder)
            .env("PYTHONPATH", Path::new(env!("CARGO_MANIFEST_DIR")).join("harness"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("WARIFU_REFUSED", self.refused());
        let logs = self.folder.parent().expect("the mails lie in the test's folder");
        self.server = Some(Process::start("mail-server", &mut command, logs));
        let port = self.port;
        until("the mail server", Duration::from_secs(20), async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
    }

    /// From now on it refuses these addresses for good (550), and no others.
    pub fn refuse(&self, addresses: &[&str]) {
        let beside = self.refused().with_extension("next");
        std::fs::write(&beside, addresses.join("\n")).expect("the test's folder can be written");
        std::fs::rename(&beside, self.refused()).expect("the test's folder can be written");
    }

    fn refused(&self) -> PathBuf {
        self.folder.with_extension("refused")
    }

    /// Its address, as the programs are told it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// All that came so far, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        in_folder(&self.folder.join("new"))
    }

    /// The newest mail to `to` whose subject holds `subject`, once there are more than `before` of them.
    pub async fn wait_for(&self, to: &str, subject: &str, before: usize) -> Mail {
        until(&format!("a mail to {to} about {subject}"), Duration::from_secs(60), async || {
            let mut found = self.about(to, subject);
            if found.len() > before { found.pop() } else { None }
        })
        .await
    }

    /// All mails to `to` whose subject holds `subject`.
    pub fn about(&self, to: &str, subject: &str) -> Vec<Mail> {
        self.mails().into_iter().filter(|mail| mail.to == to && mail.subject.contains(subject)).collect()
    }
}

/// The mails that lie in a folder as files, oldest first; what is still being written has a name with a dot before it.
pub fn in_folder(folder: &Path) -> Vec<Mail> {
    let mut files: Vec<_> = folder
        .read_dir()
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let is_whole = !path.file_name()?.to_string_lossy().starts_with('.');
            is_whole.then_some((path.metadata().ok()?.modified().ok()?, path))
        })
        .collect();
    files.sort();
    files.iter().map(|(_, path)| read(&std::fs::read(path).expect("a stored mail can be read"))).collect()
}

fn read(bytes: &[u8]) -> Mail {
    let mail = mail_parser::MessageParser::default().parse(bytes).expect("what was sent is a mail");
    let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address()).unwrap_or_default();
    let from = mail.from().and_then(|from| from.first());
    let from = from.map(|from| [from.name(), from.address()].map(Option::unwrap_or_default).join(" "));
    Mail {
        to: to.to_owned(),
        subject: mail.subject().unwrap_or_default().to_owned(),
        text: mail.body_text(0).unwrap_or_default().into_owned(),
        from: from.unwrap_or_default(),
        html: mail.body_html(0).unwrap_or_default().into_owned(),
    }
}
