//! How an image is built and pushed: which buildx builder, with which command.
//!
//! Everything here is a command line for this machine (host-commands §5); who runs it is not known.

mod build;
mod instance;
mod tools;

pub use build::{Build, Layout, Output};
pub use instance::{Instance, Place};
pub use tools::{buildx_version, engine_architecture, engine_version, pack_version};
