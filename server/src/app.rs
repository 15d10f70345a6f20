//! Owns everything that a request needs: store, keys, clock, cards, mail.
//! Refuses to know requests.
//! Invariant: opening it makes what is missing on an empty folder, and replaces nothing that is there.

use std::fs::{DirBuilder, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::RngCore as _;
use rand::rngs::OsRng;
use tokio::sync::Notify;

use crate::cards::Cards;
use crate::clock::Clock;
use crate::config::{Config, Limits};
use crate::health::Told;
use crate::keys::{KeyError, Keys};
use crate::mail::{BadRoute, Post};
use crate::service::institution::KnownKeys;
use crate::service::oversight::KnownFigures;
use crate::service::{Lately, Stretching};
use crate::store::{Store, StoreError, institutions};

/// The token centre, ready to serve.
pub struct App {
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    pub(crate) clock: Clock,
    pub(crate) cards: Cards,
    pub(crate) post: Post,
    /// Rung when a mail was queued.
    pub(crate) bell: Notify,
    pub(crate) stretching: Stretching,
    pub(crate) lately: Lately,
    pub(crate) known_keys: KnownKeys,
    pub(crate) known_figures: KnownFigures,
    /// Held by the one check of an audit log that may run at a time.
    pub(crate) checking: Arc<tokio::sync::Mutex<()>>,
    /// Whether the log knows that the clock is off.
    pub(crate) told_clock: Told,
    pub(crate) limits: Limits,
    pub(crate) download_url: String,
    /// Whether X-Forwarded-For was written by our own proxy.
    pub(crate) behind_proxy: bool,
}

/// Why the centre cannot open its folder.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct CannotOpen(#[from] Why);

#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("the folder {0}: {1}")]
    Folder(PathBuf, std::io::Error),
    #[error("another warifu-server is using the folder {0}")]
    InUse(PathBuf),
    #[error(transparent)]
    Store(StoreError),
    #[error(transparent)]
    Key(KeyError),
    #[error(transparent)]
    Mail(BadRoute),
}

/// A lock on a folder: two servers must not send the same mails.
pub(crate) struct Lock(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl Lock {
    pub(crate) fn take(folder: &Path) -> Result<Self, CannotOpen> {
        make_private(folder)?;
        let path = folder.join("lock");
        let failed = |why| Why::Folder(path.clone(), why);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(std::fs::TryLockError::WouldBlock) => Err(Why::InUse(folder.to_owned()).into()),
            Err(std::fs::TryLockError::Error(why)) => Err(Why::Folder(path, why).into()),
        }
    }
}

impl App {
    /// Opens the folder that the configuration names.
    ///
    /// # Errors
    /// [`CannotOpen`], in words for the person who starts it.
    pub fn open(config: &Config, clock: Clock) -> Result<Arc<Self>, CannotOpen> {
        make_private(&config.folder)?;
        let store = match &config.database {
            None => Store::open_sqlite(&config.folder.join("warifu.db")),
            Some(url) => Store::open_postgres(url, &writer(&config.folder)?),
        };
        let store = store.map_err(Why::Store)?;
        let is_new = store.read(institutions::all).map_err(Why::Store)?.is_empty();
        let keys = Keys::open(&config.folder.join("keys"), is_new).map_err(Why::Key)?;
        let post = Post::open(&config.mail_route(), &config.mail_from).map_err(Why::Mail)?;
        Ok(Arc::new(Self {
            store,
            keys,
            clock,
            cards: Cards::new(config.folder.join("cards")),
            post,
            bell: Notify::new(),
            stretching: Stretching::new(&config.limits),
            lately: Lately::default(),
            known_keys: KnownKeys::default(),
            known_figures: KnownFigures::default(),
            checking: Arc::default(),
            told_clock: Told::default(),
            limits: config.limits,
            download_url: config.download_url.clone(),
            behind_proxy: config.behind_proxy,
        }))
    }
}

/// This centre's name in the audit chains of a database that it shares: drawn once, kept in its folder.
fn writer(folder: &Path) -> Result<String, CannotOpen> {
    let path = folder.join("writer");
    let failed = |why| Why::Folder(path.clone(), why);
    match std::fs::read_to_string(&path) {
        Ok(name) if !name.trim().is_empty() => return Ok(name.trim().to_owned()),
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(failed(why).into()),
        _ => {}
    }
    let name = format!("{:08x}", OsRng.next_u32());
    std::fs::write(&path, format!("{name}\n")).map_err(failed)?;
    Ok(name)
}

fn make_private(folder: &Path) -> Result<(), CannotOpen> {
    let mut maker = DirBuilder::new();
    maker.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    maker.create(folder).map_err(|why| Why::Folder(folder.to_owned(), why).into())
}
