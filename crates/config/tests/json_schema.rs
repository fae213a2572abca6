//! The JSON Schema against whole files, as an editor reads them and as dhow does.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use dhow_config::{DescribedFile, Sources, json_schema, load};
use dhow_erb::StagedRuntime;
use dhow_names::Destination;
use jsonschema::{Validator, draft202012};
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

const GOOD: &str = "\
service: shop
image: acme/shop
servers: [10.0.0.1]
registry: {username: acme, password: [PW]}
builder: {arch: amd64}
";

fn validator(file: DescribedFile) -> Validator {
    let schema = json_schema(file);
    draft202012::meta::validate(&schema).expect("it keeps to the rules of schemas");
    draft202012::new(&schema).expect("it is a schema")
}

/// What is wrong with a value, each with its place.
fn told(validator: &Validator, value: &Value) -> Vec<String> {
    let errors = validator.iter_errors(value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// A file as an editor reads it: YAML 1.2, before its ERB tags are rendered. None when that is no YAML.
fn as_an_editor_reads(text: &str) -> Option<Value> {
    let mut yaml: serde_yaml::Value = serde_yaml::from_str(text).ok()?;
    yaml.apply_merge().ok()?;
    serde_json::to_value(yaml).ok()
}

/// A deploy file of `testdata`, and the destination when it is one's own.
struct Example {
    path: PathBuf,
    text: String,
    destination: Option<(PathBuf, Destination)>,
}

impl Example {
    fn schema(&self) -> DescribedFile {
        match self.destination {
            None => DescribedFile::Base,
            Some(_) => DescribedFile::Destination,
        }
    }

    /// Both files merged as dhow reads them, and whether anything is told about them; none when they are refused.
    fn merged(&self) -> Option<(Value, bool)> {
        let (base, destination) = match &self.destination {
            None => (&self.path, None),
            Some((base, destination)) => (base, Some(destination)),
        };
        let mut runtime = StagedRuntime::default();
        let sources = Sources::read(Path::new("/"), base, destination, &mut runtime).unwrap();
        let loaded = load(&sources, destination).ok()?;
        let value = serde_json::to_value(loaded.merged).unwrap();
        Some((value, !loaded.warnings.is_empty()))
    }
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "yml") {
            found.push(path);
        }
    }
}

fn examples() -> Vec<Example> {
    let mut paths = Vec::new();
    let folder = Path::new(ROOT).join("testdata/deploy-files");
    files_below(&folder.canonicalize().unwrap(), &mut paths);
    paths.sort();
    let example = |path: PathBuf| {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let destination = stem.split_once('.').map(|(base, destination)| {
            let base = path.with_file_name(format!("{base}.yml"));
            (base, destination.parse().unwrap())
        });
        Example {
            text: fs::read_to_string(&path).unwrap(),
            destination,
            path,
        }
    };
    paths.into_iter().map(example).collect()
}

/// Every file that dhow takes fits the schema in dhow's reading, and those about which it says nothing in that of an
/// editor as well.
#[test]
fn every_deploy_file_fits() {
    let (base, part) = (
        validator(DescribedFile::Base),
        validator(DescribedFile::Destination),
    );
    let (mut in_our_reading, mut in_an_editors) = (0, 0);
    for example in examples() {
        let name = example.path.display();
        let merged = example.merged();
        if let Some((merged, _)) = &merged {
            assert_eq!(told(&base, merged), [""; 0], "{name}, merged");
            in_our_reading += 1;
        }
        let has_tags = example.text.contains("<%");
        let is_fine = merged.is_some_and(|(_, has_warnings)| !has_warnings);
        let read = as_an_editor_reads(&example.text).filter(|_| has_tags || is_fine);
        if let Some(value) = read {
            let validator = match example.schema() {
                DescribedFile::Base => &base,
                DescribedFile::Destination => &part,
            };
            assert_eq!(told(validator, &value), [""; 0], "{name}, in an editor");
            in_an_editors += 1;
        }
    }
    assert!(in_our_reading >= 15, "{in_our_reading}");
    assert!(in_an_editors >= 15, "{in_an_editors}");
}

#[test]
fn the_file_that_init_writes_fits() {
    let path = Path::new(ROOT).join("crates/dhow/templates/deploy.yml");
    let template = fs::read_to_string(path).unwrap();
    let filled = [
        ("{service}", "shop"),
        ("{image}", "acme/shop"),
        ("{app_port}", "app_port: 3000"),
        ("{server}", "server: ghcr.io"),
        ("{account}", "acme"),
    ]
    .into_iter()
    .fold(template, |text, (name, value)| text.replace(name, value));
    let value = as_an_editor_reads(&filled).expect("every place of the template is filled");
    assert_eq!(told(&validator(DescribedFile::Base), &value), [""; 0]);
}

/// A good file in which the top-level keys of `text` replace those that were there.
fn good_with(text: &str) -> String {
    let replaced = |line: &&str| {
        let key = line.split(':').next().unwrap_or_default();
        !text.lines().any(|new| new.starts_with(&format!("{key}:")))
    };
    let kept: Vec<&str> = GOOD.lines().filter(replaced).collect();
    format!("{}\n{text}\n", kept.join("\n"))
}

fn both_take(validator: &Validator, text: &str) -> (bool, bool) {
    let value = as_an_editor_reads(text).unwrap_or_else(|| panic!("{text} is YAML"));
    let loaded = load(&Sources::of_text(text, None), None);
    (loaded.is_ok(), validator.is_valid(&value))
}

#[test]
fn what_is_refused_for_its_keys_and_types_does_not_fit() {
    let validator = validator(DescribedFile::Base);
    for snippet in [
        "servrs: []",
        "traefik: {}",
        "healthcheck: {path: /up}",
        "service:",
        "image: [a]",
        "labels: 12",
        "labels:",
        "labels: {a: [b]}",
        "volumes: data:/data",
        "volumes: [[a]]",
        "servers: web",
        "servers: {web: one}",
        "servers: {web: {hosts: a}}",
        "servers: {web: {hosts: [a], x-foo: 1}}",
        "servers: [[a]]",
        "servers: [10.1]",
        "servers: [{a: b, c: d}]",
        "servers: [{}]",
        "servers: [{a: }]",
        "servers: [{a: [[x]]}]",
        "servers: {web: {hosts: [a], options: {memory: {a: b}}}}",
        "servers: {web: {hosts: [a], env: {tags: {eu: {A: b}}}}}",
        "servers: {web: {hosts: [a], proxy: }}",
        "servers: {web: {hosts: [a], proxy: []}}",
        "retain_containers: \"3\"",
        "retain_containers: many",
        "retain_containers: 1.5",
        "deploy_timeout: -1",
        "require_destination: \"true\"",
        "require_destination: 1",
        "registry: {username: 12, password: [PW]}",
        "registry: {username: acme, password: [A, B]}",
        "registry: {username: acme, password: [PW], port: 5000}",
        "builder: {arch: {a: b}}",
        "builder: {arch: amd64, sbom: \"true\"}",
        "builder: {arch: amd64, cache: {type: disk}}",
        "builder: {arch: amd64, args: {A: [b]}}",
        "builder: {arch: amd64, secrets: TOKEN}",
        "builder: {arch: amd64, local: {arhc: amd64}}",
        "builder: {arch: amd64, pack: {builder: x}}",
        "proxy: true",
        "proxy: {ssl: maybe}",
        "proxy: {app_port: \"80\"}",
        "proxy: {healthcheck: {port: 80}}",
        "proxy: {run: {http_port: eighty}}",
        "env: [A]",
        "env: {clear: [A: 1]}",
        "env: {secret: PASSWORD}",
        "env: {FOO: [1]}",
        "env: {clear: {A: 1}, FOO: x}",
        "env: {tags: {eu: {tags: {}}}}",
        "ssh: {config: {a: b}}",
        "ssh: {keys: ~/.ssh/id}",
        "ssh: {keepalive: true}",
        "sshkit: {dns_retries: few}",
        "boot: {wait: 10s}",
        "logging: {options: [max-size]}",
        "output: {otel: {endpoint: a, headers: b}}",
        "output: {file: {}}",
        "hooks_output: [quiet]",
        "hooks_output: loud",
        "hooks_output: {pre-deploy: true}",
        "aliases: {Console: app exec}",
        "aliases: {console: [app, exec]}",
        "accessories: [db]",
        "accessories: {db: {host: a}}",
        "accessories: {db: {image: x, host: a, proxy: true}}",
        "accessories: {db: {image: x, host: a, files: [[a]]}}",
        "accessories: {db: {image: x, host: a, files: [{local: a}]}}",
        "x-dhow: {secrets: {expand: ruby}}",
        "x-dhow: {secret: {}}",
        "x-dhow: {version: tag}",
        "x-dhow: {version: [commit]}",
        "x-dhow: {version: {from: tag}}",
        "x-dhow: {version: {variable: A}}",
        "x-dhow: {version: {env: [A]}}",
        "x-dhow: {latest: never}",
    ] {
        assert_eq!(
            both_take(&validator, &good_with(snippet)),
            (false, false),
            "{snippet}: (dhow takes it, the schema takes it)"
        );
    }
}

#[test]
fn what_is_taken_fits() {
    let validator = validator(DescribedFile::Base);
    for snippet in [
        "x-anything: [1, {a: }]",
        "service: 5",
        "require_destination: no",
        "labels: {a: 1, b: true, c: 1.5}",
        "servers: [a, {b: eu}, {c: [eu, slow]}]",
        "servers: {web: [a], job: {hosts: [{b: eu}], cmd: x, proxy: false}}",
        "servers: {web: {hosts: [a], options: {init: true, ulimit: [a=1, b=2]}, traefik: true}}",
        "primary_web_role: web",
        "run_directory: /srv",
        "registry: {server: \"localhost:5000\"}",
        "registry: {server: \"localhost:5000\", username: , password: []}",
        "builder: {multiarch: false}",
        "builder: {remote: {arch: amd64}, cache: {type: registry}}",
        "builder: {arch: [amd64], args: {A: , B: 1}, provenance: false}",
        "proxy: {host: a, ssl: {other: 1}}",
        "env: {A: b, C: 1, D: 1.5, E: false}",
        "env: {clear: {A: b}, secret: [C, \"D:E\"], tags: {eu: {F: g}, us: {secret: [H]}}}",
        "ssh: {port: 22, config: false, log_level: debug}",
        "ssh: {port: \"22\", config: [a, b]}",
        "hooks_output: :verbose",
        "hooks_output: {pre-deploy: quiet}",
        "boot: {limit: 3}",
        "boot: {limit: 25%}",
        "logging: {options: {max-size: 10m, compress: }}",
        "accessories: {db: {image: x, host: a, proxy: false}}",
        "accessories: {db: {image: x, host: a, proxy: off}}",
        "accessories: {db: {image: x, host: a, files: [\"a:/a\", {local: b, remote: /b, mode: \"0600\"}]}}",
        "x-dhow: {secrets: {expand: kamal}}",
        "x-dhow: {version: describe}",
        "x-dhow: {version: {from: short_commit, digits: 9, immutable: no}}",
        "x-dhow: {version: {env: RELEASE}}",
        "x-dhow: {version: {command: bin/version --short}, latest: build}",
    ] {
        assert_eq!(
            both_take(&validator, &good_with(snippet)),
            (true, true),
            "{snippet}: (dhow takes it, the schema takes it)"
        );
    }
}

#[test]
fn what_is_missing_is_told_of_the_base_and_not_of_a_destination() {
    let file = as_an_editor_reads("accessories: {db: {host: a}}\n").unwrap();
    assert_eq!(
        told(&validator(DescribedFile::Base), &file),
        [
            ": \"service\" is a required property",
            ": \"registry\" is a required property",
            ": \"builder\" is a required property",
            "/accessories/db: \"image\" is a required property",
        ]
    );
    assert_eq!(told(&validator(DescribedFile::Destination), &file), [""; 0]);
}

#[test]
fn a_tag_may_stand_for_a_value_or_a_key() {
    let validator = validator(DescribedFile::Base);
    let file = "\
service: shop<%= ENV[\"SUFFIX\"] %>
image: <%= image %>
servers: <%= ENV[\"HOSTS\"].split(\",\") %>
registry: <%= registry %>
builder:
  arch: <%= Kamal::Utils.docker_arch %>
  <%= key %>: value
<%= root_key %>: value
deploy_timeout: <%= ENV.fetch(\"TIMEOUT\", 30) %>
require_destination: <%= ENV[\"CI\"] == \"true\" %>
";
    let value = as_an_editor_reads(file).unwrap();
    assert_eq!(told(&validator, &value), [""; 0]);
}

/// The schemas are kept in the repository, where editors get them from.
#[test]
fn the_kept_schemas_are_current() {
    for (file, option) in [
        (DescribedFile::Base, ""),
        (DescribedFile::Destination, " --partial"),
    ] {
        let path = format!("docs/{}", file.schema_name());
        let kept = fs::read_to_string(Path::new(ROOT).join(&path)).unwrap_or_default();
        let current = format!("{:#}\n", json_schema(file));
        assert!(
            kept == current,
            "{path} is not what the tables say any more; write it again with `just schema`, or with\n\
             cargo run -p dhow -- config schema{option} > {path}"
        );
    }
}
