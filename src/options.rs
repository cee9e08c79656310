//! A client's options: what a caller may set, and the checked form that the transport works with.

#![forbid(unsafe_code)]

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::check;
use crate::error::Error;
use crate::log::{Level, Logger};

/// The platform itself.
pub const PRODUCTION_URL: &str = "http://api.ytx.net";
/// The platform's test environment. Only test appids work there.
pub const SANDBOX_URL: &str = "http://sandbox.ytx.net";

/// How a [`Client`](crate::Client) behaves. Start from `Options::default()` and change fields.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Where the platform is: `http://` or `https://`, host, optional port and path prefix.
    /// Default: [`PRODUCTION_URL`].
    pub base_url: String,
    /// The most a new connection may take: name look-up, TCP and TLS. Default: 5 s.
    pub connect_timeout: Duration,
    /// The most a whole call may take, all its attempts included. Default: 15 s.
    pub timeout: Duration,
    /// How often a meeting call is tried again after a passing failure. Default: 0.
    pub max_retries: u32,
    /// How many unused connections are kept; more than 65 536 counts as that. Default: 64.
    pub max_idle_connections: u32,
    /// For how long an unused connection is kept. One in steady use is replaced after four times
    /// as long, and after a minute at the latest. Default: 15 s.
    pub idle_timeout: Duration,
    /// The largest answer accepted. Default: 8 MiB.
    pub max_response_bytes: u32,
    /// `http://[user:password@]host:port`, or `None` for no proxy. User and password may be
    /// percent-encoded. The environment has no effect.
    pub proxy: Option<String>,
    /// A file of PEM certificates to trust in place of the built-in ones: all of them, or
    /// [`Client::new`](crate::Client::new) names the block that cannot be used.
    pub ca_file: Option<PathBuf>,
    /// The User-Agent header. Default: `ytx/` and the version.
    pub user_agent: String,
    pub(crate) logger: Logger,
}

impl Options {
    /// Sends log lines of `level` and graver to `sink`, on the thread of the call they concern.
    pub fn log(&mut self, level: Level, sink: impl Fn(Level, &str) + Send + Sync + 'static) {
        self.logger = Logger { level, sink: Some(Arc::new(sink)) };
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            base_url: PRODUCTION_URL.to_owned(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(15),
            max_retries: 0,
            max_idle_connections: 64,
            idle_timeout: Duration::from_secs(15),
            max_response_bytes: 8 * 1024 * 1024,
            proxy: None,
            ca_file: None,
            user_agent: concat!("ytx/", env!("CARGO_PKG_VERSION")).to_owned(),
            logger: Logger::default(),
        }
    }
}

// By hand: the proxy's password must not reach a log.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("base_url", &self.base_url)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("max_retries", &self.max_retries)
            .field("max_idle_connections", &self.max_idle_connections)
            .field("idle_timeout", &self.idle_timeout)
            .field("max_response_bytes", &self.max_response_bytes)
            .field("proxy", &self.proxy.as_ref().map(|_| "…"))
            .field("ca_file", &self.ca_file)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

/// The options after every check, in the form the transport needs them.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) base: BaseUrl,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) user_agent: String,
    pub(crate) connect_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) max_idle_connections: usize,
    pub(crate) max_response_bytes: usize,
}

impl Settings {
    pub(crate) fn new(options: &Options) -> Result<Settings, Error> {
        for (name, duration) in [
            ("connect_timeout", options.connect_timeout),
            ("timeout", options.timeout),
            ("idle_timeout", options.idle_timeout),
        ] {
            if duration.is_zero() {
                return Err(Error::argument(format!("{name} is zero")));
            }
        }
        check::not_empty("user_agent", &options.user_agent)?;
        check::no_control("user_agent", &options.user_agent)?;
        let base = BaseUrl::parse(&options.base_url)?;
        if base.https && !cfg!(feature = "tls") {
            return Err(Error::argument(
                "base_url is https, but this library was built without TLS",
            ));
        }
        Ok(Settings {
            base,
            proxy: options.proxy.as_deref().map(Proxy::parse).transpose()?,
            ca_file: options.ca_file.clone(),
            user_agent: options.user_agent.clone(),
            connect_timeout: options.connect_timeout,
            idle_timeout: options.idle_timeout,
            max_idle_connections: options.max_idle_connections.min(65_536) as usize,
            max_response_bytes: options.max_response_bytes as usize,
        })
    }
}

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
    fn parse(url: &str) -> Result<BaseUrl, Error> {
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
    fn parse(url: &str) -> Result<Proxy, Error> {
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
    fn a_debug_print_shows_no_password() {
        let options = Options { proxy: Some("http://u:hunter2@h:1".into()), ..Options::default() };
        assert!(!format!("{options:?}").contains("hunter2"));
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
