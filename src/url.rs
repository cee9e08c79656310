//! Where things are: the platform's base URL, a proxy, and the hosts in them, read and checked.

#![forbid(unsafe_code)]

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::check;
use crate::error::Error;

/// A host to connect to and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// A name or a numeric address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Where the platform is.
#[derive(Debug)]
pub(crate) struct BaseUrl {
    pub(crate) https: bool,
    pub(crate) endpoint: Endpoint,
    /// Scheme, host and port as they were written: what the request line to a proxy begins with,
    /// and what TLS checks the server's certificate against.
    pub(crate) origin: String,
    /// The value of the Host header: without the port where it is the scheme's own.
    pub(crate) host_header: String,
    /// The path prefix without its trailing slash; empty or beginning with a slash.
    pub(crate) prefix: String,
}

impl BaseUrl {
    pub(crate) fn parse(url: &str) -> Result<BaseUrl, Error> {
        let refuse = |why: &str| Error::argument(format!("base_url {why}"));
        check::not_empty("base_url", url)?;
        check::no_control("base_url", url)?;
        let (https, rest) = if let Some(rest) = url.strip_prefix("http://") {
            (false, rest)
        } else if let Some(rest) = url.strip_prefix("https://") {
            (true, rest)
        } else {
            return Err(refuse("must begin with http:// or https://"));
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(refuse("must hold no user or password"));
        }
        if url.contains(['?', '#']) {
            return Err(refuse("must hold no query and no fragment"));
        }
        let is_path = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%/".contains(&b);
        if !path.bytes().all(is_path) {
            return Err(refuse("has a path with a character that a URL cannot hold"));
        }
        let (scheme, usual_port) = if https { ("https", 443) } else { ("http", 80) };
        let endpoint = endpoint("base_url", authority, Some(usual_port))?;
        let whole = endpoint.to_string();
        let host_header =
            whole.strip_suffix(&format!(":{usual_port}")).unwrap_or(&whole).to_owned();
        Ok(BaseUrl {
            https,
            endpoint,
            origin: format!("{scheme}://{authority}"),
            host_header,
            prefix: path.strip_suffix('/').unwrap_or(path).to_owned(),
        })
    }

    /// Whether what is sent can be read on its way by others than the host's own network.
    pub(crate) fn is_exposed(&self) -> bool {
        !self.https && !is_private(&self.endpoint.host)
    }
}

/// An HTTP proxy.
pub(crate) struct Proxy {
    pub(crate) endpoint: Endpoint,
    /// The value of the Proxy-Authorization header.
    pub(crate) authorization: Option<Zeroizing<String>>,
}

impl Proxy {
    pub(crate) fn parse(url: &str) -> Result<Proxy, Error> {
        check::not_empty("proxy", url)?;
        check::no_control("proxy", url)?;
        let refuse = || Error::argument("proxy must be http://[user:password@]host:port");
        let rest = url.strip_prefix("http://").ok_or_else(refuse)?;
        let (credentials, authority) = match rest.rsplit_once('@') {
            Some((credentials, authority)) => (Some(credentials), authority),
            None => (None, rest),
        };
        let authorization = match credentials {
            None => None,
            Some(credentials) if credentials.contains(['/', '?', '#', ' ']) => return Err(refuse()),
            Some(credentials) => {
                let (user, password) = credentials.split_once(':').ok_or_else(refuse)?;
                if user.is_empty() {
                    return Err(refuse());
                }
                let mut plain = Zeroizing::new(percent_decode(user).ok_or_else(refuse)?);
                plain.push(b':');
                plain.extend_from_slice(&Zeroizing::new(
                    percent_decode(password).ok_or_else(refuse)?,
                ));
                Some(Zeroizing::new(format!("Basic {}", STANDARD.encode(&*plain))))
            }
        };
        Ok(Proxy { endpoint: endpoint("proxy", authority, None)?, authorization })
    }

    /// What to say when it answers 407, to a request or to CONNECT.
    pub(crate) fn wants_password(&self) -> String {
        let Proxy { endpoint, .. } = self;
        format!(
            "the proxy {endpoint} refused: it wants a user and a password that it knows (HTTP 407)"
        )
    }
}

// By hand: the password stays secret.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({})", self.endpoint)
    }
}

/// Reads `host`, `host:port`, `[IPv6]` or `[IPv6]:port`; without a default the port is a must.
fn endpoint(name: &str, authority: &str, default_port: Option<u16>) -> Result<Endpoint, Error> {
    let refuse = |why: &str| Err(Error::argument(format!("{name} {why}")));
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let Some((host, port)) = rest.split_once(']') else {
            return refuse("has an opening bracket without its closing one");
        };
        if host.parse::<Ipv6Addr>().is_err() {
            return refuse("has brackets around something that is not an IPv6 address");
        }
        (host, port)
    } else {
        let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
        let is_host = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        if host.is_empty() {
            return refuse("names no host");
        }
        if !host.bytes().all(is_host) {
            return refuse("has a host with a character other than letters, digits, ., - and _");
        }
        (host, port)
    };
    let port = match (port, default_port) {
        ("", Some(default)) => default,
        ("", None) => return refuse("names no port"),
        (port, _) => match port.strip_prefix(':').map(|digits| (digits, digits.parse::<u16>())) {
            Some((digits, Ok(port))) if port > 0 && !digits.starts_with('+') => port,
            _ => return refuse("has a port that is not a number from 1 to 65535"),
        },
    };
    Ok(Endpoint { host: host.to_owned(), port })
}

/// The bytes that a user or password stands for; `None` where a % has no two hex digits.
fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || Some((bytes.next()? as char).to_digit(16)? as u8);
                (digit()? << 4) | digit()?
            }
            byte => byte,
        });
    }
    Some(decoded)
}

/// Whether a host is the machine itself or one of its own network, as far as its name tells.
fn is_private(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
        Err(_) => {
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            !host.contains('.')
                || [".localhost", ".local", ".internal", ".lan", ".home.arpa"]
                    .iter()
                    .any(|suffix| host.ends_with(suffix))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
        for (url, host, port, prefix) in [
            ("http://api.ytx.net", "api.ytx.net", 80, ""),
            ("http://api.ytx.net/", "api.ytx.net", 80, ""),
            ("https://api.ytx.net", "api.ytx.net", 443, ""),
            ("http://my_gateway-1:8080/ytx", "my_gateway-1", 8080, "/ytx"),
            ("http://h/a/b/", "h", 80, "/a/b"),
            ("http://h/a//", "h", 80, "/a/"),
            ("http://[::1]:8089", "::1", 8089, ""),
            ("https://[fe80::1]/x", "fe80::1", 443, "/x"),
        ] {
            let base = BaseUrl::parse(url).unwrap();
            assert_eq!((&*base.endpoint.host, base.endpoint.port), (host, port), "{url}");
            assert_eq!(base.prefix, prefix, "{url}");
        }
    }

    #[test]
    fn the_host_header_names_a_port_only_where_it_is_unusual() {
        for (url, host) in [
            ("http://api.ytx.net", "api.ytx.net"),
            ("http://api.ytx.net:80/x", "api.ytx.net"),
            ("https://api.ytx.net:80", "api.ytx.net:80"),
            ("https://api.ytx.net:443", "api.ytx.net"),
            ("http://h:8080", "h:8080"),
            ("http://[::80]", "[::80]"),
            ("http://[::1]:8089", "[::1]:8089"),
        ] {
            assert_eq!(BaseUrl::parse(url).unwrap().host_header, host, "{url}");
        }
    }

    #[test]
    fn base_urls_that_are_refused_by_name() {
        for url in [
            "",
            "api.ytx.net",
            "ftp://h",
            "HTTP://h",
            "http://",
            "http:///x",
            "http://:80",
            "http://u:p@h",
            "http://u@h/",
            "http://h?x=1",
            "http://h/?",
            "http://h/#a",
            "http://h/a b",
            "http://h h",
            "http://h:0",
            "http://h:65536",
            "http://h:",
            "http://h:+80",
            "http://h:8 0",
            "http://[::1",
            "http://[1.2.3.4]",
            "http://[::1]x",
            "http://[::1]80",
            "http://::1",
            "http://[fe80::1%25eth0]",
            "http://\u{4e91}.net",
            "http://h/\u{4e91}",
            "http://h\n",
            "http://h/%00\0",
        ] {
            let error = BaseUrl::parse(url).unwrap_err();
            assert!(error.message().starts_with("base_url"), "{url}: {error}");
        }
    }

    #[test]
    fn proxies() {
        let proxy = Proxy::parse("http://127.0.0.1:3128").unwrap();
        assert_eq!(proxy.endpoint, Endpoint { host: "127.0.0.1".into(), port: 3128 });
        assert!(proxy.authorization.is_none());
        let proxy = Proxy::parse("http://me:p%40ss:word@[::1]:8080").unwrap();
        assert_eq!(proxy.endpoint.to_string(), "[::1]:8080");
        assert_eq!(
            *proxy.authorization.clone().unwrap(),
            format!("Basic {}", STANDARD.encode("me:p@ss:word"))
        );
        assert!(!format!("{proxy:?}").contains("ss"));
        for url in [
            "",
            "h:1",
            "https://h:1",
            "socks5://h:1",
            "http://h",
            "http://h:",
            "http://u@h:1",
            "http://:p@h:1",
            "http://u:%zz@h:1",
            "http://h:1/",
            "http://h:1/x",
            "http://u:p@:1",
        ] {
            let error = Proxy::parse(url).unwrap_err();
            assert!(error.message().starts_with("proxy"), "{url}: {error}");
        }
    }

    #[test]
    fn only_public_hosts_without_tls_are_exposed() {
        for (url, exposed) in [
            ("http://api.ytx.net", true),
            ("https://api.ytx.net", false),
            ("http://127.0.0.1:1", false),
            ("http://10.1.2.3", false),
            ("http://8.8.8.8", true),
            ("http://[::1]", false),
            ("http://gateway", false),
            ("http://gateway.internal", false),
        ] {
            assert_eq!(BaseUrl::parse(url).unwrap().is_exposed(), exposed, "{url}");
        }
    }
}
