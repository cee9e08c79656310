//! One open connection to the server, plain or inside TLS.

#![forbid(unsafe_code)]

use ureq::unversioned::transport::{NextTimeout, Transport};

use super::socket::Socket;

#[derive(Debug)]
pub(super) enum Connection {
    Plain(Socket),
    Tls(Box<dyn Transport>),
}

impl Connection {
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), ureq::Error> {
        match self {
            Connection::Plain(socket) => socket.send(bytes),
            Connection::Tls(tls) => send_through(&mut **tls, bytes),
        }
    }

    pub(super) fn transport(&mut self) -> &mut dyn Transport {
        match self {
            Connection::Plain(socket) => socket,
            Connection::Tls(tls) => &mut **tls,
        }
    }
}

/// Sends by way of a transport's own buffer.
fn send_through(transport: &mut dyn Transport, mut bytes: &[u8]) -> Result<(), ureq::Error> {
    while !bytes.is_empty() {
        let output = transport.buffers().output();
        let (now, later) = bytes.split_at(bytes.len().min(output.len()));
        output[..now.len()].copy_from_slice(now);
        transport.transmit_output(now.len(), NextTimeout::default())?;
        bytes = later;
    }
    Ok(())
}
