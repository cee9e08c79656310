//! A small DNS server: it knows IPv4 addresses and answers as late as it is told.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Where it is asked.
const ADDRESS: (Ipv4Addr, u16) = (Ipv4Addr::new(127, 0, 0, 77), 53);

/// It ends when it is dropped.
pub struct Dns {
    thread: Option<JoinHandle<()>>,
}

/// What it says of each name in a domain.
#[derive(Clone, Copy)]
pub struct Entry {
    pub domain: &'static str,
    pub addresses: &'static [[u8; 4]],
    pub delay: Duration,
}

impl Dns {
    /// What the machine needs to ask this server. Its patience is far longer than a call's, so
    /// that an answer that is lost shows.
    pub const RESOLV_CONF: &str = "nameserver 127.0.0.77\noptions timeout:30\n";

    pub fn start(entries: &'static [Entry]) -> Dns {
        let socket = Arc::new(UdpSocket::bind(ADDRESS).unwrap());
        Dns { thread: Some(thread::spawn(move || serve(&socket, entries))) }
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        let waking = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        waking.send_to(&[], ADDRESS).unwrap(); // no question: see serve
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || thread::panicking());
    }
}

fn serve(socket: &Arc<UdpSocket>, entries: &[Entry]) {
    let mut question = [0; 512];
    loop {
        let (length, client) = socket.recv_from(&mut question).unwrap();
        if length == 0 {
            return;
        }
        // Wherever the library's connections come from.
        assert_eq!(client.ip(), Ipv4Addr::LOCALHOST, "who asks");
        let (delay, answer) = answer(&question[..length], entries);
        let send = move |socket: &UdpSocket| {
            let _ = socket.send_to(&answer, client); // who asked may have gone
        };
        if delay.is_zero() {
            send(socket);
        } else {
            let socket = Arc::clone(socket);
            thread::spawn(move || {
                thread::sleep(delay); // it is what a slow server does
                send(&socket);
            });
        }
    }
}

/// RFC 1035, 4: the question again, then the addresses if it asks for such (A, 1).
fn answer(question: &[u8], entries: &[Entry]) -> (Duration, Vec<u8>) {
    let (name, end) = name(&question[12..]);
    let end = 12 + end + 4;
    let asked = u16::from_be_bytes([question[end - 4], question[end - 3]]);
    let entry = entries.iter().find(|entry| name.ends_with(entry.domain));
    let addresses = entry.filter(|_| asked == 1).map_or(&[][..], |entry| entry.addresses);
    let refusal = if entry.is_some() { 0 } else { 3 };
    let count = u8::try_from(addresses.len()).unwrap();
    let mut answer = question[..2].to_vec();
    answer.extend_from_slice(&[0x81, 0x80 | refusal, 0, 1, 0, count, 0, 0, 0, 0]);
    answer.extend_from_slice(&question[12..end]);
    for address in addresses {
        answer.extend_from_slice(&[0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4]);
        answer.extend_from_slice(address);
    }
    (entry.map_or(Duration::ZERO, |entry| entry.delay), answer)
}

/// The name at the front, and its length there.
fn name(mut bytes: &[u8]) -> (String, usize) {
    let (mut labels, mut length) = (Vec::new(), 1);
    while bytes[0] > 0 {
        let size = usize::from(bytes[0]);
        labels.push(String::from_utf8_lossy(&bytes[1..=size]).into_owned());
        bytes = &bytes[1 + size..];
        length += 1 + size;
    }
    (labels.join("."), length)
}
