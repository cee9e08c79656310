//! From a host's name to its addresses, by the system's look-up.

use std::ffi::CString;
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::ptr;

use socket2::SockAddr;

use crate::sys::reason;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
use super::generation::is_child;

/// What a thread does before it looks names up. A forked child can get a dead thread's memory for
/// it, with the sockets in it that its parent's look-ups still use; this forgets them.
pub(crate) fn begin_look_ups() {
    // Elsewhere it would only read the resolver's settings, environment included, once more.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if is_child() {
        unsafe extern "C" {
            fn __res_init() -> libc::c_int; // what <resolv.h> calls res_init
        }
        // SAFETY: it sets this thread's resolver up anew, as the first look-up would. Where it
        // fails, that look-up tries again.
        unsafe { __res_init() };
    }
}

/// Every address of the name; else why there is none. It blocks for as long as the system likes.
pub(crate) fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let name = CString::new(host).map_err(|_| "the name holds a NUL".to_owned())?;
    // SAFETY: addrinfo is plain data, for which all zeros is a value.
    let mut hints: libc::addrinfo = unsafe { mem::zeroed() };
    hints.ai_socktype = libc::SOCK_STREAM;
    let mut first = ptr::null_mut();
    // SAFETY: the name is a C string, the hints are whole, and `first` takes the result.
    match unsafe { libc::getaddrinfo(name.as_ptr(), ptr::null(), &hints, &mut first) } {
        0 => {}
        libc::EAI_SYSTEM => {
            let why = reason(&io::Error::last_os_error());
            return Err(format!("The name cannot be looked up: {why}"));
        }
        code => return Err(words(code)),
    }
    let mut found = Vec::new();
    let mut next = first;
    // SAFETY: the list is whole until it is freed, and ends with NULL.
    while let Some(entry) = unsafe { next.as_ref() } {
        // SAFETY: ai_addr is ai_addrlen bytes long, which is no more than the storage.
        let address = unsafe {
            SockAddr::try_init(|storage, length| {
                let size = (entry.ai_addrlen as usize).min(mem::size_of_val(&*storage));
                ptr::copy_nonoverlapping(entry.ai_addr.cast::<u8>(), storage.cast(), size);
                *length = size as libc::socklen_t;
                Ok(())
            })
        };
        if let Ok(((), address)) = address
            && let Some(mut address) = address.as_socket()
        {
            address.set_port(port);
            found.push(address);
        }
        next = entry.ai_next;
    }
    // SAFETY: it came from getaddrinfo and is freed once.
    unsafe { libc::freeaddrinfo(first) };
    Ok(found)
}

fn words(code: libc::c_int) -> String {
    let (name, words) = match code {
        libc::EAI_AGAIN => ("EAI_AGAIN", "Temporary failure in name resolution"),
        libc::EAI_FAIL => ("EAI_FAIL", "Non-recoverable failure in name resolution"),
        libc::EAI_FAMILY => ("EAI_FAMILY", "Address family not supported"),
        libc::EAI_MEMORY => ("EAI_MEMORY", "Memory allocation failure"),
        #[cfg(target_os = "linux")]
        libc::EAI_NODATA => ("EAI_NODATA", "No address associated with the name"),
        libc::EAI_NONAME => ("EAI_NONAME", "Name or service not known"),
        libc::EAI_OVERFLOW => ("EAI_OVERFLOW", "The name is too long"),
        libc::EAI_SERVICE => ("EAI_SERVICE", "Service not available"),
        _ => ("EAI", "The name cannot be looked up"),
    };
    format!("{words} ({name} {code})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_addresses_with_the_port() {
        let found = look_up("localhost", 80).unwrap();
        assert!(!found.is_empty());
        assert!(found.iter().all(|it| it.ip().is_loopback() && it.port() == 80), "{found:?}");
    }

    #[test]
    fn a_name_that_cannot_exist_is_told_in_english_with_the_code() {
        // Longer than any name may be, so no server is asked.
        let why = look_up(&"a".repeat(300), 80).unwrap_err();
        assert!(why.contains("(EAI_"), "{why}");
        assert!(why.is_ascii(), "{why}");
    }

    #[test]
    fn the_codes_have_names() {
        assert_eq!(
            words(libc::EAI_NONAME),
            format!("Name or service not known (EAI_NONAME {})", libc::EAI_NONAME)
        );
        assert!(words(4711).ends_with("(EAI 4711)"));
    }
}
