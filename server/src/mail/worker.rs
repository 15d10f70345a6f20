//! Owns when a waiting mail is tried, and tried again.
//! Refuses to know what mails say.
//! Invariant: a mail server that is down delays mails and nothing else.

use std::time::Duration;

use tokio::sync::watch;
use warifu_core::time::{DAY, SECOND, UnixMillis};

use super::post::NotTaken;
use crate::app::App;
use crate::store::StoreError;
use crate::store::outbox::{self, Waiting};

/// How often the outbox is looked at when nobody rings.
const LOOK: Duration = Duration::from_secs(1);
/// How many mails are taken in one look.
const TAKE: i64 = 32;
/// After how long a mail is given up, milliseconds.
const GIVE_UP: i64 = 3 * DAY;

/// Sends what waits until `stop` says so.
pub(crate) async fn deliver(app: &App, mut stop: watch::Receiver<bool>) {
    loop {
        match round(app).await {
            // A full round may have left some waiting.
            Ok(sent) if sent == TAKE as usize && !*stop.borrow() => continue,
            Ok(_) => {}
            Err(why) => tracing::error!(%why, "the outbox failed"),
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(LOOK) => {}
            () = app.bell.notified() => {}
        }
    }
}

/// Tries the mails whose time has come, until one has to wait: the server is then left alone until the next look.
/// How many left.
async fn round(app: &App) -> Result<usize, StoreError> {
    let now = app.clock.now();
    let waiting = app.store.read(|tx| outbox::due(tx, now, TAKE))?;
    let mut sent = 0;
    for mail in waiting {
        let outcome = app.post.send(&mail).await;
        let has_to_wait = matches!(outcome, Err(NotTaken::Later(_)));
        sent += usize::from(outcome.is_ok());
        let now = app.clock.now();
        app.store.write(move |tx| record(tx, &mail, &outcome, now)).await?;
        if has_to_wait {
            break;
        }
    }
    Ok(sent)
}

fn record(
    tx: &crate::store::Tx<'_>,
    mail: &Waiting,
    outcome: &Result<(), NotTaken>,
    now: UnixMillis,
) -> Result<(), StoreError> {
    match outcome {
        Ok(()) => outbox::sent(tx, mail.no, now),
        Err(NotTaken::Never(why)) => {
            tracing::warn!(mail = mail.no, kind = mail.kind, %why, "a mail was refused for good");
            outbox::failed(tx, mail.no, why, now)
        }
        Err(NotTaken::Later(why)) if now.0.saturating_sub(mail.created_at.0) >= GIVE_UP => {
            tracing::warn!(mail = mail.no, kind = mail.kind, %why, "a mail was given up");
            outbox::failed(tx, mail.no, why, now)
        }
        Err(NotTaken::Later(why)) => {
            let wait = backoff(mail.tries);
            tracing::warn!(mail = mail.no, kind = mail.kind, %why, wait_s = wait / SECOND, "a mail has to wait");
            outbox::later(tx, mail.no, why, now.plus(wait))
        }
    }
}

/// 1, 2, 4 … seconds, at most ten minutes.
fn backoff(tries: u32) -> i64 {
    (SECOND << tries.min(10)).min(600 * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_up_to_ten_minutes() {
        let seconds: Vec<_> = (0..12).map(|tries| backoff(tries) / SECOND).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
    }
}
