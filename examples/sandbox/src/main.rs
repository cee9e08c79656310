//! The sandbox as a command: its flags, and what it prints when it starts.

#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;
use std::{fs, thread};

use lexopt::prelude::*;
use ytx_sandbox::{AUTH_TOKEN, Config, Count, Fault, Member, Sandbox};

const HELP: &str = r#"A local double of the YTX platform.

Usage: ytx-sandbox [options]

  --listen ADDR        address and port to listen on; 127.0.0.1:8089 unless told
  --host NAME          a name that the page may be asked for by, beside localhost and the
                       address itself; may be given more than once
  --data FILE          accounts, applications, rooms and members from a JSON file
  --validity SECONDS   how far a timestamp may be from now; 86400 unless told
  --throttle N         answer -104 to every request past N within one second
  --delay MS           answer this much later
  --fail STATUS        answer everything with this HTTP status, 200 to 599
  --join MS            one member after the other comes on line, this long apart
  --quiet              no log line for each request
  --help               this text

The data file is one JSON object; each of its fields may be left out:

  {
    "environment": "test",
    "accounts": [{"sid": "...", "token": "...", "disabled": false, "balance": 12.5}],
    "apps": [{"appid": "...", "environment": "test", "conference": true, "online": true,
              "whitelist": ["127.0.0.1"]}],
    "rooms": [{"confid": "002", "locked": false, "broken": false, "members":
              [{"phone": "131****1314", "online": true, "muted": false}]}]
  }

"environment" is "test" or "production"; a "broken" room is answered with -100.
"#;

/// The port of the examples.
const PORT: u16 = 8089;

/// What the command line asks for.
struct Arguments {
    config: Config,
    faults: Vec<Fault>,
    join: Option<Duration>,
    help: bool,
}

fn main() -> ExitCode {
    let arguments = match read_flags(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("ytx-sandbox: {error}\nTry --help.");
            return ExitCode::from(2);
        }
    };
    if arguments.help {
        print(HELP);
        return ExitCode::SUCCESS;
    }
    let sandbox = match Sandbox::start(arguments.config.clone()) {
        Ok(sandbox) => sandbox,
        Err(error) => {
            eprintln!("ytx-sandbox: can't listen on {}: {error}", arguments.config.listen);
            return ExitCode::FAILURE;
        }
    };
    for fault in arguments.faults {
        sandbox.inject(fault, Count::Always);
    }
    print(&welcome(&arguments.config, sandbox.url()));
    let has_colours = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    print(&warning(arguments.config.listen, has_colours).unwrap_or_default());
    if let Some(pause) = arguments.join {
        fill_the_rooms(&sandbox, &arguments.config, pause);
    }
    loop {
        thread::park(); // the sandbox has a thread of its own
    }
}

/// For a sandbox that not only this machine reaches. In red, where there are colours.
fn warning(listen: SocketAddr, has_colours: bool) -> Option<String> {
    if listen.ip().to_canonical().is_loopback() {
        return None;
    }
    let (red, plain) = if has_colours { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
    Some(format!(
        "{red}It listens on {}, not on loopback only: whoever reaches this machine can see each \
         request and change rooms.{plain}\n\n",
        listen.ip()
    ))
}

/// Lets every member who is off line join.
fn fill_the_rooms(sandbox: &Sandbox, config: &Config, pause: Duration) {
    for room in &config.rooms {
        for member in room.members.iter().filter(|member| !member.online) {
            thread::sleep(pause);
            sandbox.set_member(&room.confid, Member { online: true, ..member.clone() });
        }
    }
}

/// Unlike `println!` it doesn't mind that nobody reads.
fn print(text: &str) {
    let mut out = io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn read_flags(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, lexopt::Error> {
    let mut parser = lexopt::Parser::from_iter(arguments);
    let (mut listen, mut data, mut validity, mut throttle) = (None, None, None, None);
    let (mut faults, mut join, mut quiet, mut help) = (Vec::new(), None, false, false);
    let mut hosts = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = Some(parser.value()?.parse::<SocketAddr>()?),
            Long("host") => hosts.push(parser.value()?.string()?),
            Long("data") => data = Some(parser.value()?),
            Long("validity") => validity = Some(Duration::from_secs(parser.value()?.parse()?)),
            Long("throttle") => throttle = Some(parser.value()?.parse()?),
            Long("delay") => {
                faults.push(Fault::Late(Duration::from_millis(parser.value()?.parse()?)));
            }
            Long("fail") => {
                let status = parser.value()?.parse_with(|text| match text.parse() {
                    Ok(status @ 200..=599) => Ok(status),
                    _ => Err("it is no HTTP status from 200 to 599"),
                })?;
                faults.push(Fault::Status(status));
            }
            Long("join") => join = Some(Duration::from_millis(parser.value()?.parse()?)),
            Long("quiet") => quiet = true,
            Short('h') | Long("help") => help = true,
            _ => return Err(argument.unexpected()),
        }
    }

    let mut config = match data {
        None => Config::default(),
        Some(file) => {
            let name = file.to_string_lossy();
            let json = fs::read_to_string(&file).map_err(|error| format!("{name}: {error}"))?;
            Config::from_json(&json).map_err(|error| format!("{name}: {error}"))?
        }
    };
    match listen {
        Some(listen) => config.listen = listen,
        None if config.listen.port() == 0 => {
            config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
        }
        None => {} // the file says where
    }
    config.validity = validity.unwrap_or(config.validity);
    config.throttle = throttle.or(config.throttle);
    config.hosts.extend(hosts);
    config.quiet = quiet;
    Ok(Arguments { config, faults, join, help })
}

/// What someone with a C program at hand needs to know.
fn welcome(config: &Config, url: &str) -> String {
    let sid = config.accounts.first().map_or("...", |account| &account.sid);
    // The made-up token is for everyone to see. One from a file may be real.
    let token = match config.accounts.first() {
        Some(account) if account.token == AUTH_TOKEN => AUTH_TOKEN,
        _ => "...",
    };
    let appid = config.apps.first().map_or("...", |app| &app.appid);
    let confid = config.rooms.first().map_or("...", |room| &room.confid);
    format!(
        "The YTX sandbox is at {url} (Ctrl-C ends it). A browser shows its rooms and requests there.
In another terminal:

  export YTX_BASE_URL={url}
  export YTX_ACCOUNT_SID={sid}
  export YTX_AUTH_TOKEN={token}
  export YTX_APPID={appid}
  export YTX_CONFID={confid}

and, to run the C quickstart against it, at the root of the repository:

  cargo build
  cc -std=c99 examples/c/quickstart.c -Iinclude -Ltarget/debug -lytx \\
     -Wl,-rpath,\"$PWD/target/debug\" -o target/quickstart && target/quickstart

"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ytx_sandbox::{ACCOUNT_SID, APPID, CONFID};

    fn flags(line: &str) -> Result<Arguments, lexopt::Error> {
        read_flags(std::iter::once("ytx-sandbox").chain(line.split_whitespace()).map(Into::into))
    }

    #[test]
    fn without_flags_it_listens_where_the_examples_look_for_it() {
        let arguments = flags("").unwrap();
        assert_eq!(arguments.config.listen.to_string(), "127.0.0.1:8089");
        assert!(arguments.faults.is_empty() && !arguments.help && !arguments.config.quiet);
    }

    #[test]
    fn flags_are_read() {
        let line = "--listen 127.0.0.1:0 --validity 600 --throttle 5 --delay 20 --fail 503 --join 9 \
                    --quiet --host a.example --host b";
        let arguments = flags(line).unwrap();
        assert_eq!(arguments.join, Some(Duration::from_millis(9)));
        assert_eq!(arguments.config.listen.port(), 0);
        assert_eq!(arguments.config.validity, Duration::from_secs(600));
        assert_eq!(arguments.config.throttle, Some(5));
        assert!(arguments.config.quiet);
        assert_eq!(arguments.config.hosts, ["a.example", "b"]);
        let late = Fault::Late(Duration::from_millis(20));
        assert_eq!(arguments.faults, [late, Fault::Status(503)]);
    }

    #[test]
    fn the_manual_page_has_each_flag() {
        let page = include_str!("../../../.packaging/sandbox/ytx-sandbox.1.in");
        let flags: Vec<&str> = HELP.lines().filter_map(|line| line.strip_prefix("  --")).collect();
        assert_eq!(flags.len(), 10);
        for line in flags {
            let flag = line.split(' ').next().unwrap();
            for place in [format!(".Op Fl -{flag}"), format!(".It Fl -{flag}")] {
                let has = |it: &str| it == place || it.starts_with(&format!("{place} "));
                assert!(page.lines().any(has), "{place}");
            }
        }
    }

    #[test]
    fn what_others_reach_is_said_in_red() {
        for loopback in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert_eq!(warning(loopback.parse().unwrap(), true), None, "{loopback}");
        }
        for others in ["0.0.0.0:1", "[::]:1", "192.0.2.1:1"] {
            let text = warning(others.parse().unwrap(), true).unwrap();
            assert!(text.starts_with("\x1b[1;31mIt listens on "), "{text}");
            assert!(!warning(others.parse().unwrap(), false).unwrap().contains('\x1b'));
        }
    }

    #[test]
    fn the_rooms_fill() {
        let config = Config::default();
        let sandbox = Sandbox::start(config.clone()).unwrap();
        fill_the_rooms(&sandbox, &config, Duration::ZERO);
        let members = sandbox.members(CONFID);
        assert!(members.len() > 1 && members.iter().all(|member| member.online));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in ["--fail 99", "--fail x", "--listen here", "--validity -1", "--nonsense", "x"] {
            assert!(flags(line).is_err(), "{line}");
        }
        let error = flags("--data /nowhere/at/all.json").err().unwrap().to_string();
        assert!(error.contains("/nowhere/at/all.json"), "{error}");
    }

    #[test]
    fn the_welcome_shows_the_made_up_token_and_no_other() {
        let mut config = Config::default();
        let text = welcome(&config, "http://x");
        for value in ["http://x", ACCOUNT_SID, AUTH_TOKEN, APPID, CONFID] {
            assert!(text.contains(&format!("={value}\n")), "{value}");
        }
        config.accounts[0].token = "a-token-from-a-file".to_owned();
        assert!(!welcome(&config, "http://x").contains("a-token-from-a-file"));
    }
}
