//! What stands in for `tls` in a library without it: there are no sessions. `options` refuses
//! https:// before one could be asked for.

#![forbid(unsafe_code)]

use std::io::{self, Read};
use std::net::TcpStream;
use std::path::Path;

use crate::error::Error;

#[derive(Clone, Default)]
pub(super) struct Trust;

impl Trust {
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Trust, Error> {
        match ca_file {
            None => Ok(Trust),
            Some(_) => {
                Err(Error::argument("ca_file is of no use: this library was built without TLS"))
            }
        }
    }
}

pub(super) struct Tls;

impl Tls {
    pub(super) fn new(_: Trust) -> Tls {
        Tls
    }

    pub(super) fn session(&self, _: &str) -> Result<Session, String> {
        Err("this library was built without TLS".to_owned())
    }
}

pub(super) enum Session {}

impl Session {
    pub(super) fn is_handshaking(&self) -> bool {
        match *self {}
    }

    pub(super) fn queue(&mut self, _: &[u8]) -> usize {
        match *self {}
    }

    pub(super) fn wants_to_write(&self) -> bool {
        match *self {}
    }

    pub(super) fn write_to(&mut self, _: &TcpStream) -> io::Result<usize> {
        match *self {}
    }

    pub(super) fn read_from(&mut self, _: &mut dyn Read) -> io::Result<usize> {
        match *self {}
    }

    pub(super) fn process(&mut self) -> Result<(), String> {
        match *self {}
    }

    pub(super) fn plaintext(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }

    pub(super) fn has_plaintext(&mut self) -> bool {
        match *self {}
    }
}
