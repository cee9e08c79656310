//! Making a connection: a socket to the server or its proxy, a tunnel through the proxy for https,
//! TLS on top. All of it falls under the connect timeout.

#![forbid(unsafe_code)]

use std::net::IpAddr;

use crate::error::Kind;
use crate::options::Settings;
use crate::url::{Endpoint, Proxy};

use super::connect::{self, Problem};
use super::connection::Connection;
use super::deadline::Deadline;
use super::failure::Failure;
use super::tls::Tls;

/// A connection on which nothing has been asked yet.
pub(super) fn dial(
    settings: &Settings,
    tls: &Tls,
    whole: &Deadline,
) -> Result<Box<Connection>, Failure> {
    let Settings { base, proxy, .. } = settings;
    let nearest = proxy.as_ref().map_or(&base.endpoint, |proxy| &proxy.endpoint);
    let mut connection =
        connect_to(nearest, settings.source, whole.part(settings.connect_timeout))?;
    if base.https {
        if let Some(proxy) = proxy {
            tunnel(&mut connection, proxy, &base.endpoint)?;
        }
        secure(&mut connection, tls, &base.endpoint)?;
    }
    Ok(connection)
}

fn connect_to(
    server: &Endpoint,
    source: Option<IpAddr>,
    deadline: Deadline,
) -> Result<Box<Connection>, Failure> {
    match connect::connect(server, source, &deadline) {
        Ok(stream) => Ok(Box::new(Connection::new(stream, server, deadline))),
        Err(Problem::Stop(stop)) => Err(Failure::stopped(stop, || {
            format!("no connection to {server} within {} ms", deadline.allowed.as_millis())
        })),
        Err(Problem::System(why)) => Err(cannot_connect(server, source, &why)),
        Err(Problem::Starved(why)) => {
            Err(Failure { starved: true, ..cannot_connect(server, source, &why) })
        }
    }
}

fn cannot_connect(server: &Endpoint, source: Option<IpAddr>, why: &str) -> Failure {
    let from = source.map_or_else(String::new, |source| format!(" from {source}"));
    Failure::new(Kind::Connect, format!("cannot connect to {server}{from}: {why}"))
}

/// Asks the proxy for a way through to the server.
fn tunnel(connection: &mut Connection, proxy: &Proxy, server: &Endpoint) -> Result<(), Failure> {
    let authorization = match &proxy.authorization {
        Some(value) => format!("Proxy-Authorization: {}\r\n", **value),
        None => String::new(),
    };
    let ask = format!("CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n{authorization}\r\n");
    connection.send(ask.as_bytes())?;
    let refusal = |why: String| Failure::new(Kind::Connect, why);
    let status = match connection.receive_tunnel() {
        Ok(status) => status,
        Err(failure) => match (failure.kind, failure.status) {
            // It refuses, whatever is wrong with the rest of its answer.
            (Kind::Http | Kind::Io, Some(status)) => status,
            (Kind::Response, _) => {
                let why = format!("the proxy {} did not answer in HTTP", proxy.endpoint);
                return Err(refusal(why));
            }
            (Kind::Io, _) => {
                let why = format!("the proxy {} closed the connection", proxy.endpoint);
                return Err(refusal(why));
            }
            _ => return Err(failure),
        },
    };
    let why = match status {
        200..=299 => {
            connection.server = server.clone();
            return Ok(());
        }
        407 => proxy.wants_password(),
        _ => format!("the proxy {} refused to connect to {server} (HTTP {status})", proxy.endpoint),
    };
    Err(Failure { status: Some(status), ..refusal(why) })
}

fn secure(connection: &mut Connection, tls: &Tls, server: &Endpoint) -> Result<(), Failure> {
    let failed = |why: String| Failure::new(Kind::Tls, format!("TLS with {server} failed: {why}"));
    let session = tls.session(&server.host).map_err(failed)?;
    connection.secure(session).map_err(|failure| match failure.kind {
        // A connection that breaks in the handshake is most often a port without TLS.
        Kind::Io => failed(failure.message),
        _ => failure,
    })
}
