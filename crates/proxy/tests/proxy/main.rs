//! The real binary, started on ports of its own, before little applications that live in the test.

#![expect(clippy::unwrap_used, reason = "a test ends where its own helpers fail")]

mod app;
mod client;
mod connections;
mod deploying;
mod encrypted;
mod forwarding;
mod pausing;
mod process;
mod state;
mod upgrading;
