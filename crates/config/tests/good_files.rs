//! Rules of merging and order, on files of `testdata/deploy-files`; `deploy_files.rs` shows each as a whole.

use std::path::Path;

use dhow_config::{Config, Loaded, Sources, load};
use dhow_erb::StagedRuntime;
use dhow_names::{Destination, RoleName};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/deploy-files");

fn load_file(name: &str, destination: Option<&str>) -> Loaded {
    let destination: Option<Destination> =
        destination.map(|name| name.parse().expect("a destination"));
    let mut runtime = StagedRuntime::default();
    let (folder, name) = (Path::new(FOLDER), Path::new(name));
    let sources =
        Sources::read(folder, name, destination.as_ref(), &mut runtime).expect("the file is there");
    load(&sources, destination.as_ref()).unwrap_or_else(|problems| panic!("{problems}"))
}

fn config(name: &str) -> Config {
    load_file(name, None).config
}

#[test]
fn a_file_on_one_line() {
    let (one_line, plain) = (config("one-line.yml"), config("plain.yml"));
    assert_eq!(one_line, plain);
}

#[test]
fn servers_in_all_forms() {
    let hosts = |name: &str| -> Vec<String> {
        let config = config(name);
        let line = |role: &dhow_config::Role| {
            let hosts: Vec<String> = role
                .hosts
                .iter()
                .map(|entry| {
                    let tags: Vec<&str> = entry.tags.iter().map(AsRef::as_ref).collect();
                    format!("{}[{}]", entry.host, tags.join(" "))
                })
                .collect();
            format!("{}: {}", role.name, hosts.join(" "))
        };
        config.roles.iter().map(line).collect()
    };
    assert_eq!(hosts("flat-list.yml"), ["web: a[] b[one] c[one two]"]);
    assert_eq!(hosts("named-lists.yml"), ["job: c[]", "web: a[] b[one]"]);
    assert_eq!(
        hosts("role-mappings.yml"),
        ["cron: a[]", "job: b[] c[]", "web: a[one] d[]"]
    );
}

/// Config §4.3, a row per role.
#[test]
fn which_roles_run_behind_the_proxy() {
    let config = config("proxied-roles.yml");
    let proxied: Vec<(&str, Option<u16>)> = config
        .roles
        .iter()
        .map(|role| {
            let port = role.proxy.as_ref().map(|proxy| proxy.app_port);
            (role.name.as_str(), port)
        })
        .collect();
    assert_eq!(
        proxied,
        [
            ("absent", None),
            ("empty", Some(3000)),
            ("mapping", Some(4000)),
            ("no", None),
            ("web", Some(3000)),
            ("yes", Some(3000)),
        ]
    );
    let role: RoleName = "mapping".parse().unwrap();
    let proxy = config.role(&role).unwrap().proxy.as_ref().unwrap();
    assert_eq!(proxy.hosts, ["shop.example"]);
    assert_eq!(proxy.health_check.path.as_deref(), Some("/up"));
    assert_eq!(
        proxy.health_check.interval,
        Some(std::time::Duration::from_secs(2))
    );
}

/// Config §5.3: root, role, then each tag; clear by key, secrets as a union.
#[test]
fn environments_merge_in_order() {
    let config = config("environments.yml");
    let web = config.role(&config.primary_role).unwrap();
    let told: Vec<String> = web
        .hosts
        .iter()
        .map(|entry| {
            let clear = entry.env.clear.iter();
            let clear: Vec<String> = clear
                .map(|pair| format!("{}={}", pair.name, pair.value))
                .collect();
            let secret = entry.env.secret.iter();
            let secret: Vec<String> = secret
                .map(|secret| format!("{}<{}", secret.variable, secret.source))
                .collect();
            format!("{}: {} {}", entry.host, clear.join(" "), secret.join(" "))
        })
        .collect();
    assert_eq!(
        told,
        [
            "a: LEVEL=role DEBUG=false EMPTY= ROLE=web PASSWORD<PASSWORD TOKEN<WEB_TOKEN",
            "b: LEVEL=eu DEBUG=false EMPTY= ROLE=web REGION=eu PASSWORD<PASSWORD TOKEN<WEB_TOKEN",
            "c: LEVEL=slow DEBUG=false EMPTY= ROLE=web REGION=eu PASSWORD<PASSWORD TOKEN<WEB_TOKEN SLOW<SLOW",
        ]
    );
}

#[test]
fn stop_timeouts_are_the_roles_or_the_roots_or_the_drain_timeout() {
    let config = config("role-mappings.yml");
    let seconds: Vec<(&str, Option<u64>)> = config
        .roles
        .iter()
        .map(|role| {
            let seconds = role.stop_timeout.map(|timeout| timeout.as_secs());
            (role.name.as_str(), seconds)
        })
        .collect();
    assert_eq!(
        seconds,
        [("cron", Some(45)), ("job", Some(300)), ("web", None)]
    );
}

#[test]
fn accessories_only() {
    let config = config("accessories-only.yml");
    assert_eq!(config.roles, []);
    let hosts: Vec<String> = config.hosts().iter().map(ToString::to_string).collect();
    assert_eq!(hosts, ["db1", "db2"]);
}

#[test]
fn accessories_on_hosts_of_roles_and_tags() {
    let config = config("accessory-hosts.yml");
    let hosts: Vec<String> = config
        .accessories
        .iter()
        .map(|accessory| {
            let hosts: Vec<&str> = accessory.hosts.iter().map(AsRef::as_ref).collect();
            format!("{}: {}", accessory.name, hosts.join(" "))
        })
        .collect();
    assert_eq!(
        hosts,
        [
            "one: x",
            "several: x y",
            "role: c",
            "roles: a b c",
            "tag: a c",
            "tags: a b c"
        ]
    );
}

#[test]
fn a_file_that_is_not_there_says_where_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let config = Path::new("config/deploy.yml");
    let error =
        Sources::read(folder.path(), config, None, &mut StagedRuntime::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "Configuration file not found in {}/config/deploy.yml; `dhow init` writes one, and `-c FILE` names another",
            folder.path().display()
        )
    );
    std::fs::create_dir(folder.path().join("config")).unwrap();
    for name in ["deploy.yml", "deploy.staging.yml", "deploy.production.yml"] {
        std::fs::write(folder.path().join("config").join(name), "a: b").unwrap();
    }
    let destination: Destination = "stagin".parse().unwrap();
    let error = Sources::read(
        folder.path(),
        config,
        Some(&destination),
        &mut StagedRuntime::default(),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "Configuration file not found in {}/config/deploy.stagin.yml; destinations that have a file: production, staging",
            folder.path().display()
        )
    );
}

#[test]
fn the_destination_file_of_a_yaml_file_ends_in_yml() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.yaml"), "a: b").unwrap();
    std::fs::write(folder.path().join("x.eu.yml"), "c: d").unwrap();
    let destination: Destination = "eu".parse().unwrap();
    let sources = Sources::read(
        folder.path(),
        Path::new("x.yaml"),
        Some(&destination),
        &mut StagedRuntime::default(),
    )
    .unwrap();
    assert_eq!(sources.written().last().unwrap().text, "c: d");
}

#[test]
fn a_file_that_is_no_text_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.yml"), [0xff, 0xfe, 0x00]).unwrap();
    let error = Sources::read(
        folder.path(),
        Path::new("x.yml"),
        None,
        &mut StagedRuntime::default(),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("reading {}/x.yml failed", folder.path().display())
    );
}
