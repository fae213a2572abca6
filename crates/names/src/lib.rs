//! The names a deploy speaks in, each checked once when it is read.
//!
//! Every name is a type of its own, so that a role cannot be passed where a host is meant, and its only
//! way in is [`FromStr`](std::str::FromStr). All of them end up in paths, container names or
//! command lines; the rules here keep out what would change the meaning of those.

mod digest;
mod host;
mod name;
mod repository;

pub use digest::{Digest, InvalidDigest};
pub use host::{Host, InvalidHost};
pub use name::{
    AccessoryName, Destination, HostTag, InvalidName, NameKind, RoleName, SecretName, ServiceName,
};
pub use repository::{InvalidRepositoryName, InvalidTag, RepositoryName, Tag};
