//! TLS by rustls. Certificates are always verified; there is no way to turn that off. `no_tls`
//! stands in when the library is built without it.

#![forbid(unsafe_code)]

use std::io::{self, Read, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::crypto::{CryptoProvider, KeyProvider, ring};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::sign::SigningKey;
use rustls::{ALL_VERSIONS, ClientConfig, ClientConnection, RootCertStore};

use crate::error::Error;
use crate::sys;

use super::ca_file;

/// Whom to trust: the certificates of the ca_file, or the built-in ones.
#[derive(Clone, Default)]
pub(super) struct Trust(Option<Arc<RootCertStore>>);

impl Trust {
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Trust, Error> {
        Ok(Trust(ca_file.map(ca_file::read).transpose()?.map(Arc::new)))
    }
}

/// TLS for all of a client's connections: they share the sessions that can be resumed.
pub(super) struct Tls {
    trust: Trust,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Tls {
    pub(super) fn new(trust: Trust) -> Tls {
        Tls { trust, config: OnceLock::new() }
    }

    /// A session with that host, before its handshake; else why there is none.
    pub(super) fn session(&self, host: &str) -> Result<Session, String> {
        let host = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let connection = ClientConnection::new(self.config()?, host);
        connection.map(Session).map_err(|error| error.to_string())
    }

    fn config(&self) -> Result<Arc<ClientConfig>, String> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let provider = provider();
        // Without them nothing below can work, and some of it would panic.
        if !has_random_numbers(&provider) {
            return Err(
                "the system has no random numbers: neither getrandom() nor /dev/urandom".to_owned()
            );
        }
        let roots = match &self.trust {
            Trust(Some(roots)) => Arc::clone(roots),
            Trust(None) => {
                let roots = webpki_roots::TLS_SERVER_ROOTS.to_vec();
                Arc::new(RootCertStore { roots })
            }
        };
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(ALL_VERSIONS)
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::clone(self.config.get_or_init(|| Arc::new(config))))
    }
}

/// Alone in a function ring's provider is looked into by the compiler, which leaves out what is
/// replaced here.
#[inline(never)]
fn provider() -> CryptoProvider {
    CryptoProvider { key_provider: &NoKeys, ..ring::default_provider() }
}

/// The platform asks for no certificate of the client's. Without keys to load, all that would sign
/// with them stays out of the library.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(
        &self,
        _: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("this client has no keys".to_owned()))
    }
}

fn has_random_numbers(provider: &CryptoProvider) -> bool {
    provider.secure_random.fill(&mut [0; 8]).is_ok()
}

/// One connection's TLS. It moves bytes and waits for nothing.
pub(super) struct Session(ClientConnection);

impl Session {
    pub(super) fn is_handshaking(&self) -> bool {
        self.0.is_handshaking()
    }

    /// Takes bytes to be sent, and says how many.
    pub(super) fn queue(&mut self, bytes: &[u8]) -> usize {
        // It only copies into a buffer, whose limit is a count and no error.
        self.0.writer().write(bytes).unwrap_or(0)
    }

    pub(super) fn wants_to_write(&self) -> bool {
        self.0.wants_write()
    }

    pub(super) fn write_to(&mut self, stream: &TcpStream) -> io::Result<usize> {
        self.0.write_tls(&mut Outlet(stream))
    }

    pub(super) fn read_from(&mut self, source: &mut dyn Read) -> io::Result<usize> {
        self.0.read_tls(source)
    }

    /// Looks at what was read.
    pub(super) fn process(&mut self) -> Result<(), String> {
        self.0.process_new_packets().map(|_| ()).map_err(|error| error.to_string())
    }

    /// What the other side has said. `WouldBlock` where more has to be read first.
    pub(super) fn plaintext(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.reader().read(room)
    }

    /// Whether something was said that has not been taken, the end of all talk among it.
    pub(super) fn has_plaintext(&mut self) -> bool {
        !self
            .0
            .process_new_packets()
            .is_ok_and(|state| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed())
    }
}

/// A socket that is written to without waiting.
struct Outlet<'a>(&'a TcpStream);

impl io::Write for Outlet<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        sys::send_some(self.0, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
