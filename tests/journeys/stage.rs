//! Owns what every journey begins with: centre, portal, mail server, browser, desktop session, all on one clock.
//! Refuses to know the journeys.
//! Invariant: journeys run one after another, so that two of them do not fight for the machine.

use std::sync::Arc;

use harness::browser::Browser;
use harness::centre::{Centre, Wishes};
use harness::clock::Clock;
use harness::mail::MailServer;
use harness::portal::{self, Portal};
use harness::session::Session;
use harness::window::Opening;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

pub(crate) static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// The stage of one journey. Fields are dropped in this order: browser first, folder last.
pub(crate) struct Stage {
    pub(crate) browser: Browser,
    pub(crate) portal: Portal,
    pub(crate) centre: Centre,
    pub(crate) mail: MailServer,
    pub(crate) session: Session,
    pub(crate) clock: Arc<Clock>,
    pub(crate) folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Stage {
    /// Sets it. `public_url` is where devices are told to reach the centre, when that is not its own address.
    pub(crate) async fn set(public_url: Option<String>) -> Self {
        Self::set_with(public_url, Vec::new()).await
    }

    /// Sets it with further settings of the centre, by the names of their variables.
    pub(crate) async fn set_with(public_url: Option<String>, settings: Vec<(&'static str, String)>) -> Self {
        Self::build(public_url, settings, String::new()).await
    }

    /// Sets it with settings of the portal that lie over those of the demo.
    pub(crate) async fn set_for(portal: String) -> Self {
        Self::build(None, Vec::new(), portal).await
    }

    async fn build(
        public_url: Option<String>,
        settings: Vec<(&'static str, String)>,
        portal: String,
    ) -> Self {
        let turn = ONE_AT_A_TIME.lock().await;
        let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
        let clock = Arc::new(Clock::new(folder.path()));
        let mail = MailServer::start(folder.path()).await;
        let wishes = Wishes { public_url, smtp: Some(mail.url()), settings };
        let centre = Centre::start(folder.path(), &clock, &wishes);
        let wishes = portal::Wishes { smtp: Some(mail.url()), settings: portal, ..portal::Wishes::default() };
        let portal = Portal::start_as(folder.path(), &clock, &centre, &wishes);
        let session = Session::open(folder.path()).await;
        let browser = Browser::open(folder.path()).await;
        Self { browser, portal, centre, mail, session, clock, folder, _turn: turn }
    }

    /// How the app is opened on this stage, asking `centre` for cards.
    pub(crate) fn opening<'a>(&'a self, centre: &'a str) -> Opening<'a> {
        Opening { session: &self.session, centre, clock: &self.clock, folder: self.folder.path() }
    }
}
