//! Owns the encrypted line to the database: whom it trusts, what it shows of itself.
//! Refuses to know what is sent.
//! Invariant: nothing is sent before the server has shown a certificate of the named root for the very host that was asked for.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use postgres::Socket;
use postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::store::StoreError;

/// The files that the address names.
pub(super) struct Files {
    pub(super) root: PathBuf,
    /// The centre's own certificate and its key, where the server wants one.
    pub(super) own: Option<(PathBuf, PathBuf)>,
}

/// How the line is encrypted.
#[derive(Clone)]
pub(crate) struct Tls(Arc<ClientConfig>);

const BAD_ROOT: StoreError = StoreError::Address("sslrootcert names no file with certificates (PEM)");
const BAD_OWN: StoreError =
    StoreError::Address("sslcert and sslkey name no certificate and its key (PEM, not encrypted)");

impl Tls {
    pub(super) fn open(files: &Files) -> Result<Self, StoreError> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&files.root).ok_or(BAD_ROOT)? {
            roots.add(certificate).map_err(|_| BAD_ROOT)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|why| StoreError::Commit(why.to_string()))?
            .with_root_certificates(roots);
        let config = match &files.own {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = certificates(certificate).ok_or(BAD_OWN)?;
                let key = PrivateKeyDer::from_pem_file(key).map_err(|_| BAD_OWN)?;
                config.with_client_auth_cert(chain, key).map_err(|_| BAD_OWN)?
            }
        };
        Ok(Self(Arc::new(config)))
    }
}

/// The certificates of a file; nothing when it holds none.
fn certificates(file: &Path) -> Option<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_file_iter(file).ok()?.collect::<Result<Vec<_>, _>>().ok()?;
    (!found.is_empty()).then_some(found)
}

/// One handshake.
pub(crate) struct Handshake {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Line;
    type TlsConnect = Handshake;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, Self::Error> {
        let name = ServerName::try_from(host.to_owned())?;
        Ok(Handshake { config: self.0.clone(), name })
    }
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Line;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Line>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        let made = tokio_rustls::TlsConnector::from(self.config).connect(self.name, socket);
        Box::pin(async move { made.await.map(|line| Line(Box::new(line))) })
    }
}

/// The line, once the server has shown who it is.
pub(crate) struct Line(Box<tokio_rustls::client::TlsStream<Socket>>);

impl TlsStream for Line {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
