//! The build's command lines, held against the reference (host-commands §5).

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::path::Path;

use dhow_builder::{
    Build, Freshness, Instance, Naming, Origin, Output, buildx_version, engine_version,
};
use dhow_config::{Config, Sources, load};
use dhow_versioning::Commit;

fn config(builder: &str) -> Config {
    let text = format!(
        "service: shop\nimage: acme/shop\nservers: [192.0.2.1]\nbuilder: {builder}\n\
         registry: {{server: ghcr.io, username: acme, password: [KAMAL_REGISTRY_PASSWORD]}}\n"
    );
    load(&Sources::of_text(&text, None), None)
        .unwrap_or_else(|problems| panic!("{problems}"))
        .config
}

/// What a build is asked for besides the deploy file.
struct Asked {
    output: Output,
    freshness: Freshness,
    origin: Origin,
    naming: Naming,
}

impl Default for Asked {
    /// A folder without history, pushed as Kamal pushes it.
    fn default() -> Self {
        Self {
            output: Output::Registry,
            freshness: Freshness::default(),
            origin: Origin::default(),
            naming: Naming::WithLatest,
        }
    }
}

fn build(builder: &str) -> String {
    build_with(&config(builder), &Asked::default())
}

fn build_to(config: &Config, output: Output) -> String {
    let asked = Asked {
        output,
        ..Asked::default()
    };
    build_with(config, &asked)
}

/// The command, without the words that every build has.
fn build_with(config: &Config, asked: &Asked) -> String {
    let version = "1111111".parse().unwrap();
    let instance = Instance::of(config, "amd64");
    let build = Build {
        instance: &instance,
        config,
        version: &version,
        output: &asked.output,
        freshness: asked.freshness,
        origin: &asked.origin,
        naming: asked.naming,
        own: "amd64",
        tells_steps: false,
        metadata: Path::new("/tmp/told"),
    };
    build.command().exposed()
}

/// The words between the tags and the Dockerfile, and those behind it.
fn options(builder: &str) -> String {
    let line = build(builder);
    let (_, options) = line.split_once("-t ghcr.io/acme/shop:latest ").unwrap();
    let version = "--label org.opencontainers.image.version=1111111 ";
    assert!(options.contains(version), "{options}");
    options.replace(version, "")
}

#[test]
fn the_worked_example_is_built_as_the_reference_says() {
    insta::assert_snapshot!(build(
        "{arch: amd64, args: {RUBY: 3.3}, secrets: [BUILD_TOKEN]}"
    ));
}

#[test]
fn every_setting_has_its_place() {
    let table = [
        (
            "{arch: amd64}",
            r#"--label service="shop" --file Dockerfile ."#,
        ),
        (
            "{arch: amd64, dockerfile: docker/app.Dockerfile, context: app}",
            r#"--label service="shop" --file docker/app.Dockerfile app"#,
        ),
        (
            "{arch: amd64, args: {A: 'x y', B: 'p$w\"`', C: '${HOME}', D: true}}",
            r#"--label service="shop" --build-arg A="x y" --build-arg B="p\$w\"\`" --build-arg C="${HOME}" --build-arg D="true" --file Dockerfile ."#,
        ),
        (
            "{arch: amd64, args: {A: ''}}",
            r#"--label service="shop" --build-arg A --file Dockerfile ."#,
        ),
        (
            "{arch: amd64, secrets: [ONE, TWO]}",
            r#"--label service="shop" --secret id=ONE --secret id=TWO --file Dockerfile ."#,
        ),
        (
            "{arch: amd64, target: release, ssh: default=$SSH_AUTH_SOCK, provenance: mode=max, sbom: true}",
            r#"--label service="shop" --file Dockerfile --target release --ssh default=$SSH_AUTH_SOCK --provenance mode=max --sbom true ."#,
        ),
        (
            "{arch: amd64, provenance: false, sbom: false}",
            r#"--label service="shop" --file Dockerfile --provenance false --sbom false ."#,
        ),
        (
            "{arch: amd64, cache: {type: registry}}",
            r#"--cache-to type=registry,ref=ghcr.io/acme/shop-build-cache --cache-from type=registry,ref=ghcr.io/acme/shop-build-cache --label service="shop" --file Dockerfile ."#,
        ),
        (
            "{arch: amd64, cache: {type: registry, image: acme/cache, options: 'mode=max,image-manifest=true'}}",
            r#"--cache-to type=registry,ref=ghcr.io/acme/cache,mode=max,image-manifest=true --cache-from type=registry,ref=ghcr.io/acme/cache --label service="shop" --file Dockerfile ."#,
        ),
        (
            "{arch: amd64, cache: {type: gha}}",
            r#"--cache-to type=gha --cache-from type=gha --label service="shop" --file Dockerfile ."#,
        ),
        (
            "{arch: amd64, cache: {type: gha, options: 'mode=max,scope=shop,timeout=5m'}}",
            r#"--cache-to type=gha,mode=max,scope=shop,timeout=5m --cache-from type=gha,scope=shop,timeout=5m --label service="shop" --file Dockerfile ."#,
        ),
    ];
    for (builder, expected) in table {
        assert_eq!(options(builder), expected, "{builder}");
    }
}

#[test]
fn platforms_builder_output_and_cache_come_from_the_file_and_the_command_line() {
    insta::assert_snapshot!(build("{arch: [amd64, arm64]}"));
    insta::assert_snapshot!(build("{arch: amd64, driver: docker}"));
    let shop = config("{arch: amd64}");
    insta::assert_snapshot!(build_to(&shop, Output::Named("docker".to_owned())));
    let anew = |no_cache, pull| Asked {
        freshness: Freshness { no_cache, pull },
        ..Asked::default()
    };
    insta::assert_snapshot!(build_with(&shop, &anew(true, false)));
}

#[test]
fn a_build_for_a_destination_tags_its_own_latest() {
    let destination = "staging".parse().unwrap();
    let text = "service: shop\nimage: shop\nservers: [h1]\nbuilder: {arch: amd64}\n\
                registry: {username: acme, password: p}\n";
    let sources = Sources::of_text(text, Some((&destination, "{}")));
    let config = load(&sources, Some(&destination)).unwrap().config;
    insta::assert_snapshot!(build_to(&config, Output::Registry));
}

#[test]
fn base_images_are_asked_for_again_when_told() {
    let shop = config("{arch: amd64}");
    for (no_cache, pull, words) in [
        (false, false, "--file Dockerfile ."),
        (true, false, "--file Dockerfile --no-cache ."),
        (false, true, "--file Dockerfile --pull ."),
        (true, true, "--file Dockerfile --no-cache --pull ."),
    ] {
        let asked = Asked {
            freshness: Freshness { no_cache, pull },
            ..Asked::default()
        };
        let line = build_with(&shop, &asked);
        assert!(line.ends_with(words), "{line}");
    }
}

#[test]
fn an_image_says_where_it_comes_from_and_is_not_the_latest_yet() {
    let commit = Commit {
        id: "0123456789abcdef0123456789abcdef01234567".parse().unwrap(),
        subject: "Sell more".to_owned(),
        time: "2026-01-31T12:34:56Z".parse().unwrap(),
        author: "Ada <ada@example.com>".to_owned(),
    };
    let asked = Asked {
        origin: Origin {
            commit: Some(commit),
            url: Some("https://github.com/acme/shop".to_owned()),
        },
        naming: Naming::Version,
        ..Asked::default()
    };
    insta::assert_snapshot!(build_with(&config("{arch: amd64}"), &asked));
    let pack = "pack: {builder: 'heroku/builder:24', buildpacks: [heroku/ruby]}";
    let packed = config(&format!("{{arch: amd64, {pack}}}"));
    insta::assert_snapshot!(build_with(&packed, &asked));
}

/// How a builder is looked for, made and removed, on a machine of the architecture amd64.
fn instance(builder: &str) -> String {
    let instance = Instance::of(&config(builder), "amd64");
    let lines = [instance.look(), instance.create(), instance.remove()];
    let shown = lines.map(|line| line.map_or("nothing".to_owned(), |line| line.exposed()));
    shown.join("\n")
}

#[test]
fn builders_are_looked_for_made_and_removed_by_name() {
    insta::assert_snapshot!(instance("{arch: amd64}"));
    insta::assert_snapshot!(instance("{arch: amd64, driver: docker}"), @r"
    nothing
    nothing
    nothing
    ");
    insta::assert_snapshot!(instance("{arch: amd64, driver: cloud acme/fast}"));
    insta::assert_snapshot!(instance(
        "{arch: arm64, remote: 'ssh://docker@Builder.example'}"
    ));
    insta::assert_snapshot!(instance("{arch: amd64, remote: 'ssh://b', local: false}"));
    insta::assert_snapshot!(instance("{arch: [amd64, arm64], remote: 'ssh://b'}"));
    insta::assert_snapshot!(instance("{arch: amd64, pack: {builder: 'heroku/builder:24', buildpacks: [heroku/ruby]}}"), @r"
    nothing
    nothing
    nothing
    ");
}

/// What this machine can build alone needs no other, whatever `remote` says.
#[test]
fn a_remote_that_is_not_needed_is_left_alone() {
    assert_eq!(
        instance("{arch: amd64, remote: 'ssh://b'}"),
        instance("{arch: amd64}")
    );
}

#[test]
fn another_machine_pushes_with_the_credentials_of_this_one() {
    insta::assert_snapshot!(build("{arch: arm64, remote: 'ssh://b'}"));
    insta::assert_snapshot!(build("{arch: [amd64, arm64], remote: 'ssh://b'}"));
}

#[test]
fn kamal_1s_single_architecture_is_that_of_the_machine() {
    insta::assert_snapshot!(build("{multiarch: false}"));
}

#[test]
fn buildpacks_get_secrets_by_name_alone() {
    let pack = "pack: {builder: 'heroku/builder:24', buildpacks: [heroku/ruby, heroku/procfile]}";
    let builder =
        format!("{{arch: amd64, {pack}, args: {{A: 'x y'}}, secrets: [TOKEN], context: app}}");
    insta::assert_snapshot!(build(&builder));
    let shop = config(&builder);
    let asked = Asked {
        output: Output::Named("docker".to_owned()),
        freshness: Freshness {
            no_cache: true,
            pull: true,
        },
        ..Asked::default()
    };
    insta::assert_snapshot!(build_with(&shop, &asked));
}

/// A deploy file with a registry on this machine.
fn without_registry(builder: &str) -> Config {
    let text = format!(
        "service: shop\nservers: [h1]\nbuilder: {builder}\nregistry: {{server: 'localhost:5555'}}\n"
    );
    load(&Sources::of_text(&text, None), None).unwrap().config
}

#[test]
fn a_builder_for_a_registry_on_this_machine_shares_its_network() {
    let own = Instance::of(&without_registry("{arch: amd64}"), "amd64");
    insta::assert_snapshot!(own.look().unwrap(), @"docker buildx inspect kamal-local-registry-docker-container && docker context inspect --format 'Context: {{.Name}} {{.Endpoints.docker.Host}}'");
    insta::assert_snapshot!(own.create().unwrap(), @"docker buildx create --name kamal-local-registry-docker-container --driver=docker-container --driver-opt network=host");
    let engine = Instance::of(&without_registry("{arch: amd64, driver: docker}"), "amd64");
    assert_eq!(engine, Instance::Engine);
}

#[test]
fn an_image_for_this_machine_is_pushed_or_exported() {
    let layout = |folder: &str| Output::Layout(folder.into());
    let shop = without_registry("{arch: amd64}");
    insta::assert_snapshot!(build_to(&shop, Output::Registry));
    insta::assert_snapshot!(build_to(&shop, layout("/home/ada/.cache/dhow/registry")));
    // The option is a line of CSV.
    let odd = build_to(&shop, layout("/home/a,b/\"c\""));
    let expected = r#"'--output=type=oci,tar=false,"dest=/home/a,b/""c"""' "#;
    assert!(odd.contains(expected), "{odd}");
    // What does not reach the registry cannot keep a cache there.
    let cached = without_registry("{arch: amd64, driver: docker, cache: {type: registry}}");
    assert!(build_to(&cached, Output::Registry).contains("localhost:5555/shop-build-cache"));
    assert!(!build_to(&cached, layout("/r")).contains("cache"));
    let cached = without_registry("{arch: amd64, cache: {type: gha}}");
    assert!(build_to(&cached, layout("/r")).contains("--cache-to type=gha"));
}

#[test]
fn the_tools_are_asked_for_their_versions() {
    insta::assert_snapshot!(engine_version(), @"docker version --format '{{.Server.Version}}'");
    insta::assert_snapshot!(buildx_version(), @"docker buildx version");
}
