//! Owns an institution's internet-banking pages for one-time passwords, as a library and as `warifu-portal`.
//! Refuses to know keys, seeds and how a code is judged: the centre does, and is asked over its bank API.
//! Invariant: the pages work without JavaScript, GET changes nothing, and nothing typed is lost but passwords.

pub mod accounts;
mod agent;
mod assets;
mod bilingual;
pub mod bounces;
mod centre;
mod choice;
pub mod clock;
pub mod config;
mod cookie;
mod download;
mod edge;
mod failure;
mod form;
mod language;
mod look;
mod mails;
mod member;
mod origin;
mod page;
mod password;
mod patience;
mod post;
mod qr;
mod routes;
mod session;
mod shell;
mod staff;
pub mod staff_accounts;
mod start_password_twice;
pub mod store;
mod token;
mod typed_code;
mod unsure;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use warifu_core::ids::MemberId;
use warifu_core::wire::bank::{MemberStatus, Registration};

pub(crate) use crate::language::Language;
pub use crate::routes::router;

use crate::clock::Clock;
use crate::config::Config;
use crate::store::{Store, StoreError};

/// The portal: what every handler is given. A copy is cheap and is the same portal.
#[derive(Clone)]
pub struct App {
    pub(crate) config: Arc<Config>,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) centre: centre::Centre,
    pub(crate) passwords: password::Comparer,
    pub(crate) post: Arc<post::Post>,
    pub(crate) assets: Arc<assets::Assets>,
}

/// Why the portal did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The way to the centre.
    #[error("the centre's address: {0}")]
    Centre(String),
    /// The way to the mail server.
    #[error("the mail server's address: {0}")]
    Mail(String),
    /// Hashing.
    #[error("passwords cannot be hashed: {0}")]
    Hashing(String),
    /// The demo's accounts.
    #[error("the demo's accounts: {0}")]
    Demo(#[from] accounts::AccountError),
}

impl App {
    /// Puts the portal together. With `config.demo`, the demo's members and staff are made unless they are there.
    ///
    /// # Errors
    /// [`StartError`] when a part cannot be made.
    pub async fn new(config: Config, clock: Clock, store: Store) -> Result<Self, StartError> {
        if config.demo {
            accounts::add_demo_members(&store).await?;
            staff_accounts::add_demo_staff(&store, clock.now()).await?;
        }
        let centre = centre::Centre::new(&config.centre).map_err(|e| StartError::Centre(e.to_string()))?;
        let passwords = password::Comparer::new().map_err(|e| StartError::Hashing(e.to_string()))?;
        let post = Arc::new(post::Post::new(&config).map_err(|e| StartError::Mail(e.to_string()))?);
        let assets =
            Arc::new(assets::Assets::new(config.institution.accent, config.institution.logo.as_ref()));
        Ok(Self { config: Arc::new(config), clock, store, centre, passwords, post, assets })
    }

    /// Asks the centre about somebody, and lets what it said take effect here; the serial is kept for staff to search
    /// by.
    pub(crate) async fn status(&self, member: &MemberId) -> Result<MemberStatus, centre::CentreError> {
        let status = self.centre.status(member).await?;
        if let Err(error) = self.heed(member, status.registration).await {
            tracing::error!(%error, "what the centre said has not taken effect");
        }
        let living = status.token.as_ref().map(|token| &token.serial);
        if let Some(serial) = living.or(status.ended.as_ref().map(|end| &end.serial))
            && let Err(error) = self.store.note_serial(serial, member).await
        {
            tracing::warn!(%error, "a serial cannot be kept for the search");
        }
        Ok(status)
    }

    /// What follows here from what the centre said of somebody: without a token in use, the own limit falls; with one
    /// that has stopped, every session ends, whoever stopped it.
    pub(crate) async fn heed(&self, member: &MemberId, now: Registration) -> Result<(), StoreError> {
        if now != Registration::Active {
            self.store.fall_limit(member).await?;
        }
        if now == Registration::Suspended {
            self.store.end_sessions_of(member).await?;
        }
        Ok(())
    }

    /// Tries every mail whose turn has come, once: what [`serve`] does by itself, for tests.
    ///
    /// # Errors
    /// [`StoreError`] when the outbox cannot be read.
    pub async fn carry_mails(&self) -> Result<(), StoreError> {
        self.post.carry_due(&self.store, &self.clock).await
    }

    /// Ends every token whose cooling-off is over, once: what [`serve`] does by itself. What fails is logged and is
    /// tried again the next time.
    pub async fn carry_releases(&self) {
        if let Err(failure) = staff::releases::carry_due(self).await {
            failure.log("release");
        }
    }
}

/// How long requests may take to end after `shutdown`.
const FAREWELL: Duration = Duration::from_secs(10);
/// How often the ends of cooling-offs are looked for.
const LOOK: Duration = Duration::from_secs(2);
/// How often what has run out is forgotten.
const SWEEP: Duration = Duration::from_secs(600);

/// Answers on `listener` and carries mails until `shutdown` is done; then lets running requests end.
///
/// # Errors
/// Those of the listener.
pub async fn serve(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let carrier = tokio::spawn(Arc::clone(&app.post).carry(app.store.clone(), app.clock.clone()));
    let sweeper = tokio::spawn(sweep(app.clone()));
    let releaser = tokio::spawn(release(app.clone()));
    let (ending, mut ended) = tokio::sync::watch::channel(false);
    let stop = async move {
        shutdown.await;
        let _ = ending.send(true);
    };
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(stop);
    let too_long = async move {
        let _ = ended.wait_for(|is_ending| *is_ending).await;
        tokio::time::sleep(FAREWELL).await;
    };
    let result = tokio::select! {
        result = server => result,
        () = too_long => Ok(()),
    };
    carrier.abort();
    sweeper.abort();
    releaser.abort();
    result
}

async fn release(app: App) {
    loop {
        app.carry_releases().await;
        tokio::time::sleep(LOOK).await;
    }
}

async fn sweep(app: App) {
    loop {
        if let Err(error) = app.store.sweep(app.clock.now().0).await {
            tracing::error!(%error, "what has run out cannot be forgotten");
        }
        tokio::time::sleep(SWEEP).await;
    }
}
