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
    /// With which code its program ended last.
    pub exit_code: i32,
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

impl AccessoryContainer {
    /// Whether it ended as one may that has something to do and then is done, and is not started again by the engine.
    fn has_done_its_work(&self) -> bool {
        let rests = self.restart == "no" || self.restart.starts_with("on-failure");
        self.state == "exited" && self.exit_code == 0 && rests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_ended_well_and_is_not_started_again_has_done_its_work() {
        for (state, exit_code, restart, done) in [
            ("exited", 0, "no", true),
            ("exited", 0, "on-failure:3", true),
            ("exited", 1, "no", false),
            ("exited", 0, "unless-stopped", false),
            ("created", 0, "no", false),
            ("running", 0, "no", false),
        ] {
            let container = AccessoryContainer {
                state: state.to_owned(),
                exit_code,
                restart: restart.to_owned(),
                ..AccessoryContainer::default()
            };
            assert_eq!(
                container.has_done_its_work(),
                done,
                "{state} {exit_code} {restart}"
            );
        }
    }
}
