//! `examples/kamailio`: a proxy before rooms that asks the platform who is in them, driven by sipp.
#![cfg(target_os = "linux")]

mod support;

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use ytx_sandbox::{CONFID, Config, Count, Fault, Room, Sandbox};

use support::bridge::Bridge;
use support::kamailio::{Kamailio, WORKERS};
use support::room::{member, room};
use support::server::{Server, Step};
use support::sipp::Phone;

/// Only ends what hangs.
const LIMIT: Duration = Duration::from_secs(60);

fn sandbox() -> Sandbox {
    Sandbox::start(Config::default()).unwrap()
}

/// The ready-made room has three members.
#[test]
fn a_caller_comes_in_while_there_is_a_seat() {
    let (sandbox, bridge) = (sandbox(), Bridge::start());
    let seats = [("YTX_SEATS", "4"), ("YTX_ARRIVAL", "3600")];
    let Some(kamailio) = Kamailio::start(sandbox.url(), bridge.port, &seats) else { return };
    Phone::calling(CONFID).hang_up().run(kamailio.port);
    let invite = bridge.wait_for("INVITE");
    assert!(invite.text.starts_with(&format!("INVITE sip:{CONFID}@")), "{invite:?}");
    bridge.wait_for("ACK");
    bridge.wait_for("BYE");
    // The platform does not tell of the fourth yet; but the proxy knows that one is on the way.
    let said = Phone::of(CONFID).refused(486).run(kamailio.port);
    assert!(said.iter().any(|it| it.text.starts_with("SIP/2.0 486 Room Full\n")), "{said:?}");
    assert_eq!(bridge.count("INVITE"), 0);
    kamailio.stop();
}
