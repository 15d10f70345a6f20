//! Owns the life of a serving centre: requests, mails, tidying, and a clean end.
//! Refuses to know what is served.
//! Invariant: when it returns, nothing is half done and the database is closed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::App;
use crate::{mail, routes, service};

/// How long open requests may go on after the end was asked for.
const GRACE: Duration = Duration::from_secs(10);

/// Serves on `listener` until `shutdown` ends.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (stop, stopped) = watch::channel(false);
    let deliver = {
        let (app, stopped) = (app.clone(), stopped.clone());
        tokio::spawn(async move { mail::deliver(&app, stopped).await })
    };
    let tidy = {
        let (app, stopped) = (app.clone(), stopped.clone());
        tokio::spawn(async move { service::tidy::tidy(&app, stopped).await })
    };
    let mut ending = stopped.clone();
    let router = routes::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        stop.send_replace(true);
    });
    let served = tokio::spawn(async move { served.await });
    let abort = served.abort_handle();
    let outcome = tokio::select! {
        outcome = served => outcome.unwrap_or_else(|why| Err(std::io::Error::other(why))),
        () = async { let _ = ending.wait_for(|ending| *ending).await; tokio::time::sleep(GRACE).await } => {
            tracing::warn!("open requests were cut off");
            abort.abort();
            Ok(())
        }
    };
    for (name, worker) in [("mail", deliver), ("tidying", tidy)] {
        // The last mail may wait for its server; it is sent again after the next start.
        let abort = worker.abort_handle();
        if tokio::time::timeout(GRACE, worker).await.is_err() {
            tracing::warn!(name, "a worker was cut off");
            abort.abort();
        }
    }
    app.store.close();
    outcome
}
