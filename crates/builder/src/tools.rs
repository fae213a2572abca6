//! What must be on this machine.

use dhow_config::{Architectures, BuildCache, Builder, Driver};
use dhow_shell::CommandLine;

use crate::Instance;

/// Prints the version of the engine that `docker` talks to; fails when there is none.
pub fn engine_version() -> CommandLine {
    CommandLine::new("docker").args(["version", "--format", "{{.Server.Version}}"])
}

/// Prints the architecture of the engine in Docker's words, such as `amd64`.
pub fn engine_architecture() -> CommandLine {
    CommandLine::new("docker").args(["version", "--format", "{{.Server.Arch}}"])
}

/// Prints the version of `pack`; fails when there is none.
pub fn pack_version() -> CommandLine {
    CommandLine::new("pack").arg("version")
}

/// Prints the version of the buildx plugin; fails when there is none.
pub fn buildx_version() -> CommandLine {
    CommandLine::new("docker").args(["buildx", "version"])
}

/// Prints the digest that an image has in its registry now, with the log-ins of this machine.
pub fn digest_now(image: &str) -> CommandLine {
    CommandLine::new("docker")
        .args(["buildx", "imagetools", "inspect", image])
        .args(["--format", "{{.Manifest.Digest}}"])
}

/// The first version of buildx that tells of its steps as [`Progress`](crate::Progress) reads them.
const TELLS_STEPS: (u32, u32) = (0, 13);

/// Whether the buildx that printed this version tells of its steps: `github.com/docker/buildx v0.13.1 788433953`.
/// What is no version of buildx (podman answers too) does not.
pub fn tells_steps(version: &str) -> bool {
    let number = || {
        let (_, rest) = version.split_once("docker/buildx ")?;
        let mut parts = rest
            .trim()
            .trim_start_matches('v')
            .split(['.', '-', '+', ' ']);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    number().is_some_and(|number: (u32, u32)| number >= TELLS_STEPS)
}

/// Prints how the engine stores images.
pub fn image_store() -> CommandLine {
    CommandLine::new("docker").args(["info", "--format", "{{json .DriverStatus}}"])
}

/// Whether an engine that printed this about its store has containerd's, which holds images of several platforms and
/// caches.
pub fn is_containerds(store: &str) -> bool {
    store.contains("io.containerd.snapshotter")
}

/// What an engine that builds by itself, without containerd's image store, cannot do; buildx says so only after it has
/// begun. The words complete `… with driver: docker needs …`.
pub fn beyond_the_engine(builder: &Builder, instance: &Instance) -> Option<&'static str> {
    if *instance != Instance::Engine || builder.driver != Driver::Engine {
        return None;
    }
    match (&builder.arch, &builder.cache) {
        (Architectures::Named(named), _) if named.len() > 1 => Some("several architectures"),
        (_, Some(BuildCache::Registry { .. } | BuildCache::Gha { .. })) => Some("a cache"),
        _ => None,
    }
}

/// The variables by which a build finds GitHub's cache; buildx reads them itself.
const GHA_TOKEN: &str = "ACTIONS_RUNTIME_TOKEN";
const GHA_URLS: [&str; 2] = ["ACTIONS_RESULTS_URL", "ACTIONS_CACHE_URL"];

/// What is missing for a cache of GitHub's, when one is wanted; `is_set` is asked for variables. Without it buildx
/// caches nothing and says nothing.
pub fn missing_for_gha(builder: &Builder, is_set: impl Fn(&str) -> bool) -> Option<&'static str> {
    let Some(BuildCache::Gha { options }) = &builder.cache else {
        return None;
    };
    let given = |name: &str| {
        let mut options = options.iter().flat_map(|it| it.split(','));
        options.any(|it| it.split('=').next() == Some(name))
    };
    let has_url = given("url") || given("url_v2") || GHA_URLS.into_iter().any(&is_set);
    if has_url && (given("token") || is_set(GHA_TOKEN)) {
        return None;
    }
    Some(if is_set("GITHUB_ACTIONS") {
        "builder/cache: type: gha has no effect in this step: GitHub gives ACTIONS_RUNTIME_TOKEN and \
         ACTIONS_RESULTS_URL to actions, not to `run:` steps. Put `uses: crazy-max/ghaction-github-runtime@v3` in \
         front of it"
    } else {
        "builder/cache: type: gha has no effect here: it works within GitHub Actions only. `type: registry` works \
         everywhere"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_buildx_are_read() {
        for (version, tells) in [
            ("github.com/docker/buildx v0.13.1 788433953", true),
            ("github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3", true),
            ("github.com/docker/buildx v0.29.1", true),
            ("github.com/docker/buildx v1.0.0-rc1 abc", true),
            ("github.com/docker/buildx v0.12.1 abc", false),
            ("github.com/docker/buildx v0.13-x", true),
            ("buildah 1.28.2", false),
            ("", false),
        ] {
            assert_eq!(tells_steps(version), tells, "{version}");
        }
    }

    #[test]
    fn what_githubs_cache_lacks_is_told() {
        use dhow_config::{Sources, load};
        let builder = |cache: &str| {
            let text = format!(
                "service: s\nimage: s\nservers: [h]\nregistry: {{username: a, password: [P]}}\n\
                 builder: {{arch: amd64{cache}}}\n"
            );
            load(&Sources::of_text(&text, None), None)
                .unwrap()
                .config
                .builder
        };
        let missing = |cache: &str, set: &[&str]| {
            missing_for_gha(&builder(cache), |name| set.contains(&name))
        };
        let gha = ", cache: {type: gha}";
        assert_eq!(missing("", &[]), None);
        assert_eq!(missing(", cache: {type: registry}", &[]), None);
        assert!(
            missing(gha, &[])
                .unwrap()
                .contains("within GitHub Actions only")
        );
        let there = missing(gha, &["GITHUB_ACTIONS", "ACTIONS_RESULTS_URL"]);
        assert!(there.unwrap().contains("ghaction-github-runtime"));
        for url in ["ACTIONS_RESULTS_URL", "ACTIONS_CACHE_URL"] {
            assert_eq!(
                missing(gha, &["GITHUB_ACTIONS", "ACTIONS_RUNTIME_TOKEN", url]),
                None
            );
        }
        let given = ", cache: {type: gha, options: 'mode=max,url=https://c,token=t'}";
        assert_eq!(missing(given, &[]), None);
    }

    #[test]
    fn the_store_is_known_by_its_name() {
        assert!(is_containerds(
            r#"[["driver-type","io.containerd.snapshotter.v1"]]"#
        ));
        assert!(!is_containerds(r#"[["Backing Filesystem","extfs"]]"#));
    }
}
