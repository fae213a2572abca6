//! What an accessory shall be, aspect by aspect, what its container is, and where the two differ (decision 0130).

mod aspects;
mod drift;

pub(crate) use aspects::{expected, record};
pub use drift::{Change, Drift, Renewal, drift};

/// An accessory's container as it is found on a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessoryContainer {
    /// Docker's word: `running`, `exited`, …
    pub state: String,
    /// The image it was made from, as it was named then.
    pub image: String,
    /// Its restart policy as it is written in a deploy file, such as `on-failure:3`.
    pub restart: String,
    /// The network it was made for.
    pub network: String,
    /// The ports that it publishes, `IP:PORT:PORT/PROTOCOL` each.
    pub ports: Vec<String>,
    /// Whether the host knows what it was booted with. It does not when Kamal has booted it.
    pub is_recorded: bool,
    /// Aspects that the host found to be otherwise, in the order of the deploy file's keys.
    pub differing: Vec<String>,
}
