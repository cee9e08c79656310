//! Addresses where connecting goes wrong, for as long as the sockets are held.

use std::net::SocketAddr;

use socket2::{Domain, Socket, Type};

/// Where nobody listens, and nobody can begin to.
pub fn refusing() -> (Socket, String) {
    let socket = tcp();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let url = url(&socket);
    (socket, url)
}

/// A listener that accepts nobody and whose backlog is full, so that a connect waits.
pub fn hanging(address: SocketAddr) -> (Vec<Socket>, String) {
    let listener = tcp();
    listener.bind(&address.into()).unwrap();
    listener.listen(0).unwrap();
    let url = url(&listener);
    let address = listener.local_addr().unwrap();
    let mut held = vec![listener];
    held.extend((0..4).map(|_| {
        let filler = tcp();
        filler.set_nonblocking(true).unwrap();
        let _ = filler.connect(&address); // the last of them wait already
        filler
    }));
    (held, url)
}

fn tcp() -> Socket {
    Socket::new(Domain::IPV4, Type::STREAM, None).unwrap()
}

fn url(socket: &Socket) -> String {
    format!("http://{}", socket.local_addr().unwrap().as_socket().unwrap())
}
