//! What stands in for `tls` in a library without it. `options` refuses https:// and ca_file before
//! anything here could be asked for more.

#![forbid(unsafe_code)]

use ureq::Error;
use ureq::config::{Config, ConfigBuilder};
use ureq::typestate::AgentScope;
use ureq::unversioned::transport::Transport;

use crate::options::Settings;

use super::socket::Socket;

#[derive(Clone)]
pub(super) struct Tls;

impl Tls {
    pub(super) fn new(_: &Settings, _: &Config) -> Tls {
        Tls
    }

    pub(super) fn wrap(&self, _: Socket) -> Result<Box<dyn Transport>, Error> {
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
