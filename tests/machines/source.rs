//! Where connections come from, on a machine whose addresses come and go.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::dns::{Dns, Entry};
use crate::machine::{ip, on_its_own, passes};
use crate::support::server::{Server, json};

const PORT: u16 = 8080;

const ENTRIES: &[Entry] =
    &[Entry { domain: "far.test", addresses: &[[10, 7, 0, 2]], delay: Duration::ZERO }];

#[test]
fn a_source_address_chooses_the_family_and_may_come_and_go() {
    on_its_own(|machine| {
        machine.put("/etc/nsswitch.conf", "hosts: files dns\n");
        machine.put(
            "/etc/hosts",
            "::1 both.test\n127.0.0.1 both.test four.test two.test\n127.0.0.9 two.test\n",
        );
        machine.put("/etc/resolv.conf", Dns::RESOLV_CONF);
        // It is asked from the system's choice of an address: see there.
        let _dns = Dns::start(ENTRIES);
        ip("addr add 10.7.0.2/32 dev lo");
        let four =
            Server::at((Ipv4Addr::LOCALHOST, PORT), |_| json(r#"{"statusCode":"0","at":"IPv4"}"#));
        let six =
            Server::at((Ipv6Addr::LOCALHOST, PORT), |_| json(r#"{"statusCode":"0","at":"IPv6"}"#));
        let far = Server::at((Ipv4Addr::new(10, 7, 0, 2), PORT), |_| {
            json(r#"{"statusCode":"0","at":"IPv4"}"#)
        });
        let names = ["both", "four", "two"].map(|name| format!("http://{name}.test:{PORT}"));
        let [both, of_four, two] = names.each_ref().map(String::as_str);
        if !passes("op_moves_away", &[both, of_four, two, "10.7.0.1", "http://far.test:8080"]) {
            return;
        }
        let from = |server: &Server| -> Vec<String> {
            server.requests().iter().map(|request| request.peer.to_string()).collect()
        };
        assert_eq!(from(&four), ["127.0.0.2", "127.0.0.1", "127.0.0.3", "127.0.0.2"]);
        assert_eq!(from(&six), ["::1", "::1"]);
        assert!(from(&far).len() >= 5 && from(&far).iter().all(|peer| peer == "10.7.0.1"));
        assert!(far.seen("never").is_empty());
    });
}
