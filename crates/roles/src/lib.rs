//! The fleet: which host runs what, and which of them a command is about.
//!
//! A [`Selection`] is what `--hosts`, `--roles` and `--primary` say; a [`Fleet`] is what is left of the deploy
//! file's servers after it. Everything that visits hosts asks the fleet which ones, so that a host with nothing
//! but an accessory is never taken for one that runs the app.

mod fleet;
mod placements;
mod selection;

pub use fleet::Fleet;
pub use placements::Placement;
pub use selection::{Pattern, Selection, SelectionError};
