//! The files that accessories mount, as they lie in the project or as their templates render them.

use std::{collections::BTreeMap, path::Path};

use dhow_config::{Accessory, AccessoryFile, Config, render_accessory_file};
use dhow_erb::{Runtime, SystemRuntime};
use dhow_names::AccessoryName;
use dhow_plan::Content;
use dhow_secrets::Secrets;

use crate::failure::{Failure, Kind};

type Files = BTreeMap<(AccessoryName, String), Content>;

/// Reads the files; those whose names end in `erb` are templates, which see the accessory's environment and its
/// secrets as variables (config §9) beside what `templates` holds. Paths start in `folder`.
pub(crate) fn read(
    config: &Config,
    templates: &SystemRuntime,
    secrets: &Secrets,
    folder: &Path,
) -> Result<Files, Failure> {
    let mut files = Files::new();
    for accessory in &config.accessories {
        for file in &accessory.files {
            let bytes = read_one(accessory, file, folder)?;
            let content = if is_template(file) {
                let mut runtime = with_environment(templates, accessory, secrets);
                rendered(accessory, file, bytes, &mut runtime)?
            } else {
                Content::new(bytes)
            };
            files.insert((accessory.name.clone(), file.remote.clone()), content);
        }
    }
    Ok(files)
}

/// The files that are no templates and can be read, for a comparison that needs no secrets.
pub(crate) fn read_plain(config: &Config, folder: &Path) -> Files {
    let mut files = Files::new();
    for accessory in &config.accessories {
        for file in accessory.files.iter().filter(|file| !is_template(file)) {
            if let Ok(bytes) = read_one(accessory, file, folder) {
                let key = (accessory.name.clone(), file.remote.clone());
                files.insert(key, Content::new(bytes));
            }
        }
    }
    files
}

fn is_template(file: &AccessoryFile) -> bool {
    file.local.to_string_lossy().ends_with("erb")
}

fn read_one(
    accessory: &Accessory,
    file: &AccessoryFile,
    folder: &Path,
) -> Result<Vec<u8>, Failure> {
    fs_err::read(folder.join(&file.local)).map_err(|error| {
        let missing = format!("Missing file: {}", file.local.display());
        let hint = format!("the accessory {} mounts it", accessory.name);
        Failure::new(Kind::Project, missing)
            .because(&error)
            .hint(hint)
    })
}

/// The world with the variables of an accessory in it.
fn with_environment(
    templates: &SystemRuntime,
    accessory: &Accessory,
    secrets: &Secrets,
) -> SystemRuntime {
    let mut runtime = templates.clone();
    for pair in &accessory.env.clear {
        runtime.set_variable(&pair.name, Some(&pair.value));
    }
    // Those that are missing were told when the needs were looked up.
    for secret in &accessory.env.secret {
        if let Ok(value) = secrets.get(&secret.source) {
            runtime.set_variable(secret.variable.as_str(), Some(value.expose()));
        }
    }
    runtime
}

fn rendered(
    accessory: &Accessory,
    file: &AccessoryFile,
    bytes: Vec<u8>,
    runtime: &mut SystemRuntime,
) -> Result<Content, Failure> {
    let failed = || {
        let (path, name) = (file.local.display(), &accessory.name);
        Failure::new(
            Kind::Project,
            format!("rendering {path} for the accessory {name} failed"),
        )
    };
    let text = String::from_utf8(bytes).map_err(|error| failed().because(&error.utf8_error()))?;
    render_accessory_file(&file.local, &text, runtime)
        .map(Content::new)
        .map_err(|problems| failed().detail(problems.render(false)))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt};

    use dhow_config::{Sources, load};
    use dhow_secrets::{Expansion, LocalRunner, SecretsFiles};

    use super::*;

    const DEPLOY_FILE: &str = "\
service: shop
image: acme/shop
servers: [10.0.0.1]
registry: {username: acme, password: [PW]}
builder: {arch: amd64}
accessories:
  db:
    image: mysql
    host: 10.0.0.2
    env: {clear: {PORT: 3306}, secret: [\"ROOT:DB_ROOT\"]}
    files: [\"my.cnf.erb:/etc/my.cnf\", \"as-is.txt:/as-is\"]
";

    /// What is uploaded for the template, or what is told instead.
    fn uploaded(template: &str) -> Result<Vec<String>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join(".kamal")).unwrap();
        write(".kamal/secrets", "DB_ROOT=hunter2\nPW=x\n");
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(folder.path().join(".kamal/secrets"), mode).unwrap();
        write("my.cnf.erb", template);
        write("as-is.txt", "<%= 1 %>");
        let config = load(&Sources::of_text(DEPLOY_FILE, None), None)
            .unwrap()
            .config;
        let runner = LocalRunner::new(folder.path());
        let secrets = Secrets::load(
            &SecretsFiles::new(Path::new(".kamal/secrets"), None),
            &BTreeMap::new(),
            folder.path(),
            &runner,
            Expansion::Literal,
        )
        .unwrap();
        let variables = BTreeMap::from([("SHAPE".to_owned(), "round".to_owned())]);
        let templates = SystemRuntime::new(folder.path(), variables);
        let files = read(&config, &templates, &secrets, folder.path())?;
        let text = |content: &Content| String::from_utf8_lossy(content.expose()).into_owned();
        Ok(files.values().map(text).collect())
    }

    #[test]
    fn templates_see_the_accessorys_environment() {
        let texts =
            uploaded("port = <%= ENV[\"PORT\"] %>\n# <%= ENV[\"ROOT\"] %> <%= ENV[\"SHAPE\"] %>\n");
        let expected = ["<%= 1 %>", "port = 3306\n# hunter2 round\n"];
        assert_eq!(texts.expect("a good template"), expected);
    }

    #[test]
    fn a_mistake_in_a_template_is_told_at_its_place() {
        let failure = uploaded("a\nb <%= ENV.fetch(\"NO\") + ENV[\"ROOT\"] %>").unwrap_err();
        insta::assert_snapshot!(failure.render(|word| word), @r#"
        error: rendering my.cnf.erb for the accessory db failed

        error: key not found: "NO"
         --> my.cnf.erb:2:7
          |
        2 | b <%= ENV.fetch("NO") + ENV["ROOT"] %>
          |       ^^^^^^^^^^^^^^^
          |
          = help: set the environment variable NO, or give a default: `ENV.fetch("NO", "…")`
        "#);
    }
}
