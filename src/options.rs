//! A client's options: what a caller may set, and the checked form that the transport works with.

#![forbid(unsafe_code)]

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::check;
use crate::error::Error;
use crate::log::{Level, Logger};
use crate::url::{BaseUrl, Proxy};

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
    /// Where every connection is made from: an IPv4 or IPv6 address of this machine, without
    /// brackets, port or zone. `0.0.0.0` and `::` only choose the family. Default: the system's
    /// choice.
    pub source_address: Option<String>,
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
            source_address: None,
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
            .field("source_address", &self.source_address)
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
    pub(crate) source: Option<IpAddr>,
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
            source: options.source_address.as_deref().map(source_address).transpose()?,
            connect_timeout: options.connect_timeout,
            idle_timeout: options.idle_timeout,
            max_idle_connections: options.max_idle_connections.min(65_536) as usize,
            max_response_bytes: options.max_response_bytes as usize,
        })
    }
}

/// An address that connections are made from. One of IPv4 written as IPv6 is one of IPv4.
fn source_address(text: &str) -> Result<IpAddr, Error> {
    let address: IpAddr = text.parse().map_err(|_| {
        Error::argument(
            "source_address is neither an IPv4 nor an IPv6 address, without port or zone",
        )
    })?;
    Ok(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_address_is_a_bare_one() {
        for (text, address) in [
            ("192.0.2.7", "192.0.2.7"),
            ("0.0.0.0", "0.0.0.0"),
            ("::", "::"),
            ("2001:db8::7", "2001:db8::7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
        ] {
            assert_eq!(source_address(text).unwrap().to_string(), address);
        }
        for text in ["", " ", "localhost", "[::1]", "::1%lo", "127.0.0.1:80", "127.1", "1.2.3.4 "] {
            let error = source_address(text).unwrap_err();
            assert!(error.message().starts_with("source_address is neither"), "{text}");
        }
    }

    #[test]
    fn a_debug_print_shows_no_password() {
        let options = Options { proxy: Some("http://u:hunter2@h:1".into()), ..Options::default() };
        assert!(!format!("{options:?}").contains("hunter2"));
    }
}
