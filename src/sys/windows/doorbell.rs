//! A socket that a host can watch: readable while the bell rings.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::windows::io::AsRawSocket;
use std::sync::{Mutex, PoisonError};

/// A socket that sends itself one byte: Winsock waits for sockets only, and a datagram socket needs
/// no second end.
#[derive(Debug)]
pub(crate) struct Doorbell {
    socket: Mutex<Option<UdpSocket>>,
    raw: isize,
}

impl Doorbell {
    pub(crate) fn new() -> io::Result<Doorbell> {
        let either: [SocketAddr; 2] =
            [(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
        let socket = UdpSocket::bind(&either[..])?;
        socket.connect(socket.local_addr()?)?;
        socket.set_nonblocking(true)?;
        // What another program sent before the socket was connected.
        while socket.recv(&mut [0]).is_ok() {}
        let raw = socket.as_raw_socket() as isize;
        Ok(Doorbell { socket: Mutex::new(Some(socket)), raw })
    }

    /// The socket to be watched.
    pub(crate) fn raw(&self) -> isize {
        self.raw
    }

    /// Makes the socket readable. Who calls this sees to it that it is not so already.
    pub(crate) fn ring(&self) {
        if let Some(socket) = &*self.socket.lock().unwrap_or_else(PoisonError::into_inner) {
            // One byte always fits.
            let _ = socket.send(&[1]);
        }
    }

    /// Makes it unreadable again.
    pub(crate) fn silence(&self) {
        if let Some(socket) = &*self.socket.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = socket.recv(&mut [0]);
        }
    }

    /// Closes it, once.
    pub(crate) fn close(&self) {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
