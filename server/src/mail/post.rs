//! Owns how one mail leaves: to an SMTP server, or as a file into a folder.
//! Refuses to know the outbox and when to try again.
//! Invariant: what is reported as taken was taken over whole; a refusal says whether trying again can help.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use crate::store::outbox::Waiting;

/// How long the mail server may take for one mail.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where mails go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// An SMTP server: `smtp://host:port`, `smtp://host:port?tls=required`, `smtps://user:password@host`.
    Smtp(String),
    /// A folder that gets one `.eml` file per mail.
    Folder(PathBuf),
}

/// Why mails cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadRoute {
    /// The server's address.
    #[error("the mail server's address is not usable: {0}")]
    Url(String),
    /// The sender's address.
    #[error("the sender's address is not usable: {0}")]
    From(String),
    /// The folder.
    #[error("the mail folder {0} cannot be made: {1}")]
    Folder(PathBuf, std::io::Error),
}

/// Why one mail did not leave.
#[derive(Debug)]
pub(crate) enum NotTaken {
    /// Nobody there, or busy: try again.
    Later(String),
    /// Refused for good.
    Never(String),
}

/// Sends mails.
pub(crate) struct Post {
    from: Mailbox,
    way: Way,
}

enum Way {
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
    Folder(PathBuf),
}

impl Post {
    pub(crate) fn open(route: &Route, from: &str) -> Result<Self, BadRoute> {
        let address: Address = from.parse().map_err(|_| BadRoute::From(from.to_owned()))?;
        let way = match route {
            Route::Smtp(url) => {
                let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
                let server = server.map_err(|why| BadRoute::Url(why.to_string()))?.timeout(Some(PATIENCE));
                // Connections are closed at once when unused: a server that went away is noticed by connecting.
                let pool = PoolConfig::new().max_size(4).idle_timeout(Duration::from_secs(5));
                Way::Smtp(Box::new(server.pool_config(pool).build()))
            }
            Route::Folder(folder) => {
                make_private(folder).map_err(|why| BadRoute::Folder(folder.clone(), why))?;
                Way::Folder(folder.clone())
            }
        };
        Ok(Self { from: Mailbox::new(None, address), way })
    }

    /// Sends one mail.
    pub(crate) async fn send(&self, mail: &Waiting) -> Result<(), NotTaken> {
        let message = self.message(mail).map_err(NotTaken::Never)?;
        match &self.way {
            Way::Smtp(server) => match tokio::time::timeout(PATIENCE * 2, server.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(why)) if why.is_permanent() && !is_about_the_sign_in(&why) => {
                    Err(NotTaken::Never(why.to_string()))
                }
                Ok(Err(why)) => Err(NotTaken::Later(why.to_string())),
                Err(_) => Err(NotTaken::Later("the mail server did not answer in time".to_owned())),
            },
            Way::Folder(folder) => {
                let file = format!("{:013}-{:06}-{}.eml", mail.created_at.0, mail.no, mail.kind);
                let (file, bytes) = (folder.join(file), message.formatted());
                let written = tokio::task::spawn_blocking(move || write(&file, &bytes)).await;
                match written {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(why)) => Err(NotTaken::Later(why.to_string())),
                    Err(why) => Err(NotTaken::Later(why.to_string())),
                }
            }
        }
    }

    fn message(&self, mail: &Waiting) -> Result<Message, String> {
        let from = match &mail.from {
            Some(address) => {
                Mailbox::new(None, address.parse().map_err(|_| "the sender's address is malformed")?)
            }
            None => self.from.clone(),
        };
        let to = mail.to.parse().map_err(|_| "the address is malformed")?;
        let message_id = format!("<{}@{}>", mail.message_id, from.email.domain());
        Message::builder()
            .from(from)
            .to(Mailbox::new(None, to))
            .subject(mail.subject.as_str())
            .message_id(Some(message_id))
            .multipart(MultiPart::alternative_plain_html(mail.body.clone(), super::html(&mail.body)))
            .map_err(|why| why.to_string())
    }
}

/// A wrong or missing sign-in at the mail server is a setting to be mended, not a reason to drop the mail.
fn is_about_the_sign_in(why: &lettre::transport::smtp::Error) -> bool {
    why.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538))
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut maker = std::fs::DirBuilder::new();
    maker.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    maker.create(folder)
}

/// Whole or not at all: a reader of the folder never sees half a mail.
fn write(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = file.with_extension("part");
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, file)
}
