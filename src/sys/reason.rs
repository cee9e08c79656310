//! Why the system says no, in our own words: the system's are in the language and the encoding of
//! its user, and no log could tell which.

use std::io;

/// The reason in English, with the system's number: `Connection refused (errno 111)`.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => {
            format!(
                "{} ({NUMBER} {number})",
                special(number).unwrap_or_else(|| usual(error.kind()))
            )
        }
        // It was made by Rust code, whose words are English.
        None => error.to_string(),
    }
}

#[cfg(unix)]
const NUMBER: &str = "errno";
#[cfg(windows)]
const NUMBER: &str = "error";

fn usual(kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind::*;
    match kind {
        AddrInUse => "Address already in use",
        AddrNotAvailable => "Cannot assign requested address",
        BrokenPipe => "Broken pipe",
        ConnectionAborted => "Connection aborted",
        ConnectionRefused => "Connection refused",
        ConnectionReset => "Connection reset by peer",
        HostUnreachable => "No route to host",
        Interrupted => "Interrupted system call",
        InvalidInput => "Invalid argument",
        IsADirectory => "Is a directory",
        NetworkDown => "Network is down",
        NetworkUnreachable => "Network is unreachable",
        NotADirectory => "Not a directory",
        NotConnected => "Not connected",
        NotFound => "No such file or directory",
        OutOfMemory => "Cannot allocate memory",
        PermissionDenied => "Permission denied",
        TimedOut => "Connection timed out",
        Unsupported => "Operation not supported",
        WouldBlock => "Resource temporarily unavailable",
        _ => "System error",
    }
}

/// Those that a user has to know, and for which Rust has no kind or a vaguer one.
#[cfg(unix)]
fn special(number: i32) -> Option<&'static str> {
    Some(match number {
        libc::EAFNOSUPPORT => "Address family not supported",
        libc::EBUSY => "Device or resource busy",
        libc::EIO => "Input/output error",
        libc::ELOOP => "Too many levels of symbolic links",
        libc::EMFILE => "Too many open files",
        libc::ENAMETOOLONG => "File name too long",
        libc::ENFILE => "Too many open files in system",
        libc::ENOBUFS => "No buffer space available",
        libc::ENOPROTOOPT => "Protocol not available",
        libc::ENOTSOCK => "Not a socket",
        libc::EPERM => "Operation not permitted",
        libc::EPROTO => "Protocol error",
        _ => return None,
    })
}

#[cfg(windows)]
fn special(number: i32) -> Option<&'static str> {
    use windows_sys::Win32::Networking::WinSock as ws;
    Some(match number {
        ws::WSAEAFNOSUPPORT => "Address family not supported",
        ws::WSAEMFILE => "Too many open sockets",
        ws::WSAENOBUFS => "No buffer space available",
        ws::WSAHOST_NOT_FOUND => "Name or service not known",
        ws::WSANO_DATA => "No address associated with the name",
        ws::WSANO_RECOVERY => "Non-recoverable failure in name resolution",
        ws::WSATRY_AGAIN => "Temporary failure in name resolution",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_reason_has_english_words_and_the_number() {
        for (number, expected) in [
            (libc::ECONNREFUSED, "Connection refused"),
            (libc::EHOSTUNREACH, "No route to host"),
            (libc::EMFILE, "Too many open files"),
            (libc::EPERM, "Operation not permitted"),
            (libc::EACCES, "Permission denied"),
            (9999, "System error"),
        ] {
            let told = reason(&io::Error::from_raw_os_error(number));
            assert_eq!(told, format!("{expected} (errno {number})"));
        }
    }

    #[test]
    fn an_error_without_a_number_speaks_for_itself() {
        assert_eq!(reason(&io::Error::other("the name has no address")), "the name has no address");
    }
}
