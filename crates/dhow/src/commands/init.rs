//! `init`: a deploy file, a secrets file and sample hooks to start from (secrets-and-hooks §10).
//!
//! Nothing is asked: what can be told of the project is filled in, the rest is there to be replaced.

mod deploy_file;
mod detected;
mod dockerfile;
mod git_hook;
mod instructions;
mod samples;

use std::{
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use dhow_versioning::{Checkout, WorkTree, WorkTreeError};
use fs_err as fs;

use self::{detected::Detected, samples::SAMPLES};
use crate::{
    failure::{Failure, Kind},
    invocation::Invocation,
};

const SECRETS_FILE: &str = include_str!("../../templates/secrets");

/// Writes git's `pre-commit` hook, and nothing else.
pub(crate) fn add_git_hook(invocation: &Invocation) -> Result<(), Failure> {
    git_hook::run(invocation)
}

/// Writes what is not there yet.
pub(crate) fn run(invocation: &Invocation, bundle: bool) -> Result<(), Failure> {
    let folder = &invocation.environment.folder;
    let terminal = &invocation.terminal;
    let dockerfile = fs::read_to_string(folder.join("Dockerfile")).ok();
    let detected = Detected::of(
        folder,
        Checkout::read(folder).as_ref(),
        dockerfile.as_deref(),
    );
    let path = &invocation.global.config_file;
    let shown = path.display();
    let is_new = write_new(
        &folder.join(path),
        &deploy_file::text(&detected),
        Access::Everybody,
    )?;
    if is_new {
        terminal.data(format_args!("Created configuration file in {shown}\n"));
    } else {
        terminal.data(format_args!(
            "Config file already exists in {shown} (remove first to create a new one)\n"
        ));
    }
    if write_new(&folder.join(".kamal/secrets"), SECRETS_FILE, Access::Owner)? {
        terminal.data("Created .kamal/secrets file\n");
    }
    let hooks = folder.join(".kamal/hooks");
    if !hooks.exists() {
        for (name, text) in SAMPLES {
            write_new(&hooks.join(name), text, Access::Program)?;
        }
        terminal.data("Created sample hooks in .kamal/hooks\n");
    }
    if bundle {
        terminal.warning("--bundle does nothing: dhow is one program and needs no bundle");
    }
    if is_new {
        terminal.progress(&format!("\n{}", detected.told()));
        for missing in missing(folder, dockerfile.is_some()) {
            terminal.progress(missing);
        }
        if WorkTree::discover(folder).is_ok() {
            terminal.progress("Offered: `dhow init --git-hook`, a hook that refuses a commit which leaves a changed Dockerfile out.");
        }
        terminal.progress(&format!(
            "Next: write your servers into {shown}, and look at it with `dhow config`. `dhow setup` deploys."
        ));
    }
    Ok(())
}

/// What a deploy will need and is not there yet.
fn missing(folder: &Path, has_dockerfile: bool) -> impl Iterator<Item = &'static str> {
    let dockerfile =
        (!has_dockerfile).then_some("Missing: a Dockerfile, from which a deploy builds the image.");
    let commit = match WorkTree::discover(folder) {
        Err(WorkTreeError::NotARepository { .. }) => {
            Some("Missing: a git repository, because a version is a commit; `git init` makes one.")
        }
        Err(WorkTreeError::NoCommits { .. }) => {
            Some("Missing: a commit, because a version is one.")
        }
        _ => None,
    };
    dockerfile.into_iter().chain(commit)
}

/// Who may do what with a new file, as far as the umask lets them.
#[derive(Clone, Copy, Debug)]
enum Access {
    Owner = 0o600,
    Everybody = 0o644,
    Program = 0o755,
}

/// Writes a file unless there is one; false when there is.
fn write_new(path: &Path, text: &str, access: Access) -> Result<bool, Failure> {
    let failed = |error: io::Error| {
        Failure::new(Kind::Machine, format!("writing {} failed", path.display())).because(&error)
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(access as u32)
        .open(path);
    match file {
        Ok(mut file) => file
            .write_all(text.as_bytes())
            .map(|()| true)
            .map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(error)),
    }
}
