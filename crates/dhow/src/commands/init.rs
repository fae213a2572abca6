//! `init`: a deploy file, a secrets file and sample hooks to start from.

use std::{
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use fs_err as fs;

use crate::{
    failure::{Failure, Kind},
    invocation::Invocation,
};

const DEPLOY_FILE: &str = include_str!("../../templates/deploy.yml");
const SECRETS_FILE: &str = include_str!("../../templates/secrets");
const SAMPLES: [(&str, &str); 3] = [
    (
        "pre-connect.sample",
        include_str!("../../templates/hooks/pre-connect.sample"),
    ),
    (
        "pre-deploy.sample",
        include_str!("../../templates/hooks/pre-deploy.sample"),
    ),
    (
        "post-deploy.sample",
        include_str!("../../templates/hooks/post-deploy.sample"),
    ),
];

/// Writes what is not there yet.
pub(crate) fn run(invocation: &Invocation) -> Result<(), Failure> {
    let folder = &invocation.environment.folder;
    let service = service_name(folder);
    let deploy_file = DEPLOY_FILE.replace("SERVICE", &service);
    let path = &invocation.global.config_file;
    let shown = path.display();
    if write_new(&folder.join(path), &deploy_file, 0o644)? {
        invocation
            .terminal
            .data(format_args!("Created configuration file in {shown}\n"));
    } else {
        invocation.terminal.data(format_args!(
            "Config file already exists in {shown} (remove first to create a new one)\n"
        ));
    }
    if write_new(&folder.join(".kamal/secrets"), SECRETS_FILE, 0o600)? {
        invocation.terminal.data("Created .kamal/secrets file\n");
    }
    let hooks = folder.join(".kamal/hooks");
    if !hooks.exists() {
        for (name, text) in SAMPLES {
            write_new(&hooks.join(name), text, 0o755)?;
        }
        invocation
            .terminal
            .data("Created sample hooks in .kamal/hooks\n");
    }
    Ok(())
}

/// The name of the folder, as far as a service can be called that.
fn service_name(folder: &Path) -> String {
    let name = folder
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
        .to_lowercase();
    let fit = |character: char| {
        if character.is_ascii_alphanumeric() {
            character
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(fit).collect();
    let name = name.trim_matches('-');
    if name.is_empty() {
        "my-app".to_owned()
    } else {
        name.to_owned()
    }
}

/// Writes a file unless there is one; false when there is.
fn write_new(path: &Path, text: &str, mode: u32) -> Result<bool, Failure> {
    let failed = |error: io::Error| {
        Failure::new(Kind::Machine, format!("writing {} failed", path.display())).because(&error)
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
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
