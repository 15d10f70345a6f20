//! Owns the life of a serving centre: requests, mails, tidying, and a clean end.
//! Refuses to know what is served.
//! Invariant: when it returns, nothing is half done and the database is closed.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::App;
use crate::{health, line, mail, routes, service};

/// How long open requests may go on after the end was asked for.
const GRACE: Duration = Duration::from_secs(10);

/// Serves on `listener` until `shutdown` ends.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let (stop, stopped) = watch::channel(false);
    let deliver = {
        let (app, stopped) = (app.clone(), stopped.clone());
        tokio::spawn(async move { mail::deliver(&app, stopped).await })
    };
    let tidy = {
        let (app, stopped) = (app.clone(), stopped.clone());
        tokio::spawn(async move { service::tidy::tidy(&app, stopped).await })
    };
    let watch = {
        let (app, stopped) = (app.clone(), stopped.clone());
        tokio::spawn(async move { health::watch(&app, stopped).await })
    };
    tokio::spawn(async move {
        shutdown.await;
        stop.send_replace(true);
    });
    let connections = line::Connections::at_most(app.limits.connections);
    let router = routes::router(app.clone());
    if !connections.serve(&listener, &router, stopped, GRACE).await {
        tracing::warn!("open requests were cut off");
    }
    for (name, worker) in [("mail", deliver), ("tidying", tidy), ("clock", watch)] {
        // The last mail may wait for its server; it is sent again after the next start.
        let abort = worker.abort_handle();
        if tokio::time::timeout(GRACE, worker).await.is_err() {
            tracing::warn!(name, "a worker was cut off");
            abort.abort();
        }
    }
    app.store.close();
}
