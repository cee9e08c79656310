//! What the benchmarks share. Each of them is a program of its own and uses a part of it.
#![allow(dead_code)] // what one benchmark leaves unused another one uses

pub mod answers;
#[path = "../../tests/support/authority.rs"]
pub mod authority;
pub mod build;
pub mod count;
#[path = "../../tests/support/dotnet_command.rs"]
pub mod dotnet_command;
pub mod figures;
#[path = "../../tests/support/go_command.rs"]
pub mod go_command;
pub mod goal;
pub mod guide;
pub mod machine;
pub mod pages;
pub mod peer;
pub mod platform;
#[path = "../../tests/support/root.rs"]
pub mod root;
pub mod sandbox;
pub mod server;
pub mod table;
pub mod turns;
