//! What a watch tells, as Rust values.

#![forbid(unsafe_code)]

use std::alloc::{Layout, handle_alloc_error};

use serde::Deserialize;

use crate::error::Error;
use crate::meeting::Member;
use crate::members::{self, Which};

use super::course::News;

/// News of a room that is watched: what differs from the event that was taken before.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoomEvent {
    /// What kind of news it is.
    pub kind: RoomEventKind,
    /// The room's number.
    pub confid: String,
    /// Counts the events taken from the watch, from 1.
    pub version: u64,
    /// How many polls it sums up.
    pub polls: u64,
    /// How many members are on line; `None` when the room is lost.
    pub online: Option<u64>,
    /// Who is on line and was not. Members have no id and their numbers are masked, so they are
    /// counted by number.
    pub joined: Vec<Member>,
    /// Who was on line and is not, as last told.
    pub left: Vec<Member>,
    /// Who was muted since, of those on line before and after.
    pub muted: Vec<Member>,
    /// Who can be heard again.
    pub unmuted: Vec<Member>,
    /// All members, in the platform's order.
    pub members: Vec<Member>,
    /// The last failure, when the room is lost.
    pub error: Option<Error>,
}

/// What kind of news a watch has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RoomEventKind {
    /// The first state that is told.
    Snapshot,
    /// Members have joined, left, or were muted or unmuted.
    Changed,
    /// Three polls in a row have failed.
    Lost,
    /// The room can be seen again.
    Restored,
}

impl RoomEvent {
    pub(crate) fn new(news: News) -> RoomEvent {
        #[derive(Deserialize)]
        struct Head {
            event: RoomEventKind,
            confid: String,
            version: u64,
            polls: u64,
            online: Option<u64>,
        }
        let Some(json) = news.json else { handle_alloc_error(Layout::new::<RoomEvent>()) };
        let Ok(Head { event, confid, version, polls, online }) = serde_json::from_str(&json) else {
            unreachable!("the library wrote it")
        };
        let list = |which| {
            let rows = members::of_any(&json, which).unwrap_or_default();
            rows.into_iter().map(|row| row.member).collect()
        };
        RoomEvent {
            kind: event,
            confid,
            version,
            polls,
            online,
            joined: list(Which::Joined),
            left: list(Which::Left),
            muted: list(Which::Muted),
            unmuted: list(Which::Unmuted),
            members: list(Which::All),
            error: news.failure,
        }
    }
}
