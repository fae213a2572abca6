//! Asks a registry which images it has and what they are, and moves a tag.
//!
//! A [`RegistryClient`] is about one repository of one registry. It speaks the pull part of the OCI distribution
//! specification, and of the push part what it takes to give a manifest another tag. No layer passes through here.

mod authorization;
mod client;
mod manifest;
mod nearest;
mod place;

pub use authorization::Login;
pub use client::{RegistryClient, RegistryError, Route};
pub use manifest::{Image, Layer, Manifest, Platform, UnreadableManifest};
pub use nearest::nearest;
pub use place::{Place, UnusablePlace};
