//! `man`: a manual page for every command, from the definitions that `--help` shows.

use std::path::Path;

use crate::{
    arguments::definition,
    failure::{Failure, Kind},
    invocation::Invocation,
};

/// Writes them into a folder: `dhow.1`, `dhow-deploy.1`, `dhow-app-exec.1`, …
pub(super) fn run(invocation: &Invocation, folder: &Path) -> Result<(), Failure> {
    let folder = invocation.environment.folder.join(folder);
    let write = || {
        fs_err::create_dir_all(&folder)?;
        clap_mangen::generate_to(definition(), &folder)
    };
    write().map_err(|error| {
        let headline = format!("the manual cannot be written to {}", folder.display());
        Failure::new(Kind::Machine, headline).because(&error)
    })
}
