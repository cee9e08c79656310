//! Watching a room: its state asked for again and again, and the differences told.
//!
//! `course` decides what is told and when to ask again, `room` compares. The asking is done by
//! `queue`, which drives watches as it drives calls.

#![forbid(unsafe_code)]

mod course;
mod event;
mod room;

pub(crate) use course::{Course, News, Onward, Told};
pub use event::{RoomEvent, RoomEventKind};
