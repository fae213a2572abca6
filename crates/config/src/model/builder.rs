//! How the image is built.

use std::{path::PathBuf, str::FromStr};

use dhow_names::SecretName;
use serde::Serialize;

use super::Pair;

/// `builder` (config §7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Builder {
    /// What the image is built for.
    pub arch: Architectures,
    /// The URL of an engine that builds for the architectures this machine is not.
    pub remote: Option<String>,
    /// Whether this machine builds for its own architecture; `remote` is there when it does not.
    pub local: bool,
    /// The buildx driver.
    pub driver: Driver,
    /// A path to build from instead of a clone of HEAD.
    pub context: Option<PathBuf>,
    /// The Dockerfile, relative to the build folder.
    pub dockerfile: PathBuf,
    /// `--target`.
    pub target: Option<String>,
    /// `--build-arg` each; an empty value is taken from this machine's environment.
    pub args: Vec<Pair>,
    /// Secrets mounted into build steps.
    pub secrets: Vec<SecretName>,
    /// `--ssh`.
    pub ssh: Option<String>,
    /// Where build steps are cached.
    pub cache: Option<BuildCache>,
    /// `--provenance`.
    pub provenance: Option<String>,
    /// `--sbom`.
    pub sbom: Option<bool>,
    /// A build with buildpacks in place of a Dockerfile.
    pub pack: Option<Pack>,
}

/// What an image is built for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Architectures {
    /// For these, at least one.
    Named(Vec<Architecture>),
    /// For the machine that builds: Kamal 1's `multiarch: false` (config §14).
    #[serde(serialize_with = "this_machine")]
    OfThisMachine,
}

fn this_machine<S: serde::Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("this machine's")
}

impl Architectures {
    /// Those that are named; none stands for this machine's.
    pub fn named(&self) -> &[Architecture] {
        match self {
            Self::Named(named) => named,
            Self::OfThisMachine => &[],
        }
    }
}

/// An architecture in Docker's words, such as `amd64` or `arm/v7`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Architecture(String);

/// A text that is no architecture of Docker's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no architecture that Docker knows")]
pub struct UnknownArchitecture(String);

impl Architecture {
    /// Those that Docker knows by name, the usual ones first.
    pub const KNOWN: [&'static str; 12] = [
        "amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64", "mips64le", "mips64",
        "loong64", "x86_64", "aarch64",
    ];

    /// What engines call it, without a variant: `amd64` for `x86_64`, `arm` for `arm/v7`.
    pub fn family(&self) -> &str {
        let (name, _) = self.0.split_once('/').unwrap_or((&self.0, ""));
        match name {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            _ => name,
        }
    }

    /// The architecture as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Architecture {
    type Err = UnknownArchitecture;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, variant) = text.split_once('/').unwrap_or((text, "v8"));
        let is_variant = variant.strip_prefix('v').is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        if Self::KNOWN.contains(&name) && is_variant {
            Ok(Self(text.to_owned()))
        } else {
            Err(UnknownArchitecture(text.to_owned()))
        }
    }
}

/// What buildx builds with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum Driver {
    /// A container of its own, which is what holds without `driver`.
    Container,
    /// The engine itself.
    Engine,
    /// Docker Build Cloud: `ORGANISATION/NAME`.
    Cloud(String),
    /// Any other of buildx's, which is told of it as it is.
    Other(String),
}

impl From<&str> for Driver {
    fn from(text: &str) -> Self {
        match text {
            "docker-container" => Self::Container,
            "docker" => Self::Engine,
            _ => match text.strip_prefix("cloud") {
                Some(name) => Self::Cloud(name.trim().to_owned()),
                None => Self::Other(text.to_owned()),
            },
        }
    }
}

impl From<Driver> for String {
    fn from(driver: Driver) -> Self {
        match driver {
            Driver::Container => "docker-container".to_owned(),
            Driver::Engine => "docker".to_owned(),
            Driver::Cloud(name) => format!("cloud {name}"),
            Driver::Other(name) => name,
        }
    }
}

/// A cache beside the image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum BuildCache {
    /// In the registry, as an image of its own.
    Registry {
        /// The image without registry, `IMAGE-build-cache` by default.
        image: String,
        /// Appended to `--cache-to`.
        options: Option<String>,
    },
    /// GitHub's cache.
    Gha {
        /// Appended to `--cache-to`; some go to `--cache-from` as well.
        options: Option<String>,
    },
}

/// Cloud Native Buildpacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pack {
    /// The builder's image.
    pub builder: String,
    /// The buildpacks in order, at least one.
    pub buildpacks: Vec<String>,
}
