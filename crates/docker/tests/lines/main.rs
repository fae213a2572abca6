//! The command lines, held against the reference (`host-commands` §9 and the tables before it).

#![expect(clippy::unwrap_used, reason = "a test may")]

mod accessories;
mod assets;
mod containers;
mod edges;
mod example;
mod host;
mod host_files;
mod logs;
mod proxy_flags;
mod proxy_scripts;
mod pulling;
mod quoting;
mod readiness;
