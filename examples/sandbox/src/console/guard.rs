//! Who may use the page and the hand: what comes from the page itself, and what is no browser.
//!
//! A page that the developer happens to visit can send requests to this machine. It cannot choose
//! the Host of a name that it did not have resolve here (DNS rebinding), nor leave Origin out of a
//! POST to another site.

use std::net::IpAddr;

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderName, request};

use crate::journal::Link;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Says why a request may not pass.
pub(super) fn check(
    head: &request::Parts,
    link: &Link,
    hosts: &[String],
) -> Result<(), &'static str> {
    let host = host(head).ok_or("there has to be one Host")?;
    if !is_own(name(host), link.local.ip().to_canonical(), hosts) {
        return Err("Host is not this sandbox's own; --host NAME allows one more");
    }
    let mut origins = head.headers.get_all(ORIGIN).iter();
    let is_from = |origin: &str| {
        let of = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        of.is_some_and(|of| of.eq_ignore_ascii_case(host))
    };
    if !origins.all(|origin| origin.to_str().is_ok_and(is_from)) {
        return Err("Origin is another site");
    }
    // The page itself may be come to by a link.
    let site = head.headers.get(SEC_FETCH_SITE).map(|site| site.as_bytes());
    if head.uri.path() != "/" && !matches!(site, None | Some(b"same-origin" | b"none")) {
        return Err("another site asks");
    }
    Ok(())
}

fn host(head: &request::Parts) -> Option<&str> {
    // What stands in the request line counts, as it does for HTTP.
    if let Some(authority) = head.uri.authority() {
        return Some(authority.as_str());
    }
    let mut hosts = head.headers.get_all(HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    hosts.next().is_none().then_some(host)
}

/// Without the port: it may have been forwarded.
fn name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether the connection's own end has this name.
fn is_own(name: &str, local: IpAddr, hosts: &[String]) -> bool {
    if hosts.iter().any(|host| host.eq_ignore_ascii_case(name)) {
        return true;
    }
    if name.eq_ignore_ascii_case("localhost") {
        return local.is_loopback();
    }
    let bare = name.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(name);
    let address = bare.parse().map(|it: IpAddr| it.to_canonical());
    address.is_ok_and(|it| it == local || it.is_loopback() && local.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn passes(local: &str, target: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method("POST").uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let local = local.parse().unwrap();
        let link = Link { number: 1, remote: "127.0.0.1:9".parse().unwrap(), local };
        check(&head, &link, &["team.example".to_owned()]).is_ok()
    }

    #[test]
    fn a_host_is_its_own_or_one_that_was_named() {
        let host = |local: &str, host: &str| passes(local, "/sandbox/lock", &[("Host", host)]);
        for own in ["localhost", "LOCALHOST:8089", "127.0.0.1:8089", "[::1]:80", "team.example:1"] {
            assert!(host("127.0.0.1:8089", own), "{own}");
        }
        for other in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "",
            ":",
        ] {
            assert!(!host("127.0.0.1:8089", other), "{other}");
        }
        assert!(host("10.0.0.7:8089", "10.0.0.7:8089"));
        assert!(host("[::ffff:10.0.0.7]:8089", "10.0.0.7"));
        assert!(!host("10.0.0.7:8089", "localhost") && !host("10.0.0.7:8089", "10.0.0.8"));
        assert!(!passes("127.0.0.1:1", "/sandbox/lock", &[]));
        assert!(!passes("127.0.0.1:1", "/", &[("Host", "localhost"), ("Host", "localhost")]));
        let rebound = "http://evil.example/sandbox/lock";
        assert!(!passes("127.0.0.1:1", rebound, &[("Host", "localhost")]));
    }

    #[test]
    fn an_origin_is_none_or_its_own() {
        let origin = |origin: &str| {
            passes("127.0.0.1:1", "/sandbox/lock", &[("Host", "localhost:1"), ("Origin", origin)])
        };
        assert!(origin("http://localhost:1") && origin("https://localhost:1"));
        for other in ["http://localhost:2", "http://127.0.0.1:1", "http://evil.example", "null", ""]
        {
            assert!(!origin(other), "{other}");
        }
        let two = [("Host", "localhost"), ("Origin", "http://localhost"), ("Origin", "null")];
        assert!(!passes("127.0.0.1:1", "/", &two));
    }

    #[test]
    fn a_link_may_lead_to_the_page_and_to_nothing_else() {
        let site = |target: &str, site: &str| {
            passes("127.0.0.1:1", target, &[("Host", "localhost"), ("Sec-Fetch-Site", site)])
        };
        assert!(site("/", "cross-site") && site("/sandbox/state", "same-origin"));
        assert!(site("/sandbox/state", "none"));
        assert!(!site("/sandbox/state", "cross-site") && !site("/sandbox/state", "same-site"));
    }
}
