//! Making a connection for ureq: a socket to the server or its proxy, a tunnel through the proxy
//! for https, TLS on top. All of it falls under the connect timeout.

#![forbid(unsafe_code)]

use std::sync::Arc;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout};

use crate::error::Kind;
use crate::options::{Endpoint, Proxy, Settings};
use crate::sys::PerProcess;

use super::connect::{self, Problem};
use super::exchange::{Exchange, Phase};
use super::socket::{self, MAX_HEAD, Socket};
use super::tls::{self, Tls};
use super::wire::{self, Below, Wire};

/// Makes a line's connections.
#[derive(Debug)]
pub(super) struct Dialer {
    settings: Arc<Settings>,
    exchange: Arc<Exchange>,
    tls: Tls,
}

impl Dialer {
    pub(super) fn new(settings: &Arc<Settings>, exchange: &Arc<Exchange>, tls: &Tls) -> Dialer {
        let (settings, exchange) = (Arc::clone(settings), Arc::clone(exchange));
        Dialer { settings, exchange, tls: tls.clone() }
    }

    fn dial(&self, details: &ConnectionDetails) -> Result<Below, Error> {
        let Settings { base, proxy, .. } = &*self.settings;
        let nearest = proxy.as_ref().map_or(&base.endpoint, |proxy| &proxy.endpoint);
        let mut socket = self.connect_to(nearest)?;
        if !base.https {
            return Ok(Below::Plain(socket));
        }
        if let Some(proxy) = proxy {
            self.tunnel(&mut socket, proxy, &base.endpoint)?;
        }
        self.tls.wrap(socket, details).map(Below::Tls).map_err(|error| {
            // A connection that breaks in the handshake is most often a port without TLS.
            let broke = self.exchange.with(|state| {
                state.failure.take_if(|(kind, _)| *kind == Kind::Io).map(|(_, message)| message)
            });
            let why = broke.flatten().unwrap_or_else(|| error.to_string());
            self.exchange.fail(Kind::Tls, format!("TLS with {} failed: {why}", base.endpoint))
        })
    }

    fn connect_to(&self, server: &Endpoint) -> Result<Socket, Error> {
        let deadline = self.exchange.deadline()?;
        match connect::connect(server, &deadline) {
            Ok(stream) => {
                let Settings { base, .. } = &*self.settings;
                let output_room = socket::output_room(base.endpoint.host.len(), base.https);
                Ok(Socket::new(stream, server, output_room, &self.exchange))
            }
            Err(Problem::Stop(stop)) => Err(self.exchange.stopped(stop, &deadline, server)),
            Err(Problem::System(error)) => {
                let message = format!("cannot connect to {server}: {error}");
                Err(self.exchange.fail(Kind::Connect, message))
            }
        }
    }

    /// Asks the proxy for a way through to the server.
    fn tunnel(&self, socket: &mut Socket, proxy: &Proxy, server: &Endpoint) -> Result<(), Error> {
        let authorization = match &proxy.authorization {
            Some(value) => format!("Proxy-Authorization: {}\r\n", **value),
            None => String::new(),
        };
        let ask = format!("CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n{authorization}\r\n");
        socket.send(ask.as_bytes())?;
        let refuse = |message: String| Err(self.exchange.fail(Kind::Connect, message));
        let broken = |why: &str| refuse(format!("the proxy {} {why}", proxy.endpoint));
        let end = loop {
            let so_far = socket.input().filled();
            if let Some(at) = so_far.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            if so_far.len() > MAX_HEAD {
                return broken("did not answer in HTTP");
            }
            if !socket.receive()? {
                return broken("closed the connection");
            }
        };
        let status = wire::status_line(socket.input().filled());
        socket.input().consume(end);
        let Some(status) = status else {
            return broken("did not answer in HTTP");
        };
        if (200..300).contains(&status) {
            return Ok(());
        }
        self.exchange.with(|state| state.status = Some(status));
        match status {
            407 => refuse(proxy.wants_password()),
            _ => broken(&format!("refused to connect to {server} (HTTP {status})")),
        }
    }
}

impl Connector for Dialer {
    type Out = Wire;

    fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<Wire>, Error> {
        let whole = self.exchange.deadline()?;
        self.exchange.with(|state| {
            state.phase = Phase::Connecting;
            state.deadline = whole.part(self.settings.connect_timeout);
        });
        let below = self.dial(details)?;
        self.exchange.with(|state| {
            state.phase = Phase::Talking;
            state.deadline = whole;
        });
        Ok(Some(Wire::new(below, &self.exchange)))
    }
}

/// ureq resolves before it looks for a kept connection; here `connect` does it when needed.
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
    /// No name in the DNS is longer.
    const USUAL_HOST: usize = 255;
    let host = settings.base.endpoint.host.len();
    if settings.ca_pem.is_none() && host <= USUAL_HOST {
        USUAL.get_or_init(|| make_config(settings, USUAL_HOST)).clone()
    } else {
        make_config(settings, host)
    }
}

fn make_config(settings: &Settings, host: usize) -> Config {
    let builder = ureq::Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent("")
        .accept("")
        .accept_encoding("")
        .max_response_header_size(MAX_HEAD)
        .input_buffer_size(2 * MAX_HEAD)
        .output_buffer_size(socket::output_room(host, true))
        .max_idle_connections(1)
        .max_idle_connections_per_host(1)
        .max_idle_age(std::time::Duration::MAX);
    tls::configure(builder, settings).build()
}
