//! The rules of the OCI distribution specification for pulling and pushing, held to a registry that listens, and
//! what this registry adds: who may do what, and what is kept between runs.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod access;
mod base;
mod blobs;
mod client;
mod kept;
mod manifests;
mod streaming;
mod tags;
mod uploads;
