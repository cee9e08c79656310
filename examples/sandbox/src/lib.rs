//! A local double of the YTX platform, to develop and test against without an account.
//!
//! It checks a request the way the platform does and answers in its shape and words; its log says
//! why a request was refused, which the platform itself never tells. Its page shows the same, with
//! the rooms, to whoever opens its address in a browser. As a command it is
//! `cargo run -p ytx-sandbox`; from a test:
//!
//! ```
//! use ytx_sandbox::{Config, Count, Fault, Sandbox};
//!
//! let sandbox = Sandbox::start(Config::default())?;
//! println!("the platform is at {}", sandbox.url());
//! assert_eq!(sandbox.is_locked("002"), Some(false));
//! sandbox.inject(Fault::Throttle, Count::Next(1)); // the next request is one too many
//! # std::io::Result::Ok(())
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs, unreachable_pub)]

mod answer;
mod cdr;
mod console;
mod data;
mod events;
mod fault;
mod function;
mod journal;
mod parameters;
mod platform;
mod remarks;
mod rooms;
mod server;
mod signature;
mod words;

pub use data::{
    ACCOUNT_SID, APPID, AUTH_TOKEN, Account, App, CONFID, Config, Environment, Member, Room,
};
pub use fault::{Count, Fault};
pub use server::Sandbox;
