//! How ureq is set up: it looks nothing up and connects to nobody. It is handed the connection that
//! the exchange holds and reads the answer from it.

#![forbid(unsafe_code)]

use std::sync::Arc;

use ureq::config::Config;
use ureq::http::{Request, Uri};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout};
use ureq::{Agent, Error};

use crate::options::Settings;
use crate::sys::PerProcess;

use super::exchange::Exchange;
use super::socket::{self, MAX_HEAD};
use super::tls;
use super::wire::Wire;

pub(super) fn agent(config: &Config, exchange: &Arc<Exchange>) -> Agent {
    Agent::with_parts(config.clone(), Handover(Arc::clone(exchange)), NoResolver)
}

/// What ureq is asked for. Nothing of it is ever sent; it names no port, which would cost time.
pub(super) fn question() -> Request<()> {
    let mut request = Request::new(());
    *request.uri_mut() = Uri::from_static("http://ytx/");
    request
}

#[derive(Debug)]
struct Handover(Arc<Exchange>);

impl Connector for Handover {
    type Out = Wire;

    fn connect(&self, _: &ConnectionDetails, _: Option<()>) -> Result<Option<Wire>, Error> {
        let connection = self.0.with(|state| state.handed.take()).flatten();
        Ok(connection.map(|connection| Wire::new(connection, &self.0)))
    }
}

#[derive(Debug)]
pub(super) struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

/// What ureq is told for every line. Its defaults include redirects, errors for statuses, a proxy
/// from the environment, and buffers of 128 KiB; none of that is wanted.
///
/// Making one reads the proxy variables of the environment: ureq offers no other way. What they
/// hold is thrown away, and the usual one is made only once a process.
pub(super) fn config(settings: &Settings) -> Config {
    static USUAL: PerProcess<Config> = PerProcess::new();
    match settings.ca_pem {
        None => USUAL.get_or_init(|| make_config(settings)).clone(),
        Some(_) => make_config(settings),
    }
}

fn make_config(settings: &Settings) -> Config {
    let builder = Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent("")
        .accept("")
        .accept_encoding("")
        .max_response_header_size(MAX_HEAD)
        .input_buffer_size(2 * MAX_HEAD)
        .output_buffer_size(socket::output_room(true))
        .max_idle_connections(0);
    tls::configure(builder, settings).build()
}
