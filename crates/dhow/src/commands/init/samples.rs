//! The sample hooks: none is active until its name loses the ending.

macro_rules! sample {
    ($hook:literal) => {
        (
            concat!($hook, ".sample"),
            include_str!(concat!("../../../templates/hooks/", $hook, ".sample")),
        )
    };
}

/// File names and what is in them, in the order in which a first deploy would run them.
pub(super) const SAMPLES: [(&str, &str); 9] = [
    sample!("pre-connect"),
    sample!("docker-setup"),
    sample!("pre-build"),
    sample!("pre-deploy"),
    sample!("pre-app-boot"),
    sample!("post-app-boot"),
    sample!("post-deploy"),
    sample!("pre-proxy-reboot"),
    sample!("post-proxy-reboot"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use dhow_plan::Hook;

    use super::*;

    #[test]
    fn there_is_one_for_every_hook() {
        let names: BTreeSet<_> = SAMPLES.iter().map(|(name, _)| (*name).to_owned()).collect();
        let hooks = Hook::ALL.map(|hook| format!("{}.sample", hook.name()));
        assert_eq!(names, BTreeSet::from(hooks));
    }
}
