//! The typed deploy file: every default filled in, every merge done, nothing left to decide.

mod accessory;
mod boot;
mod builder;
mod config;
mod connection;
mod dhow;
mod env;
mod hooks;
mod logging;
mod options;
mod output;
mod proxy;
mod registry;
mod role;
mod version_policy;

pub use accessory::{Accessory, AccessoryDirectory, AccessoryFile, Mode};
pub use boot::{Boot, BootLimit};
pub use builder::{
    Architecture, Architectures, BuildCache, Builder, Driver, Pack, UnknownArchitecture,
};
pub use config::Config;
pub use connection::{Ssh, SshConfigFiles, Sshkit};
pub use dhow::{Dhow, EnvFiles, ExpandSecrets};
pub use env::{Env, EnvSecret, HostEnv};
pub use hooks::{HookOutput, Hooks};
pub use logging::Logging;
pub use options::{OptionValue, Options, Pair};
pub use output::Output;
pub use proxy::{HealthCheck, Proxy, ProxyRun, Tls};
pub(crate) use registry::is_local;
pub use registry::{Credential, Credentials, Registry};
pub use role::{AssetPath, Role, RoleHost};
pub use version_policy::{PolicySource, VersionPolicy};
