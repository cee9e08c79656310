//! Sockets: making them, waiting for them, and sending without ever waiting.

use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::Signal;
use crate::sys::{Interest, Watch};

/// What a connect answers that goes on by itself.
pub(crate) const UNDER_WAY: i32 = libc::EINPROGRESS;

/// What a connect answers where nobody listens.
pub(crate) const REFUSED: i32 = libc::ECONNREFUSED;

/// Waits until one of the sockets is ready, or broken, or the signal is raised, or the moment has
/// come.
pub(crate) fn wait(
    watches: &mut [Watch<'_>],
    signal: Option<&Signal>,
    until: Instant,
) -> io::Result<()> {
    let signal = signal.map(|signal| Watch::new(signal, Interest::Readable));
    let mut polled = Vec::with_capacity(watches.len() + 1);
    polled.extend(watches.iter().chain(&signal).map(|watch| libc::pollfd {
        fd: watch.socket.as_raw_fd(),
        events: match watch.interest {
            Interest::Readable => libc::POLLIN,
            Interest::Writable => libc::POLLOUT,
        },
        revents: 0,
    }));
    loop {
        let left = until.saturating_duration_since(Instant::now());
        // Rounded up: a wait that ends early would only be waited again.
        let millis = left.checked_add(Duration::from_micros(999)).unwrap_or(left).as_millis();
        let millis = libc::c_int::try_from(millis).unwrap_or(libc::c_int::MAX);
        let count = polled.len() as libc::nfds_t;
        // SAFETY: the array lives on and has `count` elements; poll writes only their revents.
        // The descriptors are borrowed, so they are open.
        let ready = unsafe { libc::poll(polled.as_mut_ptr(), count, millis) };
        if ready >= 0 {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    for (watch, polled) in watches.iter_mut().zip(&polled) {
        watch.ready = polled.revents != 0;
    }
    Ok(())
}

/// A TCP socket that no child inherits, and none of descriptors 0, 1 and 2: a host that has closed
/// those may still write to "standard output", and must not write into a connection.
pub(crate) fn tcp_socket(domain: Domain) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    above_standard_streams(socket.into()).map(Socket::from)
}

/// Gives a socket the address that it connects from, and leaves the port to the connect, which
/// has many more to choose from.
pub(crate) fn bind_without_port(socket: &Socket, address: IpAddr) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        let yes: libc::c_int = 1;
        // SAFETY: the option takes an int. Linux before 4.2 does not know it, and chooses at once.
        unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::IPPROTO_IP,
                libc::IP_BIND_ADDRESS_NO_PORT,
                (&raw const yes).cast(),
                size_of_val(&yes) as libc::socklen_t,
            );
        }
    }
    socket.bind(&SocketAddr::new(address, 0).into())
}

pub(super) fn above_standard_streams(fd: OwnedFd) -> io::Result<OwnedFd> {
    // try_clone asks for one above 2 and close-on-exec, on every Unix.
    if fd.as_raw_fd() <= 2 { fd.try_clone() } else { Ok(fd) }
}

/// Opens something whose descriptors cannot be moved, while 0, 1 and 2 are taken.
pub(crate) fn above_standard_streams_only<T>(
    open: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    let mut stand_ins = Vec::new();
    while stand_ins.len() < 4 {
        let (reader, writer) = io::pipe()?;
        let is_low = reader.as_raw_fd() <= 2 || writer.as_raw_fd() <= 2;
        stand_ins.push((reader, writer));
        if !is_low {
            break;
        }
    }
    open()
}

/// Whether a socket could not be made for want of a descriptor.
pub(crate) fn out_of_descriptors(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

/// Lets a read wait for so long in the kernel, where the system can do that.
pub(crate) fn let_reads_wait(socket: &Socket, at_most: Duration) -> io::Result<()> {
    socket.set_nonblocking(false)?;
    socket.set_read_timeout(Some(at_most))
}

/// Sends what fits at once. `WouldBlock` when nothing does; never a SIGPIPE.
pub(crate) fn send_some(socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    // macOS has no such flag: there the option set on the socket does it.
    #[cfg(target_vendor = "apple")]
    const QUIET: libc::c_int = 0;
    #[cfg(not(target_vendor = "apple"))]
    const QUIET: libc::c_int = libc::MSG_NOSIGNAL;
    SockRef::from(socket).send_with_flags(bytes, libc::MSG_DONTWAIT | QUIET)
}

/// Takes what has come. `WouldBlock` when nothing has.
pub(crate) fn receive_some(socket: &TcpStream, room: &mut [u8]) -> io::Result<usize> {
    // SAFETY: the descriptor is borrowed, so it is open; recv writes no more than the room's length
    // into the room, and only bytes.
    let count = unsafe {
        libc::recv(socket.as_raw_fd(), room.as_mut_ptr().cast(), room.len(), libc::MSG_DONTWAIT)
    };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// Whether an unused connection is still open with nothing to read: anything readable is the
/// server's farewell, or bytes that belong to no answer.
pub(crate) fn is_quiet(socket: &TcpStream) -> bool {
    let mut byte = [MaybeUninit::uninit()];
    let peeked =
        SockRef::from(socket).recv_with_flags(&mut byte, libc::MSG_PEEK | libc::MSG_DONTWAIT);
    matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}
