//! Hooks of Kamal 1, which Kamal 2 would never run (config §2.3 k).

use std::path::{Path, PathBuf};

use crate::model::Hooks;

/// Files that are named as Kamal 1 named them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "Found {}, these should be renamed to (pre|post)-proxy-reboot; they lie in {}",
    found.join(", "),
    folder.display()
)]
pub struct OldHooks {
    /// Their names.
    pub found: Vec<&'static str>,
    /// The folder with the hooks.
    pub folder: PathBuf,
}

/// Looks for hooks of Kamal 1 in the project at the absolute path `project`. They are refused rather than passed
/// over: somebody counts on what they do.
pub fn refuse_old_hooks(project: &Path, hooks: &Hooks) -> Result<(), OldHooks> {
    let folder = project.join(&hooks.path);
    let found: Vec<&str> = ["pre-traefik-reboot", "post-traefik-reboot"]
        .into_iter()
        .filter(|name| folder.join(name).exists())
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(OldHooks { found, folder })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_folder(files: &[&str]) -> Result<(), String> {
        let project = tempfile::tempdir().unwrap();
        let hooks = Hooks {
            path: "deploy/hooks".into(),
            output: None,
            output_of: Vec::new(),
        };
        let folder = project.path().join(&hooks.path);
        std::fs::create_dir_all(&folder).unwrap();
        for file in files {
            std::fs::write(folder.join(file), "#!/bin/sh").unwrap();
        }
        refuse_old_hooks(project.path(), &hooks).map_err(|error| error.to_string())
    }

    #[test]
    fn those_that_are_there_are_named_with_their_new_names() {
        assert_eq!(in_folder(&[]), Ok(()));
        assert_eq!(
            in_folder(&["pre-proxy-reboot", "pre-traefik-reboot.sample"]),
            Ok(())
        );
        let told = in_folder(&["pre-traefik-reboot"]).unwrap_err();
        let kamal = "Found pre-traefik-reboot, these should be renamed to (pre|post)-proxy-reboot";
        assert!(told.starts_with(kamal), "{told}");
        let told = in_folder(&["post-traefik-reboot", "pre-traefik-reboot"]).unwrap_err();
        let kamal = "Found pre-traefik-reboot, post-traefik-reboot, these should be renamed to";
        assert!(told.starts_with(kamal), "{told}");
        assert!(told.ends_with("deploy/hooks"), "{told}");
    }
}
