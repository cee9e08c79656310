//! An attempt as it goes out.

#![forbid(unsafe_code)]

use std::io::Write as _;

use crate::options::Settings;

use super::Attempt;

/// A larger body is not copied to go out together with its head.
const TOGETHER: usize = 16 * 1024;

/// The request in one piece, or its large body as a second one.
pub(super) fn write<'a>(settings: &Settings, attempt: &Attempt<'a>) -> (Vec<u8>, &'a [u8]) {
    let Settings { base, proxy, user_agent, .. } = settings;
    // A proxy for plain HTTP is asked for the whole URL; everyone else for the path.
    let proxy = proxy.as_ref().filter(|_| !base.https);
    let password = proxy.and_then(|proxy| proxy.authorization.as_ref());
    let body = attempt.body;
    let (together, apart) = body.split_at(if body.len() <= TOGETHER { body.len() } else { 0 });
    let mut first = Vec::with_capacity(768 + together.len());
    let mut put = |text: &str| first.extend_from_slice(text.as_bytes());
    put("POST ");
    put(proxy.map_or("", |_| &base.origin));
    attempt.target.iter().copied().for_each(&mut put);
    put(" HTTP/1.1\r\nHost: ");
    put(&base.host_header);
    put("\r\nAccept: application/json\r\n\
         Content-Type: application/json;charset=utf-8\r\n\
         User-Agent: ");
    put(user_agent);
    put("\r\n");
    if let Some(password) = password {
        put("Proxy-Authorization: ");
        put(password);
        put("\r\n");
    }
    put("Authorization: ");
    put(attempt.authorization);
    // It cannot fail: a Vec takes whatever comes.
    let _ = write!(first, "\r\nContent-Length: {}\r\n\r\n", body.len());
    first.extend_from_slice(together);
    (first, apart)
}
