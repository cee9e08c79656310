//! TLS over a socket, by rustls through ureq. Certificates are always verified; there is no way to
//! turn that off. `no_tls` stands in when the library is built without it.

#![forbid(unsafe_code)]

use std::sync::Arc;

use ureq::Error;
use ureq::config::{Config, ConfigBuilder};
use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::typestate::AgentScope;
use ureq::unversioned::resolver::Resolver;
use ureq::unversioned::transport::time::Instant;
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, NextTimeout, RustlsConnector, Transport,
};

use crate::options::Settings;

use super::agent::NoResolver;
use super::socket::Socket;

/// TLS for all of a client's lines: they share the roots and the sessions that can be resumed.
#[derive(Clone)]
pub(super) struct Tls(Arc<Shared>);

struct Shared {
    connector: RustlsConnector,
    config: Config,
    origin: String,
}

impl Tls {
    pub(super) fn new(settings: &Settings, config: &Config) -> Tls {
        Tls(Arc::new(Shared {
            connector: RustlsConnector::default(),
            config: config.clone(),
            origin: settings.base.origin.clone(),
        }))
    }

    /// Shakes hands within the exchange's deadline.
    pub(super) fn wrap(&self, socket: Socket) -> Result<Box<dyn Transport>, Error> {
        let Shared { connector, config, origin } = &*self.0;
        let details = ConnectionDetails {
            uri: &Uri::try_from(format!("{origin}/")).map_err(ureq::http::Error::from)?,
            addrs: NoResolver.empty(),
            config,
            request_level: false,
            resolver: &NoResolver,
            // The socket keeps the time.
            now: Instant::AlreadyHappened,
            timeout: NextTimeout::default(),
            current_time: Arc::new(Instant::now),
            // The socket below is connected and is closed by nobody else.
            run_connector: Arc::new(|_| Err(Error::ConnectionFailed)),
            register_shutdown: Arc::new(|_| Ok(())),
        };
        match Connector::connect(connector, &details, Some(socket))? {
            Some(transport) if transport.is_tls() => Ok(Box::new(transport)),
            // It passes on what it thinks needs no TLS; here everything does.
            Some(_) => Err(Error::TlsRequired),
            None => Err(Error::ConnectionFailed),
        }
    }
}

pub(super) fn configure(
    builder: ConfigBuilder<AgentScope>,
    settings: &Settings,
) -> ConfigBuilder<AgentScope> {
    let roots = match &settings.ca_pem {
        None => RootCerts::WebPki,
        Some(pem) => RootCerts::Specific(Arc::new(certificates(pem).collect())),
    };
    builder.tls_config(TlsConfig::builder().root_certs(roots).build())
}

/// Whether a file's content has a certificate in it.
pub(crate) fn holds_certificate(pem: &[u8]) -> bool {
    certificates(pem).next().is_some()
}

fn certificates(pem: &[u8]) -> impl Iterator<Item = Certificate<'static>> {
    parse_pem(pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    })
}
