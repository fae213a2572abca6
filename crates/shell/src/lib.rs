//! A command line as data: words that are quoted when it is rendered and secrets that are shown only to a shell.
//!
//! Pure code builds a [`CommandLine`]; a person reads it through [`Display`](std::fmt::Display), where secrets
//! are replaced; only a transport calls [`CommandLine::exposed`]. Two layers of quoting exist and are never
//! mixed: the [envelope](quote) that keeps a word one word for any POSIX shell, and [Kamal's own](expanding)
//! for values of the deploy file, in which `${NAME}` is left for the host's shell to expand.

mod command_line;
mod quoting;

pub use command_line::{CommandLine, Word};
pub use quoting::{expanding, quote};
