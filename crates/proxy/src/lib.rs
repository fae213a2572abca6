//! The proxy in front of an app's containers: it switches to new ones without dropping a request.
//!
//! It speaks kamal-proxy's command line and keeps kamal-proxy's state file, so that either can take
//! the other's place. [`command_line`] reads what is asked; [`control`] carries it to the server over a
//! socket; [`services`] does it. Requests go through [`handler`]: [`router`] finds the service,
//! [`pause`] may hold the request, [`service`] picks a target, [`upstream`] sends it there, and
//! [`flight`] knows it is under way until the answer has left. [`tls`] holds the certificates.

pub mod body;
pub mod clock;
pub mod command_line;
pub mod control;
pub mod environment;
pub mod error_page;
pub mod flight;
pub mod go_duration;
pub mod handler;
pub mod headers;
pub mod health;
pub mod list;
pub mod log;
pub mod names;
pub mod pause;
pub mod pool;
pub mod request_log;
pub mod router;
pub mod server;
pub mod service;
pub mod services;
pub mod settings;
pub mod state_file;
pub mod target;
pub mod tls;
pub mod upgrade;
pub mod upstream;
pub mod worker;
