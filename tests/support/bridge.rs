//! Where Kamailio sends the calls that it lets in: takes each INVITE, or refuses it, and answers
//! whatever comes in a call.

use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::sipp::Message;

/// Only ends what hangs.
const LIMIT: Duration = Duration::from_secs(60);

pub struct Bridge {
    pub port: u16,
    requests: Receiver<Message>,
}

impl Bridge {
    /// One that takes every call.
    pub fn start() -> Bridge {
        Bridge::answering(200)
    }

    /// One that gives each INVITE this status.
    pub fn answering(status: u16) -> Bridge {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        let (sender, requests) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..length]).replace('\r', "");
                let request = Message { at: 0.0, from_desk: true, text };
                answer(&socket, from, &request, status);
                if sender.send(request).is_err() {
                    return; // the test is over
                }
            }
        });
        Bridge { port, requests }
    }

    /// Waits for a request with this method, and returns it.
    pub fn wait_for(&self, method: &str) -> Message {
        loop {
            let request = self.requests.recv_timeout(LIMIT);
            let request = request.unwrap_or_else(|_| panic!("no {method} has come"));
            if request.is_request(method) {
                return request;
            }
        }
    }

    /// How many requests with this method have come since it was last asked.
    pub fn count(&self, method: &str) -> usize {
        self.requests.try_iter().filter(|request| request.is_request(method)).count()
    }
}

fn answer(socket: &UdpSocket, from: SocketAddr, request: &Message, invite: u16) {
    let (method, status) = match request.text.split(' ').next().unwrap() {
        "ACK" => return,
        "INVITE" => ("INVITE", invite),
        method => (method, 200),
    };
    let mut reply = format!("SIP/2.0 {status} {method}\r\n");
    let head = request.text.split("\n\n").next().unwrap();
    for line in head.lines().skip(1) {
        let (name, _) = line.split_once(':').unwrap();
        let kept = ["Via", "From", "To", "Call-ID", "CSeq", "Record-Route"];
        if kept.iter().any(|it| it.eq_ignore_ascii_case(name)) {
            let tag = if name == "To" && !line.contains(";tag=") { ";tag=bridge" } else { "" };
            reply += &format!("{line}{tag}\r\n");
        }
    }
    let port = socket.local_addr().unwrap().port();
    reply += &format!("Contact: <sip:bridge@127.0.0.1:{port}>\r\nContent-Length: 0\r\n\r\n");
    let _ = socket.send_to(reply.as_bytes(), from); // it asks again
}
