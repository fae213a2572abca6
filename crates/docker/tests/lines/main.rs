//! The command lines, held against the reference (`host-commands` §9 and the tables before it).

#![expect(clippy::unwrap_used, reason = "a test may")]

mod edges;
mod example;
mod host;
mod proxy_flags;
mod pulling;
mod quoting;
mod scripts;
