//! Owns a real mail server on this machine (aiosmtpd), and reading what it was given.
//! Refuses to know who writes and why.
//! Invariant: what is read went over SMTP and was stored whole.

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
            .args(["--class", "aiosmtpd.handlers.Mailbox"])
            .arg(&self.folder);
        let logs = self.folder.parent().expect("the mails lie in the test's folder");
        self.server = Some(Process::start("mail-server", &mut command, logs));
        let port = self.port;
        until("the mail server", Duration::from_secs(20), async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
    }

    /// Its address, as the programs are told it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// All that came so far, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        let mut files: Vec<_> = self
            .folder
            .join("new")
            .read_dir()
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                Some((path.metadata().ok()?.modified().ok()?, path))
            })
            .collect();
        files.sort();
        files.iter().map(|(_, path)| read(&std::fs::read(path).expect("a stored mail can be read"))).collect()
    }

    /// The newest mail to `to` whose subject holds `subject`, once there are more than `before` of them.
    pub async fn wait_for(&self, to: &str, subject: &str, before: usize) -> Mail {
        until(&format!("a mail to {to} about {subject}"), Duration::from_secs(30), async || {
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

fn read(bytes: &[u8]) -> Mail {
    let mail = mail_parser::MessageParser::default().parse(bytes).expect("what was sent is a mail");
    let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address()).unwrap_or_default();
    Mail {
        to: to.to_owned(),
        subject: mail.subject().unwrap_or_default().to_owned(),
        text: mail.body_text(0).unwrap_or_default().into_owned(),
    }
}
