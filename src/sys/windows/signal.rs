//! A flag that a thread waiting for sockets can wait for as well.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::windows::io::{AsSocket, BorrowedSocket};

/// Raised once, and then raised for ever: a socket that has sent itself a byte which nobody takes
/// out. `select` waits for sockets only, and a datagram socket needs no second end; connected to
/// itself it hears nobody else.
#[derive(Debug)]
pub(crate) struct Signal(UdpSocket);

impl Signal {
    pub(crate) fn new() -> io::Result<Signal> {
        let either: [SocketAddr; 2] =
            [(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
        let socket = UdpSocket::bind(&either[..])?;
        socket.connect(socket.local_addr()?)?;
        socket.set_nonblocking(true)?;
        // What another program sent before the socket was connected.
        while socket.recv(&mut [0]).is_ok() {}
        Ok(Signal(socket))
    }

    /// Wakes everyone who waits for it, now and later.
    pub(crate) fn raise(&self) {
        // One byte always fits: a signal has one owner, who raises it once.
        let _ = self.0.send(&[1]);
    }
}

impl AsSocket for Signal {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        self.0.as_socket()
    }
}
