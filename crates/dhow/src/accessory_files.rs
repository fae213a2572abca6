//! The files that accessories mount, as they lie in the project or as their templates render them.

use dhow_config::{Accessory, AccessoryFile, render_accessory_file};
use dhow_erb::Runtime;
use dhow_plan::{Content, recipe::accessory::Files};
use dhow_secrets::Secrets;

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    project::Project,
};

/// Reads the files; those whose names end in `erb` are templates, which see the accessory's environment and its
/// secrets as variables (config §9).
pub(crate) fn read(
    project: &Project,
    secrets: &Secrets,
    environment: &Environment,
) -> Result<Files, Failure> {
    let mut files = Files::new();
    for accessory in &project.config.accessories {
        for file in &accessory.files {
            let bytes = read_one(accessory, file, environment)?;
            let is_template = file.local.to_string_lossy().ends_with("erb");
            let content = if is_template {
                rendered(accessory, file, bytes, project, secrets)?
            } else {
                Content::new(bytes)
            };
            files.insert((accessory.name.clone(), file.remote.clone()), content);
        }
    }
    Ok(files)
}

fn read_one(
    accessory: &Accessory,
    file: &AccessoryFile,
    environment: &Environment,
) -> Result<Vec<u8>, Failure> {
    fs_err::read(environment.folder.join(&file.local)).map_err(|error| {
        let missing = format!("Missing file: {}", file.local.display());
        let hint = format!("the accessory {} mounts it", accessory.name);
        Failure::new(Kind::Project, missing)
            .because(&error)
            .hint(hint)
    })
}

fn rendered(
    accessory: &Accessory,
    file: &AccessoryFile,
    bytes: Vec<u8>,
    project: &Project,
    secrets: &Secrets,
) -> Result<Content, Failure> {
    let failed = || {
        let (path, name) = (file.local.display(), &accessory.name);
        Failure::new(
            Kind::Project,
            format!("rendering {path} for the accessory {name} failed"),
        )
    };
    let text = String::from_utf8(bytes).map_err(|error| failed().because(&error.utf8_error()))?;
    let mut runtime = project.templates.clone();
    for pair in &accessory.env.clear {
        runtime.set_variable(&pair.name, Some(&pair.value));
    }
    // Those that are missing were told when the needs were looked up.
    for secret in &accessory.env.secret {
        if let Ok(value) = secrets.get(&secret.source) {
            runtime.set_variable(secret.variable.as_str(), Some(value.expose()));
        }
    }
    render_accessory_file(&file.local, &text, &mut runtime)
        .map(Content::new)
        .map_err(|problems| failed().detail(problems.render(false)))
}
