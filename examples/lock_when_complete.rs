//! Locks a conference room once everyone invited has joined.
//!
//! ```sh
//! cargo run --example lock_when_complete -- 13112341314 18912345326
//! ```
//!
//! It watches the room once a second. The account, the application and the room come from the
//! environment; `cargo run -p ytx-sandbox -- --join 3000` plays a room that fills, and prints what
//! to set.

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use ytx::{Client, Error, Lock, Member, Options};

fn main() -> ExitCode {
    let invited: Vec<String> = env::args().skip(1).collect();
    if invited.is_empty() {
        eprintln!("usage: lock_when_complete NUMBER...");
    }
    let (Some([sid, token, appid, room]), false) = (settings(), invited.is_empty()) else {
        return ExitCode::from(2);
    };

    let mut options = Options::default();
    options.max_retries = 5; // for the lock
    if let Ok(url) = env::var("YTX_BASE_URL") {
        options.base_url = url;
    }
    let result = Client::new(&sid, &token, options)
        .and_then(|client| lock_when_complete(&client, &appid, &room, &invited));
    match result {
        Ok(()) => {
            println!("room {room}: locked");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("room {room}: {}", error.message());
            ExitCode::FAILURE
        }
    }
}

fn settings() -> Option<[String; 4]> {
    let names = ["YTX_ACCOUNT_SID", "YTX_AUTH_TOKEN", "YTX_APPID", "YTX_CONFID"];
    let values = names.map(|name| env::var(name).unwrap_or_default());
    let missing = names.iter().zip(&values).filter(|(_, value)| value.is_empty());
    for (name, _) in missing {
        eprintln!("lock_when_complete: {name} is not set");
    }
    values.iter().all(|value| !value.is_empty()).then_some(values)
}

fn lock_when_complete(
    client: &Client,
    appid: &str,
    room: &str,
    invited: &[String],
) -> Result<(), Error> {
    let mut last = None;
    for news in client.watch_meeting(appid, room, Duration::from_secs(1))? {
        let news = news?;
        if let Some(error) = news.error {
            eprintln!("room {room}: {}; trying again", error.message()); // which the watch does
            continue;
        }
        let missing = missing(invited, &news.members);
        if last.as_ref() != Some(&missing) {
            report(room, invited.len(), &missing);
        }
        if missing.is_empty() {
            break;
        }
        last = Some(missing);
    }
    client.lock_meeting(appid, room, Lock::Locked)?;
    Ok(())
}

/// Who of those invited is not on line.
fn missing(invited: &[String], members: &[Member]) -> Vec<String> {
    let joined = |number: &str| {
        members
            .iter()
            .any(|member| member.is_online() == Some(true) && same_number(number, &member.phone))
    };
    invited.iter().filter(|number| !joined(number)).cloned().collect()
}

/// Whether a number is the one that the platform shows as `131****1314`.
fn same_number(number: &str, shown: &str) -> bool {
    number.len() == shown.len()
        && number.bytes().zip(shown.bytes()).all(|(digit, shown)| shown == b'*' || shown == digit)
}

fn report(room: &str, invited: usize, missing: &[String]) {
    let joined = invited - missing.len();
    let waiting = if missing.is_empty() { "" } else { ", waiting for " };
    println!("room {room}: {joined} of {invited} joined{waiting}{}", missing.join(", "));
}
