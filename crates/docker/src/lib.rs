//! Every command line a host is asked to run, built by pure functions.
//!
//! The words are those of Kamal 2.12 (`host-commands` in the reference), because containers, labels, files and
//! locks on the hosts are shared with it. Where Kamal passes a password as an argument it comes on standard
//! input here; where Kamal asks twice, we ask once.

pub mod accessory;
pub mod app;
pub mod apps_config;
pub mod assets;
pub mod audit;
pub mod image;
pub mod lock;
pub mod names;
pub mod proxy;
pub mod prune;
pub mod registry;
pub mod server;

mod flags;

pub use image::{ImageRef, Repository};
pub use names::Names;

use dhow_shell::CommandLine;

/// A line for the engine.
fn docker(words: &[&str]) -> CommandLine {
    CommandLine::new("docker").args(words.iter().copied())
}
