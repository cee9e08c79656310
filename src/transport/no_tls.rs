//! What stands in for `tls` in a library without it. `options` refuses https:// and ca_file before
//! anything here could be asked for more.

#![forbid(unsafe_code)]

use ureq::Error;
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;
use ureq::unversioned::transport::{ConnectionDetails, Transport};

use crate::options::Settings;

use super::socket::Socket;

#[derive(Debug, Clone)]
pub(super) struct Tls;

impl Tls {
    pub(super) fn new() -> Tls {
        Tls
    }

    pub(super) fn wrap(
        &self,
        _: Socket,
        _: &ConnectionDetails,
    ) -> Result<Box<dyn Transport>, Error> {
        Err(Error::Tls("this library was built without TLS"))
    }
}

pub(super) fn configure(
    builder: ConfigBuilder<AgentScope>,
    _: &Settings,
) -> ConfigBuilder<AgentScope> {
    builder
}

pub(crate) fn holds_certificate(_: &[u8]) -> bool {
    false
}
