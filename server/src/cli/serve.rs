//! Owns `warifu-server serve`.
//! Refuses to know requests.
//! Invariant: the line on stdout appears when, and only when, requests are answered.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use super::{Outcome, Place, block_on};
use crate::app::{App, Lock};
use crate::clock::Clock;
use crate::config::Config;
use crate::{demo, line, serve};

/// What the centre opens besides connections: database, log, mail.
const OWN_FILES: usize = 64;

#[derive(Args)]
pub(super) struct Serve {
    #[command(flatten)]
    place: Place,
    /// Address and port to listen on, plain HTTP; port 0 takes a free one [default: 127.0.0.1:8701]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where devices reach this centre; stands on the demo's service card [default: where it listens]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Lay out the demo: institution 仙北信用組合 (10112235), its card signed by a root that everyone knows, its
    /// bearer key in FOLDER/demo/bank-10112235.key. Never on a centre that serves members.
    #[arg(long)]
    demo: bool,
}

impl Serve {
    pub(super) fn run(self) -> Outcome {
        let config = self.place.config(self.listen, self.public_url)?;
        let filter = EnvFilter::try_new(&config.log).map_err(|why| format!("the setting log: {why}"))?;
        let in_colour = std::io::stderr().is_terminal();
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(in_colour);
        log.with_writer(std::io::stderr).init();
        block_on(run(config, self.demo))?
    }
}

async fn run(config: Config, with_demo: bool) -> Outcome {
    let _lock = Lock::take(&config.folder)?;
    if let Some(files) = line::raise_open_files()
        && usize::try_from(files).is_ok_and(|files| files < config.limits.connections + OWN_FILES)
    {
        tracing::warn!(files, "the system lets this process open fewer files than it may have connections");
    }
    let app = App::open(&config, Clock::from_environment())?;
    let listener =
        TcpListener::bind(config.listen).await.map_err(|why| format!("{}: {why}", config.listen))?;
    let address = listener.local_addr()?;
    if with_demo {
        let url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        demo::lay_out(&app, &config.folder, &url).await?;
        tracing::warn!("this is a demo: its cards are signed by a root key that everyone knows");
    }
    let told = tokio::spawn(tell_when_ready(address));
    serve(listener, app, asked_to_stop()).await;
    told.abort();
    tracing::info!("stopped");
    Ok(())
}

/// The listener takes connections from when it is bound; the line follows when the first of them is answered.
async fn tell_when_ready(address: SocketAddr) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let ask = async {
        let mut connection = tokio::net::TcpStream::connect(address).await?;
        connection
            .write_all(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await?;
        let mut answer = [0; 12];
        connection.read_exact(&mut answer).await?;
        Ok::<_, std::io::Error>(answer.ends_with(b"200"))
    };
    match tokio::time::timeout(Duration::from_secs(30), ask).await {
        Ok(Ok(true)) => {
            println!("warifu-server listening on http://{address}");
        }
        _ => tracing::error!("the centre does not answer its own first request"),
    }
}

async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            },
            Err(_) => drop(tokio::signal::ctrl_c().await),
        }
    }
    #[cfg(not(unix))]
    drop(tokio::signal::ctrl_c().await);
    tracing::info!("stopping");
}
