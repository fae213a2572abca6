//! From a checked tree to the model, one file per section of the deploy file.

mod accessories;
mod accessory_hosts;
mod aliases;
mod boot;
mod builder;
mod connection;
mod cross_checks;
mod dhow;
mod env;
mod hooks;
mod image_name;
mod kamal_1;
mod labels;
mod logging;
mod minimum_version;
mod mounts;
mod options;
mod output;
mod proxy;
mod proxy_run;
mod registry;
mod restart;
mod roles;
mod root;
mod secret_names;
mod version_policy;

pub(crate) use root::read;
