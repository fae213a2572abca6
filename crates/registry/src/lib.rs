//! A registry of images inside the binary: it takes what a build pushes and serves what hosts pull.
//!
//! A [`Store`] keeps blobs and manifests in a folder, by the hash of their content, and survives the run. A
//! [`Registry`] answers the pull and push parts of the OCI distribution specification from it, on listeners it
//! is given: [`Access`] says what those who come through one may do. Nothing here logs in, encrypts, or listens
//! on its own; who may reach a listener is decided by whoever opened it.

mod range;
mod reference;
mod server;
mod store;

pub use server::{Access, Registry, Serving, Traffic};
pub use store::{AdoptError, Kept, Store, StoreError};
