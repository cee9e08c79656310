//! The platform for those who watch: its rooms change by themselves, and it writes down when it was
//! asked.
//!
//! A room has one member, whose number is the time at which the room was last changed, and whose meid
//! is the time of the answer: so whoever is told can say how late. Times are in nanoseconds of the
//! clock that all programs share.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use super::support::server::{http, serve};

pub struct Platform {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<u64>>>,
}

#[derive(Clone, Copy)]
struct Rooms {
    /// From one change of a room to its next. More than the longest time between two polls, so that
    /// each change can be seen.
    changes_every: u64,
    start: u64,
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later").as_nanos() as u64
}

impl Platform {
    /// Starts it. Its threads end with the process, and each with its connection.
    pub fn start(interval_millis: u64) -> Platform {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let rooms = Rooms { changes_every: interval_millis * 1_700_000, start: now() };
        let asked = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let asked = Arc::clone(&asked);
                thread::spawn(move || {
                    let Ok(stream) = stream else { return };
                    let _ = stream.set_nodelay(true);
                    serve(stream, |request| {
                        let time = now();
                        asked.lock().expect("no panic").push(time);
                        http(rooms.state(room(request), time).as_bytes())
                    });
                });
            }
        });
        Platform { address, requests }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// When it was asked.
    pub fn requests(&self) -> Vec<u64> {
        self.requests.lock().expect("no panic").clone()
    }
}

/// The number of the room that is asked for.
fn room(request: &[u8]) -> u64 {
    let request = str::from_utf8(request).expect("text");
    let (_, confid) = request.split_once(r#""confid":""#).expect("a room");
    let (confid, _) = confid.split_once('"').expect("its end");
    confid.parse().expect("a number")
}

impl Rooms {
    fn state(&self, room: u64, time: u64) -> String {
        // Each room has its own moment, as evenly as can be.
        let share = room.wrapping_mul(0x9E37_79B9_7F4A_7C15) as f64 / u64::MAX as f64;
        let first = self.start - (share * self.changes_every as f64) as u64;
        let changed = time - (time - first) % self.changes_every;
        format!(
            r#"{{"statusCode":"0","statusMsg":[{{"meid":"{time}","phone":"{changed}","statusname":"在线","ifmutename":"未静音"}}]}}"#
        )
    }
}
