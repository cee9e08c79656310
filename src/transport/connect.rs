//! From a host's name to an open TCP connection: every address of the name is tried, the next
//! one started before the last has failed, and the first that answers is taken (RFC 8305).

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket};

use crate::sys::{self, Interest, Watch};
use crate::url::Endpoint;

use super::connection::PATIENCE;
use super::deadline::{Deadline, Stop};
use super::lookup;

/// How long an address has to itself before the next is tried beside it. RFC 8305 proposes this.
const HEAD_START: Duration = Duration::from_millis(250);

/// So many connects run at once; where a name has more addresses, the oldest gives way. A name
/// with hundreds of dead addresses does not take all descriptors of the process.
const AT_ONCE: usize = 16;

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum Problem {
    Stop(Stop),
    /// The system's reason.
    System(String),
    /// The same, where it is that the process has no descriptor left.
    Starved(String),
}

impl From<Stop> for Problem {
    fn from(stop: Stop) -> Problem {
        Problem::Stop(stop)
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Problem {
        let why = sys::reason(&error);
        if sys::out_of_descriptors(&error) { Problem::Starved(why) } else { Problem::System(why) }
    }
}

/// Connects, from `source` where one is given.
pub(super) fn connect(
    server: &Endpoint,
    source: Option<IpAddr>,
    deadline: &Deadline,
) -> Result<TcpStream, Problem> {
    #[cfg(fuzzing)]
    if let Some(stream) = crate::fuzzing::next_connection() {
        return Ok(stream);
    }
    let mut addresses = lookup::addresses(server, deadline)?;
    if let Some(source) = source {
        // No socket is of both families.
        addresses.retain(|address| address.ip().to_canonical().is_ipv4() == source.is_ipv4());
        if addresses.is_empty() {
            let family = if source.is_ipv4() { "IPv4" } else { "IPv6" };
            return Err(Problem::System(format!("the host has no {family} address")));
        }
    }
    first_to_answer(alternate(addresses), source, deadline)
}

fn first_to_answer(
    addresses: Vec<SocketAddr>,
    source: Option<IpAddr>,
    deadline: &Deadline,
) -> Result<TcpStream, Problem> {
    // With many addresses each gets less of a start, so that the last one has its turn too, and
    // a quarter of the time.
    let head_start = (deadline.left() * 3 / 4 / addresses.len().max(1) as u32).min(HEAD_START);
    let mut turn = Instant::now();
    let mut race = Race { source, ..Race::default() };
    for address in addresses {
        deadline.check()?;
        race.enter(address);
        // From the moment that was meant: a wait that ends late must not put off all others.
        turn = turn.min(Instant::now()) + head_start;
        if let Some(stream) = race.run(Some(turn), deadline)? {
            return Ok(stream);
        }
    }
    if let Some(stream) = race.run(None, deadline)? {
        return Ok(stream);
    }
    Err(match race.last_error {
        Some(error) => error.into(),
        None => Problem::System("the name has no address".to_owned()),
    })
}

/// Puts the two families in turns, beginning with the one the system prefers, so that a family
/// without a route costs one head start.
fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (mut preferred, mut other): (VecDeque<_>, VecDeque<_>) =
        addresses.into_iter().partition(|address| address.is_ipv4() == first_is_v4);
    let mut turns = Vec::with_capacity(preferred.len() + other.len());
    while !preferred.is_empty() || !other.is_empty() {
        turns.extend(preferred.pop_front());
        turns.extend(other.pop_front());
    }
    turns
}

/// Connects under way, of which the first to succeed wins.
#[derive(Default)]
struct Race {
    /// The oldest comes first.
    running: VecDeque<Socket>,
    source: Option<IpAddr>,
    last_error: Option<io::Error>,
}

impl Race {
    fn enter(&mut self, address: SocketAddr) {
        if self.running.len() == AT_ONCE {
            self.running.pop_front();
        }
        loop {
            match start(address, self.source) {
                Ok(socket) => return self.running.push_back(socket),
                // This race gives up one of its own before it gives up an address.
                Err(error) if sys::out_of_descriptors(&error) && !self.running.is_empty() => {
                    self.running.pop_front();
                }
                Err(error) => return self.last_error = Some(error),
            }
        }
    }

    /// Runs until one has won, none is left, or the moment has come.
    fn run(
        &mut self,
        until: Option<Instant>,
        deadline: &Deadline,
    ) -> Result<Option<TcpStream>, Stop> {
        while !self.running.is_empty() && until.is_none_or(|until| Instant::now() < until) {
            deadline.check()?;
            let mut watches: Vec<Watch> =
                self.running.iter().map(|socket| Watch::new(socket, Interest::Writable)).collect();
            match until {
                Some(until) => deadline.wait_until(&mut watches, until)?,
                None => deadline.wait(&mut watches)?,
            }
            let ready: Vec<bool> = watches.iter().map(|watch| watch.ready).collect();
            for is_ready in ready {
                // Each goes round once, so that those that stay keep their order.
                let Some(socket) = self.running.pop_front() else { break };
                if !is_ready {
                    self.running.push_back(socket);
                    continue;
                }
                match finish(&socket) {
                    Ok(()) => return Ok(Some(socket.into())),
                    Err(error) => self.last_error = Some(error),
                }
            }
        }
        Ok(None)
    }
}

/// Begins to connect, without waiting.
fn start(address: SocketAddr, source: Option<IpAddr>) -> io::Result<Socket> {
    let socket = sys::tcp_socket(Domain::for_address(address))?;
    socket.set_tcp_nodelay(true)?;
    socket.set_nonblocking(true)?;
    if let Some(source) = source {
        sys::bind_without_port(&socket, source)?;
    }
    match socket.connect(&address.into()) {
        Err(error) if error.raw_os_error() != Some(sys::UNDER_WAY) => Err(error),
        _ => Ok(socket),
    }
}

/// Sees how a connect has ended, and makes the socket ready for use.
fn finish(socket: &Socket) -> io::Result<()> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    // On loopback, a port nobody listens on can be given to this very socket, which then talks
    // to itself.
    if socket.local_addr()?.as_socket() == socket.peer_addr()?.as_socket() {
        return Err(io::Error::from_raw_os_error(sys::REFUSED));
    }
    sys::let_reads_wait(socket, PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Cancel;
    use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
    use std::sync::Arc;

    fn deadline() -> Deadline {
        Deadline::new(Instant::now(), Duration::from_secs(10), &Arc::new(Cancel::default()))
    }

    fn closed_port() -> u16 {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    #[test]
    fn families_take_turns() {
        let v4 = |n| SocketAddr::from((Ipv4Addr::new(127, 0, 0, n), 1));
        let v6 = |n| SocketAddr::from((Ipv6Addr::new(0, 0, 0, 0, 0, 0, 0, n), 1));
        let turns = alternate(vec![v6(1), v6(2), v6(3), v4(1)]);
        assert_eq!(turns, [v6(1), v4(1), v6(2), v6(3)]);
    }

    #[test]
    fn a_refusal_carries_the_systems_words() {
        let server = Endpoint { host: "127.0.0.1".into(), port: closed_port() };
        match connect(&server, None, &deadline()) {
            Err(Problem::System(why)) => assert!(why.starts_with("Connection refused ("), "{why}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_connection_comes_from_the_source_address() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Endpoint { host: "127.0.0.1".into(), port };
        let from = |source: &str| connect(&server, Some(source.parse().unwrap()), &deadline());
        let stream = from("127.0.0.2").unwrap();
        assert_eq!(stream.local_addr().unwrap().ip().to_string(), "127.0.0.2");
        assert_eq!(from("0.0.0.0").unwrap().local_addr().unwrap().ip().to_string(), "127.0.0.1");
        let why = |source| match from(source) {
            Err(Problem::System(why)) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(why("::1"), "the host has no IPv6 address");
        assert!(why("192.0.2.1").starts_with("Cannot assign requested address"));
    }

    /// A listener whose backlog is full, so that a connect waits for ever.
    fn hanging() -> (Vec<Socket>, SocketAddr) {
        let socket = || Socket::new(Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        let listener = socket();
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut held = vec![listener];
        held.extend((0..4).map(|_| {
            let filler = socket();
            filler.set_nonblocking(true).unwrap();
            let _ = filler.connect(&address);
            filler
        }));
        (held, address.as_socket().unwrap())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_last_of_a_thousand_addresses_has_its_turn() {
        let (_held, dead) = hanging();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let mut addresses = vec![dead; 1000];
        addresses.push(good);
        let start = Instant::now();
        let deadline =
            Deadline::new(start, Duration::from_millis(500), &Arc::new(Cancel::default()));
        let stream = first_to_answer(addresses, None, &deadline).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn no_more_than_a_few_connects_run_at_once() {
        let (_held, dead) = hanging();
        let mut race = Race::default();
        (0..100).for_each(|_| race.enter(dead));
        assert_eq!(race.running.len(), AT_ONCE);
    }

    #[test]
    fn addresses_that_refuse_use_up_nobodys_time() {
        let bad = SocketAddr::from((Ipv4Addr::LOCALHOST, closed_port()));
        let start = Instant::now();
        let deadline = Deadline::new(start, Duration::from_secs(60), &Arc::new(Cancel::default()));
        let why = first_to_answer(vec![bad; 1000], None, &deadline).unwrap_err();
        assert!(matches!(why, Problem::System(_)), "{why:?}");
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }

    #[test]
    fn one_address_that_refuses_does_not_spoil_the_others() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let bad = SocketAddr::from((Ipv4Addr::LOCALHOST, closed_port()));
        let mut race = Race::default();
        race.enter(bad);
        race.enter(good);
        let stream = race.run(None, &deadline()).unwrap().unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
    }
}
