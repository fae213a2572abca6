//! How an image is built and pushed: which buildx builder, with which command.
//!
//! Everything here is a command line for this machine (host-commands §5); who runs it is not known.

mod build;
mod dockerfile;
mod inspected;
mod instance;
mod origin;
mod progress;
mod there;
mod tools;

pub use build::{Build, Freshness, Naming, Output};
pub use dockerfile::{Base, BaseImage, Dockerfile, Instruction, Stage};
pub use instance::{Instance, Place};
pub use origin::{Origin, REVISION_LABEL};
pub use progress::{BuildEvent, FailedStep, Outcome, Progress, StepEnd, StepKind};
pub use there::{BuildFolder, assignments, variables_in};
pub use tools::{
    beyond_the_engine, buildx_version, digest_now, engine_architecture, engine_version,
    image_store, is_containerds, missing_for_gha, pack_version, tells_steps,
};
