//! The build's command lines, held against the reference (host-commands §5).

#![expect(clippy::unwrap_used, reason = "a test may")]

use dhow_builder::{Build, Instance, Layout, Output, buildx_version, engine_version};
use dhow_config::{Config, Sources, load};

fn config(builder: &str) -> Config {
    let text = format!(
        "service: shop\nimage: acme/shop\nservers: [192.0.2.1]\nbuilder: {builder}\n\
         registry: {{server: ghcr.io, username: acme, password: [KAMAL_REGISTRY_PASSWORD]}}\n"
    );
    load(&Sources::of_text(&text, None), None)
        .unwrap_or_else(|problems| panic!("{problems}"))
        .config
}

fn build(builder: &str) -> String {
    build_with(&config(builder), &Output::Registry, false)
}

fn build_with(config: &Config, output: &Output, no_cache: bool) -> String {
    let version = "1111111".parse().unwrap();
    let instance = Instance::of(config, "amd64");
    let build = Build {
        instance: &instance,
        config,
        version: &version,
        output,
        no_cache,
    };
    build.command().exposed()
}

/// The words between the tags and the Dockerfile, and those behind it.
fn options(builder: &str) -> String {
    let line = build(builder);
    let (_, options) = line.split_once("-t ghcr.io/acme/shop:latest ").unwrap();
    options.to_owned()
}

#[test]
fn the_worked_example_is_built_as_the_reference_says() {
    insta::assert_snapshot!(build("{arch: amd64, args: {RUBY: 3.3}, secrets: [BUILD_TOKEN]}"), @r#"docker buildx build --output=type=registry --platform linux/amd64 --builder kamal-local-docker-container -t ghcr.io/acme/shop:1111111 -t ghcr.io/acme/shop:latest --label service="shop" --build-arg RUBY="3.3" --secret id=BUILD_TOKEN --file Dockerfile ."#);
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
    insta::assert_snapshot!(build("{arch: [amd64, arm64]}"), @r#"docker buildx build --output=type=registry --platform linux/amd64,linux/arm64 --builder kamal-local-docker-container -t ghcr.io/acme/shop:1111111 -t ghcr.io/acme/shop:latest --label service="shop" --file Dockerfile ."#);
    insta::assert_snapshot!(build("{arch: amd64, driver: docker}"), @r#"docker buildx build --output=type=registry --platform linux/amd64 -t ghcr.io/acme/shop:1111111 -t ghcr.io/acme/shop:latest --label service="shop" --file Dockerfile ."#);
    let shop = config("{arch: amd64}");
    insta::assert_snapshot!(build_with(&shop, &Output::Named("docker".to_owned()), false), @r#"docker buildx build --output=type=docker --platform linux/amd64 --builder kamal-local-docker-container -t ghcr.io/acme/shop:1111111 -t ghcr.io/acme/shop:latest --label service="shop" --file Dockerfile ."#);
    insta::assert_snapshot!(build_with(&shop, &Output::Registry, true), @r#"docker buildx build --output=type=registry --platform linux/amd64 --builder kamal-local-docker-container -t ghcr.io/acme/shop:1111111 -t ghcr.io/acme/shop:latest --label service="shop" --file Dockerfile --no-cache ."#);
}

#[test]
fn a_build_for_a_destination_tags_its_own_latest() {
    let destination = "staging".parse().unwrap();
    let text = "service: shop\nimage: shop\nservers: [h1]\nbuilder: {arch: amd64}\n\
                registry: {username: acme, password: p}\n";
    let sources = Sources::of_text(text, Some((&destination, "{}")));
    let config = load(&sources, Some(&destination)).unwrap().config;
    insta::assert_snapshot!(build_with(&config, &Output::Registry, false), @r#"docker buildx build --output=type=registry --platform linux/amd64 --builder kamal-local-docker-container -t shop:1111111 -t shop:latest-staging --label service="shop" --file Dockerfile ."#);
}

/// How a builder is looked for, made and removed, on a machine of the architecture amd64.
fn instance(builder: &str) -> String {
    let instance = Instance::of(&config(builder), "amd64");
    let lines = [instance.inspect(), instance.create(), instance.remove()];
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
    insta::assert_snapshot!(build_with(&shop, &Output::Named("docker".to_owned()), true));
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
    insta::assert_snapshot!(own.inspect().unwrap(), @"docker buildx inspect kamal-local-registry-docker-container");
    insta::assert_snapshot!(own.create().unwrap(), @"docker buildx create --name kamal-local-registry-docker-container --driver=docker-container --driver-opt network=host");
    let engine = Instance::of(&without_registry("{arch: amd64, driver: docker}"), "amd64");
    assert_eq!(engine, Instance::Engine);
}

#[test]
fn an_image_for_this_machine_is_pushed_or_exported() {
    let layout = |folder: &str| {
        Output::Layout(Layout {
            folder: folder.into(),
            metadata: "/tmp/what was built".into(),
        })
    };
    let shop = without_registry("{arch: amd64}");
    insta::assert_snapshot!(build_with(&shop, &Output::Registry, false), @r#"docker buildx build --output=type=registry --platform linux/amd64 --builder kamal-local-registry-docker-container -t localhost:5555/shop:1111111 -t localhost:5555/shop:latest --label service="shop" --file Dockerfile ."#);
    insta::assert_snapshot!(build_with(&shop, &layout("/home/ada/.cache/dhow/registry"), false), @r#"docker buildx build --output=type=oci,tar=false,dest=/home/ada/.cache/dhow/registry --metadata-file '/tmp/what was built' --platform linux/amd64 --builder kamal-local-registry-docker-container -t localhost:5555/shop:1111111 -t localhost:5555/shop:latest --label service="shop" --file Dockerfile ."#);
    // The option is a line of CSV.
    let odd = build_with(&shop, &layout("/home/a,b/\"c\""), false);
    let expected = r#"'--output=type=oci,tar=false,"dest=/home/a,b/""c"""' "#;
    assert!(odd.contains(expected), "{odd}");
    // What does not reach the registry cannot keep a cache there.
    let cached = without_registry("{arch: amd64, driver: docker, cache: {type: registry}}");
    assert!(
        build_with(&cached, &Output::Registry, false).contains("localhost:5555/shop-build-cache")
    );
    assert!(!build_with(&cached, &layout("/r"), false).contains("cache"));
    let cached = without_registry("{arch: amd64, cache: {type: gha}}");
    assert!(build_with(&cached, &layout("/r"), false).contains("--cache-to type=gha"));
}

#[test]
fn the_tools_are_asked_for_their_versions() {
    insta::assert_snapshot!(engine_version(), @"docker version --format '{{.Server.Version}}'");
    insta::assert_snapshot!(buildx_version(), @"docker buildx version");
}
