//! The deploy file as a validated value, and problems that point into the file.

pub mod model;

pub use model::{
    Accessory, AccessoryDirectory, AccessoryFile, Boot, BootLimit, BuildCache, Builder, Config,
    Credential, Credentials, Env, EnvSecret, HealthCheck, HookOutput, Hooks, HostEnv, Logging,
    Mode, OptionValue, Options, Pair, Proxy, ProxyRun, Registry, Role, RoleHost, Ssh,
    SshConfigFiles, Sshkit,
};
