//! TLS over a socket, by rustls through ureq. Certificates are always verified; there is no way to
//! turn that off. `no_tls` stands in when the library is built without it.

#![forbid(unsafe_code)]

use std::sync::Arc;

use ureq::Error;
use ureq::config::ConfigBuilder;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::typestate::AgentScope;
use ureq::unversioned::transport::{ConnectionDetails, Connector, RustlsConnector, Transport};

use crate::options::Settings;

use super::socket::Socket;

/// TLS for all of a client's lines: they share the roots and the sessions that can be resumed.
#[derive(Debug, Clone)]
pub(super) struct Tls(Arc<RustlsConnector>);

impl Tls {
    pub(super) fn new() -> Tls {
        Tls(Arc::default())
    }

    /// Shakes hands within the exchange's deadline.
    pub(super) fn wrap(
        &self,
        socket: Socket,
        details: &ConnectionDetails,
    ) -> Result<Box<dyn Transport>, Error> {
        match Connector::connect(&*self.0, details, Some(socket))? {
            Some(transport) => Ok(Box::new(transport)),
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
