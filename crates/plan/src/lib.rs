//! What a command will do, as data: phases, each holding the steps of every host.
//!
//! Facts are looked up first ([`facts`]); a recipe ([`recipe`]) is a pure function from the deploy file, the
//! version and those facts to a [`Plan`]. A plan leaves nothing to decide while it runs, so it can be printed,
//! compared and tested without a host.

pub mod accessories;
pub mod checks;
pub mod drift;
pub mod facts;
pub mod pending;
pub mod recipe;
pub mod rollback;
pub mod status;

mod files;
mod hook;
mod needs;
mod plan;
mod show;
mod suffixes;

pub use files::Files;
pub use hook::{Hook, HookCall};
pub use needs::{Login, Needs, UnmetNeeds};
pub use plan::{
    Block, Content, HostWork, LocalWork, Milestone, OnFailure, OnInterrupt, Phase, Plan, Start,
    Step, Work,
};
pub use suffixes::Suffixes;
