//! Names: how they are looked up beside forks and on what stack; where they lead, and that they
//! are followed when they move.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::dns::{Dns, Entry};
use crate::machine::{Machine, ip, on_its_own, passes};
use crate::support::cc::{self, Program};
use crate::support::server::{Reply, Request, Server, Step, echo, http, json};

const BLUE: [u8; 4] = [127, 0, 0, 1];
const GREEN: [u8; 4] = [127, 0, 0, 2];
const PORT: u16 = 8080;
const MOVING: &str = "http://moving.test:8080";

/// Nobody listens on the ports of these.
const ENTRIES: &[Entry] = &[
    Entry { domain: "one.test", addresses: &[BLUE], delay: Duration::ZERO },
    Entry {
        domain: "three.test",
        addresses: &[BLUE, GREEN, [127, 0, 0, 3]],
        delay: Duration::ZERO,
    },
    Entry { domain: "slow.test", addresses: &[BLUE], delay: Duration::from_millis(1500) },
];

/// Forks so many children, that many of them alive at once.
fn fork_in_look_ups(domain: &'static str, children: &'static str, at_once: &'static str) {
    on_its_own(move |machine| {
        machine.put("/etc/nsswitch.conf", "hosts: files dns\n");
        machine.put("/etc/hosts", "127.0.0.1 localhost\n");
        machine.put("/etc/resolv.conf", Dns::RESOLV_CONF);
        let _dns = Dns::start(ENTRIES);
        passes("forks", &[domain, children, at_once]);
    });
}

#[test]
fn forks_do_not_hurt_look_ups_of_one_address() {
    fork_in_look_ups("one.test", "400", "1");
}

#[test]
fn forks_do_not_hurt_look_ups_of_several_addresses() {
    fork_in_look_ups("three.test", "400", "1");
}

#[test]
fn forks_neither_hurt_slow_look_ups_nor_wait_for_them() {
    fork_in_look_ups("slow.test", "40", "40");
}

/// A module of the C library's look-up that finds every name, on so many kilobytes of stack.
fn hungry_module(machine: &Machine, kilobytes: u32) -> Option<()> {
    let mut compiler = cc::C.compiler()?;
    compiler.args(["-shared", "-fPIC", &format!("-DKILOBYTES={kilobytes}"), "-o"]);
    compiler.arg(machine.folder().join("libnss_hungry.so.2"));
    compiler.arg(cc::root().join("tests/c/nss_hungry.c"));
    cc::succeed(compiler);
    Some(())
}

#[test]
fn look_ups_have_the_stack_that_modules_need() {
    on_its_own(|machine| {
        machine.put("/etc/nsswitch.conf", "hosts: hungry\n");
        let server = Server::at((BLUE, PORT), echo);
        let source = [cc::root().join("tests/c/static_tls.c")];
        for tls in [0, 500, 1024] {
            let Some(mut compiler) = cc::C.compiler() else { return };
            compiler.arg(format!("-DKILOBYTES={tls}"));
            let program = Program::build(compiler, &source);
            for stack in [40, 400] {
                let Some(()) = hungry_module(machine, stack) else { return };
                let library_path = ("LD_LIBRARY_PATH", machine.folder().to_str().unwrap());
                let printed = program.run_in(&[library_path], &["http://any.test:8080"]);
                assert_eq!(printed, "", "{tls} KB of TLS, {stack} KB of stack");
            }
        }
        assert_eq!(server.connections(), 6);
    });
}

/// The name leads to blue at first. `blue` answers there, and can move the name to green.
fn move_a_name(how: &'static str, blue: fn(&Request, &dyn Fn()) -> Reply) {
    on_its_own(move |machine| {
        let hosts: PathBuf = machine.hosts("127.0.0.1 moving.test\n");
        let to_green = move || fs::write(&hosts, "127.0.0.2 moving.test\n").unwrap();
        let blue = Server::at((BLUE, PORT), move |request| blue(request, &to_green));
        let green = Server::at((GREEN, PORT), |_| json(r#"{"statusCode":"0","at":"green"}"#));
        if passes("moves", &[how, MOVING]) {
            assert!(blue.connections() > 0 && green.connections() > 0);
        }
    });
}

fn at_blue() -> Reply {
    json(r#"{"statusCode":"0","at":"blue"}"#)
}

#[test]
fn a_peer_that_fell_silent_costs_one_timeout() {
    // Sixteen connections are kept, since none is answered before all have asked.
    move_a_name("silent", |request, to_green| {
        if request.key().starts_with("warm") {
            let all = (0..16).map(|number| Step::Await(format!("warm {number}")));
            return all.chain(at_blue()).collect();
        }
        to_green();
        vec![Step::Stall]
    });
}

#[test]
fn a_name_that_moves_is_followed_although_the_connection_is_in_use() {
    move_a_name("steady", |request, to_green| {
        if request.earlier == 2 {
            to_green();
        }
        at_blue()
    });
}

#[test]
fn a_server_in_trouble_is_left_at_once() {
    move_a_name("troubled", |request, to_green| {
        if request.key() == "first" {
            return at_blue();
        }
        to_green();
        vec![Step::Send(http(503, &[], b"draining"))]
    });
}

#[test]
fn the_last_of_many_addresses_has_its_turn() {
    on_its_own(|_| {
        // Whatever goes to these addresses comes to nobody.
        ip("route add 10.9.0.0/16 dev lo");
        let server = Server::at((BLUE, PORT), echo);
        for (dead, descriptors) in [("59", "1000"), ("300", "1000"), ("59", "40"), ("59", "12")] {
            if !passes("many_addresses", &["http://many.test:8080", dead, descriptors]) {
                return;
            }
        }
        assert_eq!(server.connections(), 4);
    });
}
