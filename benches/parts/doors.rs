//! The doors of `benches/parts.rs` into the library: the steps of a call, one by one.
//!
//! With the feature `_parts` the library has this file as a module of its `ffi`, and does not use
//! it: what C's pointers become and what C is handed are seen only in there, and are to stay so.
//! The unsafe blocks are C's part in a call: its strings, and its release of them.

#![allow(missing_docs)]

use std::ffi::CStr;
use std::hint::black_box;
use std::time::SystemTime;

use crate::answer::Answer;
use crate::client::Client;
use crate::error::{Error, Kind};
use crate::meeting::Lock;
use crate::report;
use crate::request::Request;
use crate::sign::Account;
use crate::sys::{Block, Text};

use super::argument::text;
use super::client::{CLIENTS, living, ytx_client};
use super::guard;
use super::string::ytx_string_free;

/// A body as it was received.
pub struct Body(Block);

/// A body that was checked.
pub struct Checked(Answer);

/// Who signs.
pub struct Signer(Account);

pub fn issue(client: Client) -> *const ytx_client {
    std::ptr::without_provenance(CLIENTS.issue(client).expect("few clients live"))
}

pub fn look_up(client: *const ytx_client) {
    black_box(living(client).is_ok());
}

pub fn write_request(appid: &CStr, confid: &CStr) {
    // SAFETY: they are strings.
    let [appid, confid] =
        unsafe { [text("appid", appid.as_ptr()), text("confid", confid.as_ptr())] }
            .map(|text| text.expect("UTF-8"));
    black_box(Request::lock_meeting(appid, confid, Lock::Locked).expect("good arguments"));
}

impl Signer {
    pub fn new(sid: &str, token: &str) -> Signer {
        Signer(Account::new(sid, token).expect("good arguments"))
    }

    pub fn sign(&self, now: SystemTime) {
        black_box(self.0.sign(now));
    }
}

impl Body {
    pub fn receive(bytes: &[u8]) -> Body {
        Body(Block::copy(bytes).expect("memory"))
    }

    pub fn read(self) -> Checked {
        Checked(Answer::read(self.0).expect("an answer").0)
    }
}

impl Checked {
    pub fn hand_over_and_free(self) {
        free(self.0.into_text());
    }
}

pub fn report_and_free(message: &str) {
    free(report::json(Error::new(Kind::Timeout, message)).expect("memory"));
}

fn free(text: Text) {
    // SAFETY: it is a string for C, freed once.
    unsafe { ytx_string_free(black_box(text.into_raw())) };
}

/// All that a call does itself: without ureq, the kernel, and what the transport does.
pub fn whole_call(
    client: *const ytx_client,
    signer: &Signer,
    appid: &CStr,
    confid: &CStr,
    received: &[u8],
) {
    let call = || {
        let _client = living(client)?;
        // SAFETY: they are strings.
        let (appid, confid) =
            unsafe { (text("appid", appid.as_ptr())?, text("confid", confid.as_ptr())?) };
        let request = Request::lock_meeting(appid, confid, Lock::Locked)?;
        let signature = signer.0.sign(SystemTime::now());
        black_box(request.target("", signer.0.sid(), &signature.sign));
        Ok(Body::receive(received).read().0)
    };
    let mut status = 0;
    // SAFETY: the status lives here, and the string is one for C, freed once.
    unsafe { ytx_string_free(black_box(guard::answer(&raw mut status, call))) };
    assert_eq!(status, 0);
}
