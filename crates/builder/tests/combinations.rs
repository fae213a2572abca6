//! Every combination of architectures, machines and drivers that a deploy file can ask for, on a machine of the
//! architecture amd64: what builds, how it is made, and what it is told. Whatever is asked for, the image of a push ends
//! in the registry and that of `build dev` in the engine's store.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{fmt::Write as _, path::Path};

use dhow_builder::{Build, Freshness, Instance, Naming, Origin, Output, beyond_the_engine};
use dhow_config::{Config, Sources, load};

const ARCHITECTURES: [&str; 5] = [
    "arch: amd64",
    "arch: arm64",
    "arch: [amd64, arm64]",
    "multiarch: false",
    "multiarch: true",
];
const MACHINES: [&str; 3] = [
    "",
    ", remote: 'ssh://b'",
    ", remote: 'ssh://b', local: false",
];
const DRIVERS: [&str; 3] = ["", ", driver: docker", ", driver: cloud acme/fast"];
const REGISTRIES: [&str; 2] = [
    "{server: ghcr.io, username: acme, password: [P]}",
    "{server: 'localhost:5555'}",
];

fn read(builder: &str, registry: &str) -> Option<Config> {
    let text = format!(
        "service: shop\nimage: shop\nservers: [h1]\nbuilder: {builder}\nregistry: {registry}\n"
    );
    let loaded = load(&Sources::of_text(&text, None), None);
    Some(loaded.ok()?.config)
}

fn command(config: &Config, instance: &Instance, output: &Output, naming: Naming) -> String {
    let version = "1".parse().unwrap();
    let build = Build {
        config,
        version: &version,
        output,
        freshness: Freshness::default(),
        instance,
        origin: &Origin::default(),
        naming,
        own: "amd64",
        tells_steps: true,
        metadata: Path::new("/told"),
    };
    build.command().to_string()
}

fn all() -> impl Iterator<Item = (String, &'static str)> {
    let machines = || {
        MACHINES
            .iter()
            .flat_map(|machine| DRIVERS.iter().map(move |driver| (machine, driver)))
    };
    let builders = ARCHITECTURES.iter().flat_map(move |arch| {
        machines().map(move |(machine, driver)| format!("{{{arch}{machine}{driver}}}"))
    });
    builders.flat_map(|builder| {
        REGISTRIES
            .iter()
            .map(move |registry| (builder.clone(), *registry))
    })
}

#[test]
fn every_combination_has_a_builder_and_a_command() {
    let mut table = String::new();
    let show = |line: Option<dhow_shell::CommandLine>| {
        line.map_or("nothing".to_owned(), |it| it.to_string())
    };
    for (builder, registry) in all() {
        let server = if registry.contains("localhost") {
            " for localhost:5555"
        } else {
            ""
        };
        writeln!(table, "{builder}{server}").unwrap();
        let Some(config) = read(&builder, registry) else {
            writeln!(table, "  refused").unwrap();
            continue;
        };
        let instance = Instance::of(&config, "amd64");
        let name = instance.name().unwrap_or("the engine itself");
        writeln!(table, "  {}: {name}", instance.kind()).unwrap();
        if let Some(what) = beyond_the_engine(&config.builder, &instance) {
            writeln!(table, "  only with containerd's image store: {what}").unwrap();
        }
        writeln!(table, "  look: {}", show(instance.look())).unwrap();
        writeln!(table, "  create: {}", show(instance.create())).unwrap();
        writeln!(table, "  remove: {}", show(instance.remove())).unwrap();
        let push = command(&config, &instance, &Output::Registry, Naming::Version);
        writeln!(table, "  push: {push}").unwrap();
        let store = Output::Named("docker".to_owned());
        let dev = command(&config, &instance, &store, Naming::Dirty);
        writeln!(table, "  dev: {dev}").unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn whatever_is_asked_for_the_image_ends_where_it_is_looked_for() {
    for (builder, registry) in all() {
        let Some(config) = read(&builder, registry) else {
            continue;
        };
        let instance = Instance::of(&config, "amd64");
        let push = command(&config, &instance, &Output::Registry, Naming::Version);
        assert!(
            push.contains("--output=type=registry "),
            "{builder}: {push}"
        );
        assert_eq!(
            push.contains("--builder"),
            instance.name().is_some(),
            "{builder}: {push}"
        );
        let store = Output::Named("docker".to_owned());
        let dev = command(&config, &instance, &store, Naming::Dirty);
        assert!(dev.contains("--output=type=docker "), "{builder}: {dev}");
        let platforms = dev.split("--platform ").nth(1);
        let platforms = platforms
            .and_then(|it| it.split(' ').next())
            .unwrap_or_default();
        assert!(
            !platforms.contains(','),
            "the store takes one: {builder}: {dev}"
        );
    }
}
