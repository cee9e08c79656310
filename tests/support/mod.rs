//! What the integration tests share. Each of them is a program of its own and uses a part of it.
#![allow(dead_code)] // what one test leaves unused another one uses

pub mod account;
pub mod addresses;
pub mod asterisk;
pub mod behaviour;
pub mod bridge;
pub mod cc;
pub mod desk;
pub mod doctor;
pub mod dotnet;
pub mod dotnet_command;
pub mod go;
pub mod go_command;
pub mod hand;
pub mod kamailio;
pub mod lua;
pub mod mcs;
pub mod prometheus;
pub mod python;
pub mod python_command;
pub mod room;
pub mod rooms;
pub mod root;
pub mod server;
pub mod sipp;
