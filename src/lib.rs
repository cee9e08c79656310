//! Lock [YTX](http://www.ytx.net) (云讯) conference rooms and see who is in them.
//!
//! The crate is the safe core of the C library `libytx`; `include/ytx.h` is its C face. A
//! [`Client`] belongs to one account, may be used by any number of threads at once, keeps its
//! connections, and ends every call within its deadline.
//!
//! ```no_run
//! use ytx::{Client, Lock, Options};
//!
//! # fn main() -> Result<(), ytx::Error> {
//! let client = Client::new("your-account-sid", "your-auth-token", Options::default())?;
//! client.lock_meeting("your-appid", "002", Lock::Locked)?;
//! for member in client.meeting_state("your-appid", "002")?.members {
//!     println!("{} online: {:?}", member.phone, member.is_online());
//! }
//! # Ok(()) }
//! ```
//!
//! Data flows one way: a call is checked and written out (`request`), signed (`sign`), carried
//! (`transport`) and its answer read (`answer`); `call` takes one step after the other, and decides
//! when it is tried again.

#![deny(unsafe_code)]
#![warn(missing_docs, unreachable_pub, clippy::undocumented_unsafe_blocks)]

mod answer;
mod backoff;
mod call;
mod check;
mod client;
mod error;
mod figures;
mod log;
mod meeting;
mod members;
mod options;
mod queue;
mod report;
mod request;
mod sign;
mod transport;
mod url;
mod watch;

pub mod status;

#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;

#[allow(unsafe_code)]
mod sys;

#[allow(unsafe_code, unreachable_pub, non_camel_case_types)]
mod ffi;

#[cfg(feature = "_parts")]
#[doc(hidden)]
pub use ffi::parts;

pub use answer::Answer;
pub use client::Client;
pub use error::{Error, Kind};
pub use figures::ClientStats;
pub use log::Level;
pub use meeting::{Lock, MeetingState, Member};
pub use options::{Options, PRODUCTION_URL, SANDBOX_URL};
pub use queue::{Event, Queue, QueueOptions, QueueStats, Ticket, Watch};
pub use watch::{RoomEvent, RoomEventKind};
