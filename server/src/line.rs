//! Owns connections: how many may be open, for how long one may be silent, and how they end.
//! Refuses to know requests; they are the router's.
//! Invariant: a connection that sends or takes nothing costs a seat for a bounded time, and never the service.

mod taking;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower_service::Service as _;

use taking::Taking;

/// How long the head of a request may take to arrive, and how long a connection may be idle before the next one.
const SILENCE: Duration = Duration::from_secs(30);
/// The longest head that is read; no caller of these doors needs a quarter of it.
const LONGEST_HEAD: usize = 16 * 1024;
/// After a failure to take a connection that is not the caller's: the system is short of something.
const BREATH: Duration = Duration::from_millis(100);

/// The seats for connections.
pub(crate) struct Connections {
    seats: Arc<Semaphore>,
    http: http1::Builder,
}

impl Connections {
    pub(crate) fn at_most(seats: usize) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(SILENCE).max_buf_size(LONGEST_HEAD);
        // A caller that has said all may shut its half of the line: it still gets its answer.
        http.half_close(true);
        Self { seats: Arc::new(Semaphore::new(seats.min(Semaphore::MAX_PERMITS))), http }
    }

    /// Serves until `stopped` says so; whether all open requests ended within `grace` afterwards.
    pub(crate) async fn serve(
        &self,
        listener: &TcpListener,
        router: &Router,
        mut stopped: watch::Receiver<bool>,
        grace: Duration,
    ) -> bool {
        let open = GracefulShutdown::new();
        loop {
            let taken = tokio::select! {
                taken = listener.accept() => taken,
                _ = stopped.wait_for(|stopped| *stopped) => break,
            };
            match taken {
                // Without a seat it is closed at once: whoever has one goes on undisturbed.
                Ok((stream, from)) => {
                    if let Ok(seat) = Arc::clone(&self.seats).try_acquire_owned() {
                        self.spawn(stream, from, seat, router.clone(), open.watcher());
                    }
                }
                Err(why) if is_the_callers(&why) => {}
                Err(why) => {
                    tracing::error!(%why, "no connection can be taken");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
        tokio::time::timeout(grace, open.shutdown()).await.is_ok()
    }

    fn spawn(
        &self,
        stream: TcpStream,
        from: SocketAddr,
        seat: OwnedSemaphorePermit,
        router: Router,
        watcher: Watcher,
    ) {
        // Answers are small and leave in one piece: waiting for more would only delay them.
        if let Err(why) = stream.set_nodelay(true) {
            tracing::debug!(%why, "a connection keeps its delay");
        }
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(from));
            router.clone().call(request)
        });
        let connection = self.http.serve_connection(TokioIo::new(Taking::new(stream)), service);
        tokio::spawn(async move {
            // Silence, an answer that is not taken, a torn line or bytes that are no HTTP: the caller's own affair.
            if let Err(why) = watcher.watch(connection).await {
                tracing::debug!(%why, "a connection ended early");
            }
            drop(seat);
        });
    }
}

fn is_the_callers(why: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(why.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Lets this process hold as many connections as the system allows it to; how many files that are.
#[cfg(unix)]
pub(crate) fn raise_open_files() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let found = getrlimit(Resource::Nofile);
    if setrlimit(Resource::Nofile, Rlimit { current: found.maximum, ..found }).is_err() {
        return found.current;
    }
    found.maximum
}

/// Elsewhere there is no such limit to raise.
#[cfg(not(unix))]
pub(crate) fn raise_open_files() -> Option<u64> {
    None
}
