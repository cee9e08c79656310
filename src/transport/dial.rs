//! Making a connection: a socket to the server or its proxy, a tunnel through the proxy for https,
//! TLS on top. All of it falls under the connect timeout.

#![forbid(unsafe_code)]

use std::sync::Arc;

use ureq::Error;

use crate::error::Kind;
use crate::options::{Endpoint, Proxy, Settings};

use super::connect::{self, Problem};
use super::connection::Connection;
use super::exchange::Exchange;
use super::socket::{self, MAX_HEAD, Socket};
use super::tls::Tls;
use super::wire::status_line;

/// Makes a line's connections.
pub(super) struct Dialer {
    pub(super) settings: Arc<Settings>,
    pub(super) exchange: Arc<Exchange>,
    pub(super) tls: Tls,
}

impl Dialer {
    /// A connection on which nothing has been asked yet.
    pub(super) fn dial(&self) -> Result<Connection, Error> {
        let whole = self.exchange.deadline()?;
        self.exchange.with(|state| state.deadline = whole.part(self.settings.connect_timeout));
        let connection = self.connect_and_secure()?;
        self.exchange.with(|state| state.deadline = whole);
        Ok(connection)
    }

    fn connect_and_secure(&self) -> Result<Connection, Error> {
        let Settings { base, proxy, .. } = &*self.settings;
        let nearest = proxy.as_ref().map_or(&base.endpoint, |proxy| &proxy.endpoint);
        let mut socket = self.connect_to(nearest)?;
        if !base.https {
            return Ok(Connection::Plain(socket));
        }
        if let Some(proxy) = proxy {
            self.tunnel(&mut socket, proxy, &base.endpoint)?;
        }
        self.tls.wrap(socket).map(Connection::Tls).map_err(|error| {
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
                let https = self.settings.base.https;
                Ok(Socket::new(stream, server, socket::output_room(https), &self.exchange))
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
        let status = status_line(socket.input().filled());
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
