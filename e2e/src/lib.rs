//! Real hosts, a real registry and a real builder in containers, and the tests that deploy to them.
//!
//! A test starts a [`World`], puts an app into it, runs the real tool and looks at the hosts:
//!
//! ```no_run
//! # use dhow_e2e::{Fleet, World};
//! # async fn test() {
//! let world = World::start(Fleet::hosts(["web1", "web2"]).accessory_host("db1")).await;
//! let shop = world.app("shop").await;
//! shop.configure("servers: [web1, web2]\n");
//! let first = shop.commit("Say where to deploy").await;
//!
//! shop.dhow(["setup"]).await.succeeds().shows(&first[..7]);
//!
//! let mut load = world.load(&["web1", "web2"]).start();
//! load.until_asked(100).await;
//! shop.release("v2").await;
//! shop.dhow(["deploy"]).await.succeeds();
//! load.until_everywhere("v2", &["web1", "web2"]).await;
//! load.stop().await.never_failed(95).answered(&["v1", "v2"]);
//! # }
//! ```
//!
//! A harness fails by panicking: that is how a test fails. Its messages hold what the tool wrote.

#![expect(
    clippy::missing_panics_doc,
    reason = "everything here panics when the world is not as a test needs it"
)]

mod builder;
mod container;
mod environment;
mod fleet;
mod host;
mod http;
mod images;
mod listing;
mod live;
mod load;
mod load_report;
mod program;
mod project;
mod registry;
mod run;
mod scratch;
mod ssh_access;
mod world;

pub use crate::{
    builder::Builder,
    fleet::Fleet,
    host::{Host, SshUse},
    http::{Response, Silence},
    images::Images,
    listing::Listed,
    live::Live,
    load::{Load, RunningLoad},
    load_report::{Report, Sample},
    program::{Ended, program},
    project::Project,
    registry::Registry,
    run::{Finished, Run, Transcript},
    ssh_access::SshAccess,
    world::World,
};
