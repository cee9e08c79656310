//! Sockets: making them, waiting for them, and sending without ever waiting.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::windows::io::AsRawSocket;
use std::ptr;
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};
use windows_sys::Win32::Networking::WinSock::{
    FD_SET, SOCKET, SOCKET_ERROR, TIMEVAL, WSAECONNREFUSED, WSAEMFILE, WSAEWOULDBLOCK, select,
};

use super::Signal;
use crate::sys::{Interest, Watch};

/// What a connect answers that goes on by itself.
pub(crate) const UNDER_WAY: i32 = WSAEWOULDBLOCK;

/// What a connect answers where nobody listens.
pub(crate) const REFUSED: i32 = WSAECONNREFUSED;

/// Waits until one of the sockets is ready, or broken, or the signal is raised, or the moment has
/// come.
///
/// Not WSAPoll: before Windows 10 version 2004 it says nothing of a connect that has failed.
pub(crate) fn wait(
    watches: &mut [Watch<'_>],
    signal: Option<&Signal>,
    until: Instant,
) -> io::Result<()> {
    let left = until.saturating_duration_since(Instant::now());
    let signal = signal.map(|signal| Watch::new(signal, Interest::Readable));
    let mut readable = Set::of(watches.iter().chain(&signal), Interest::Readable);
    let mut writable = Set::of(watches.iter().chain(&signal), Interest::Writable);
    if readable.is_empty() && writable.is_empty() {
        // select refuses to wait for nothing.
        thread::sleep(left);
        return Ok(());
    }
    // A connect that fails is reported here.
    let mut failed = writable.clone();
    let timeout = TIMEVAL {
        tv_sec: i32::try_from(left.as_secs()).unwrap_or(i32::MAX),
        tv_usec: left.subsec_micros() as i32,
    };
    // SAFETY: each set is NULL or holds as many sockets as its count says, and Winsock writes no
    // more than those. They are borrowed, so they are open.
    let ready = unsafe {
        select(0, readable.as_raw(), writable.as_raw(), failed.as_raw(), &raw const timeout)
    };
    if ready == SOCKET_ERROR {
        return Err(io::Error::last_os_error());
    }
    for watch in watches {
        watch.ready = match watch.interest {
            Interest::Readable => readable.holds(watch),
            Interest::Writable => writable.holds(watch) || failed.holds(watch),
        };
    }
    Ok(())
}

/// Winsock's `fd_set`, with room for any number of sockets: their count, then they. The count is
/// less wide than a socket, but its bytes come first.
#[derive(Clone)]
#[cfg(target_endian = "little")] // as all Windows is
struct Set(Vec<SOCKET>);

impl Set {
    fn of<'a, 'b: 'a>(watches: impl Iterator<Item = &'a Watch<'b>>, interest: Interest) -> Set {
        let mut set = vec![0];
        set.extend(watches.filter(|watch| watch.interest == interest).map(socket));
        set[0] = set.len() - 1;
        Set(set)
    }

    fn is_empty(&self) -> bool {
        self.0[0] == 0
    }

    /// NULL when it is empty, as select wants it.
    fn as_raw(&mut self) -> *mut FD_SET {
        if self.is_empty() { ptr::null_mut() } else { self.0.as_mut_ptr().cast() }
    }

    fn holds(&self, watch: &Watch<'_>) -> bool {
        self.0[1..=self.0[0]].contains(&socket(watch))
    }
}

fn socket(watch: &Watch<'_>) -> SOCKET {
    watch.socket.as_raw_socket() as SOCKET
}

/// A TCP socket that no child inherits.
pub(crate) fn tcp_socket(domain: Domain) -> io::Result<Socket> {
    Socket::new(domain, Type::STREAM, Some(Protocol::TCP))
}

/// Opens something; sockets are numbered otherwise than standard streams here.
pub(crate) fn above_standard_streams_only<T>(
    open: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    open()
}

/// Gives a socket the address that it connects from.
pub(crate) fn bind_without_port(socket: &Socket, address: IpAddr) -> io::Result<()> {
    socket.bind(&SocketAddr::new(address, 0).into())
}

/// Whether a socket could not be made for want of a descriptor.
pub(crate) fn out_of_descriptors(error: &io::Error) -> bool {
    error.raw_os_error() == Some(WSAEMFILE)
}

/// Lets a read wait for so long in the kernel, where the system can do that. Here it cannot: a
/// read that Winsock ends in this way leaves the socket in no defined state, so it stays
/// non-blocking.
pub(crate) fn let_reads_wait(_: &Socket, _: Duration) -> io::Result<()> {
    Ok(())
}

/// Sends what fits at once. `WouldBlock` when nothing does.
pub(crate) fn send_some(mut socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    socket.write(bytes)
}

/// Takes what has come. `WouldBlock` when nothing has.
pub(crate) fn receive_some(mut socket: &TcpStream, room: &mut [u8]) -> io::Result<usize> {
    socket.read(room)
}

/// Whether an unused connection is still open with nothing to read: anything readable is the
/// server's farewell, or bytes that belong to no answer.
pub(crate) fn is_quiet(socket: &TcpStream) -> bool {
    matches!(socket.peek(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}
