//! Owns how mails leave: the outbox's carrier, its retries, the files when there is no mail server.
//! Refuses to know what a mail says.
//! Invariant: a mail is tried until it is taken over, refused for good or past its time; none is lost by a restart.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use tokio::sync::Notify;
use warifu_core::time::{SECOND, UnixMillis};
use warifu_core::wire::bank::MailState;

use crate::config;
use crate::store::outbox::DueMail;
use crate::store::{Store, StoreError, make_private, touch_private};

/// The carrier of this institution's mails.
pub(crate) struct Post {
    from: Mailbox,
    carrier: Carrier,
    wake: Notify,
}

enum Carrier {
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
    Folder(PathBuf),
}

enum Outcome {
    Sent,
    Refused(String),
    Later(String),
}

/// Nothing wakes the loop when a clock has moved: it looks by itself this often.
const LOOK: Duration = Duration::from_secs(1);
/// Waits between tries, milliseconds; the last one repeats.
const PAUSES: [i64; 5] = [2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND, 60 * SECOND];

impl Post {
    pub(crate) fn new(config: &config::Config) -> Result<Self, smtp::Error> {
        let carrier = match &config.mail.smtp {
            Some(url) => {
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?;
                Carrier::Smtp(Box::new(builder.timeout(Some(Duration::from_secs(10))).build()))
            }
            None => Carrier::Folder(config.folder.join("mail")),
        };
        Ok(Self { from: config.mail.from.clone(), carrier, wake: Notify::new() })
    }

    /// A mail was just put into the outbox.
    pub(crate) fn hurry(&self) {
        self.wake.notify_one();
    }

    /// Carries mails for as long as the program runs.
    pub(crate) async fn carry(self: Arc<Self>, store: Store, clock: crate::clock::Clock) {
        loop {
            if let Err(error) = self.carry_due(&store, &clock).await {
                tracing::error!(%error, "the outbox cannot be read");
            }
            let _ = tokio::time::timeout(LOOK, self.wake.notified()).await;
        }
    }

    /// Tries every mail whose turn has come.
    pub(crate) async fn carry_due(
        &self,
        store: &Store,
        clock: &crate::clock::Clock,
    ) -> Result<(), StoreError> {
        while let Some(mail) = store.due_mail(clock.now()).await? {
            match self.hand_over(&mail, clock.now()).await {
                Outcome::Sent => {
                    store.settle_mail(mail.id, MailState::Sent).await?;
                    tracing::info!(mail = mail.id, "a mail was taken over");
                }
                Outcome::Refused(why) => {
                    store.settle_mail(mail.id, MailState::Failed).await?;
                    tracing::warn!(mail = mail.id, why, "a mail was refused for good");
                }
                Outcome::Later(why) => {
                    let pause = PAUSES[(mail.tries as usize).min(PAUSES.len() - 1)];
                    store.postpone_mail(mail.id, clock.now().plus(pause)).await?;
                    tracing::warn!(mail = mail.id, why, "a mail has to wait");
                }
            }
        }
        Ok(())
    }

    async fn hand_over(&self, mail: &DueMail, now: UnixMillis) -> Outcome {
        let message = match self.write(mail, now) {
            Ok(message) => message,
            Err(why) => return Outcome::Refused(why),
        };
        match &self.carrier {
            Carrier::Smtp(server) => match server.send(message).await {
                Ok(_) => Outcome::Sent,
                Err(error) if error.is_permanent() => Outcome::Refused(reason(&error)),
                Err(error) => Outcome::Later(reason(&error)),
            },
            Carrier::Folder(folder) => {
                let (folder, name) = (folder.clone(), format!("{}-{}.eml", now.0, mail.id));
                let write = move || {
                    make_private(&folder)?;
                    let unfinished = folder.join(format!(".{name}"));
                    touch_private(&unfinished)?;
                    std::fs::write(&unfinished, message.formatted())?;
                    std::fs::rename(unfinished, folder.join(name))
                };
                match tokio::task::spawn_blocking(write).await {
                    Ok(Ok(())) => Outcome::Sent,
                    Ok(Err(error)) => Outcome::Later(error.to_string()),
                    Err(_) => Outcome::Later("writing was broken off".to_owned()),
                }
            }
        }
    }

    fn write(&self, mail: &DueMail, now: UnixMillis) -> Result<Message, String> {
        let to = mail.to.parse().map_err(|_| "the address cannot be used".to_owned())?;
        let date = UNIX_EPOCH.checked_add(Duration::from_millis(now.0.max(0).unsigned_abs()));
        let id = format!("<{}.{}@{}>", now.0, mail.id, self.from.email.domain());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .date(date.unwrap_or_else(SystemTime::now))
            .message_id(Some(id))
            .subject(mail.subject.clone())
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
            .map_err(|_| "the message cannot be built".to_owned())
    }
}

/// The kind and the server's number, not the server's words: they may repeat the recipient.
fn reason(error: &smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("the mail server answered {code}"),
        None if error.is_timeout() => "the mail server did not answer in time".to_owned(),
        None => "the mail server could not be reached".to_owned(),
    }
}
