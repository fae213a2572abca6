//! The deploy file as a validated value, and problems that point into the file.
//!
//! [`Sources`] are the texts of the base file and the destination's, their ERB tags rendered; [`load`] makes a
//! [`Config`] of them without touching anything else, or tells every [`Problem`] with its place and the way out.

mod accessory_template;
mod emit;
mod explain;
mod files;
mod findings;
mod load;
mod mentions;
pub mod model;
mod nearest;
mod old_hooks;
mod problem;
mod reader;
#[cfg(test)]
mod recorded_templates;
mod schema;
mod sections;
mod source;
mod spelling;
mod template;
mod tree;
mod written_secrets;

pub use accessory_template::render_accessory_file;
pub use emit::{Shown, to_yaml};
pub use explain::{Explained, Origin, explain};
pub use files::{ReadError, Sources};
pub use load::{Loaded, aliases, load};
pub use mentions::{Mention, Mentions};
pub use model::{
    Accessory, AccessoryDirectory, AccessoryFile, Architecture, Architectures, AssetPath, Boot,
    BootLimit, BuildCache, Builder, Config, Credential, Credentials, Dhow, Driver, Env, EnvFiles,
    EnvSecret, ExpandSecrets, HealthCheck, HookOutput, Hooks, HostEnv, Logging, Mode, OptionValue,
    Options, Output, Pack, Pair, PolicySource, Proxy, ProxyRun, Registry, Role, RoleHost, Ssh,
    SshConfigFiles, Sshkit, Tls, UnknownArchitecture, VersionPolicy,
};
pub use old_hooks::{OldHooks, refuse_old_hooks};
pub use problem::{Problem, Problems, Severity};
pub use schema::{
    Below, DescribedFile, Documentation, DocumentedKey, DocumentedSection, NoDocumentation, Yaml,
    documentation, json_schema,
};
pub use source::{Place, SourceFile};
